/**
 * What the configuration file decides of de-identification, and what holds without one.
 * @module
 */
import type { BurnedInRule, ImageMatch, Rectangle } from "../deid/burned_in.ts";
import type { DeidOption } from "../deid/option.ts";
import { BASIC, type DeidProfile } from "../deid/profile.ts";

/** A profile, and what its replacements are made with. */
export interface DeidSettings {
  readonly profile: DeidProfile;
  /**
   * Names the key, which is derived from the server's secret with it: profiles of one key replace
   * an identity by the same, those of different keys cannot be linked.
   */
  readonly key: string;
}

/** The profile that is used where none is named. */
export const DEFAULT_PROFILE = "basic";

/** A rule on pixels as it is written: one of its three decisions. */
interface WrittenBurnedIn {
  readonly match: ImageMatch;
  readonly mask?: readonly Rectangle[] | undefined;
  readonly clear?: true | undefined;
  readonly refuse?: true | undefined;
}

/** A profile as it is written. */
export interface WrittenProfile {
  readonly options: readonly DeidOption[];
  readonly key?: string | undefined;
  readonly shiftDays?: number | undefined;
  readonly keepPrivate?:
    | readonly {
      readonly group: string;
      readonly creator: string;
      readonly elements: readonly string[];
    }[]
    | undefined;
  readonly burnedIn?: readonly WrittenBurnedIn[] | undefined;
  readonly patientNames?: DeidProfile["patientNames"] | undefined;
  readonly keepWords?: readonly string[] | undefined;
  readonly highestAge?: number | undefined;
}

/** That part of a file as it was written. */
export interface WrittenDeidentification {
  readonly profiles: Readonly<Record<string, WrittenProfile>>;
}

/** The profiles by name; without one named `basic`, that is the profile of the standard alone. */
export function deidWithDefaults(
  written: WrittenDeidentification = { profiles: {} },
): ReadonlyMap<string, DeidSettings> {
  const profiles = new Map<string, DeidSettings>([
    [DEFAULT_PROFILE, { profile: BASIC, key: DEFAULT_PROFILE }],
  ]);
  for (const [name, each] of Object.entries(written.profiles)) {
    profiles.set(name, { profile: profileOf(each), key: each.key ?? name });
  }
  return profiles;
}

function profileOf(written: WrittenProfile): DeidProfile {
  return {
    options: new Set(written.options),
    shiftDays: written.shiftDays ?? BASIC.shiftDays,
    keepPrivate: (written.keepPrivate ?? []).map(({ group, creator, elements }) => ({
      group: parseInt(group, 16),
      creator,
      elements: elements.map((digits) => parseInt(digits, 16)),
    })),
    burnedIn: (written.burnedIn ?? []).map(burnedInRule),
    patientNames: written.patientNames ?? BASIC.patientNames,
    keepWords: new Set((written.keepWords ?? []).map((word) => word.toLowerCase())),
    highestAge: written.highestAge ?? BASIC.highestAge,
  };
}

function burnedInRule({ match, mask, clear }: WrittenBurnedIn): BurnedInRule {
  return { match, then: mask ?? (clear === true ? "clear" : "refuse") };
}
