/**
 * What one de-identification is to do: the options of PS3.15 E.3, and what they leave to the site.
 * @module
 */
import type { BurnedInRule } from "./burned_in.ts";
import type { DeidOption } from "./option.ts";

/** Private elements of one creator that are known to be safe (PS3.15 E.3.10). */
export interface SafePrivate {
  /** The group, an odd number. */
  readonly group: number;
  readonly creator: string;
  /** Last two digits of the elements' numbers, 0x00 to 0xFF. */
  readonly elements: readonly number[];
}

/** One de-identification profile. */
export interface DeidProfile {
  readonly options: ReadonlySet<DeidOption>;
  /** Modified dates lie between 1 and this many days before the true ones. */
  readonly shiftDays: number;
  /** What Retain Safe Private keeps. */
  readonly keepPrivate: readonly SafePrivate[];
  /** Which images may go out, and what of them has to be blackened first; the first match decides. */
  readonly burnedIn: readonly BurnedInRule[];
  /** What stands for the patient's name. */
  readonly patientNames: "pseudonym" | "empty";
  /** Words that cleaned descriptors keep beside those of vocabulary.ts, in lower case. */
  readonly keepWords: ReadonlySet<string>;
  /** Ages above it, in years, become it: few people are as old (45 CFR 164.514). */
  readonly highestAge: number;
}

/** Ten years: a date tells no more than the decade. */
export const SHIFT_DAYS = 3650;

/** The category "90 or older". */
export const HIGHEST_AGE = 90;

/** The profile without any option. */
export const BASIC: DeidProfile = {
  options: new Set(),
  shiftDays: SHIFT_DAYS,
  keepPrivate: [],
  burnedIn: [],
  patientNames: "pseudonym",
  keepWords: new Set(),
  highestAge: HIGHEST_AGE,
};
