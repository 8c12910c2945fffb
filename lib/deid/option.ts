/**
 * The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3), by the names
 * that configuration has for them.
 * @module
 */

/** What a profile and an option are called in the record of what was done (PS3.16 CID 7050). */
export interface MethodCode {
  /** Code value in the scheme DCM. */
  readonly code: string;
  readonly meaning: string;
}

/** The profile itself. */
export const BASIC_PROFILE: MethodCode = {
  code: "113100",
  meaning: "Basic Application Confidentiality Profile",
};

/** One option; `letter` names its column in profile_table.ts, where it has one. */
interface OptionTraits extends MethodCode {
  readonly letter: string | undefined;
}

/** Every option. */
export const OPTIONS = {
  "clean-pixel-data": {
    code: "113101",
    meaning: "Clean Pixel Data Option",
    letter: undefined,
  },
  "clean-recognizable-visual-features": {
    code: "113102",
    meaning: "Clean Recognizable Visual Features Option",
    letter: undefined,
  },
  "clean-graphics": {
    code: "113103",
    meaning: "Clean Graphics Option",
    letter: "g",
  },
  "clean-structured-content": {
    code: "113104",
    meaning: "Clean Structured Content Option",
    letter: "s",
  },
  "clean-descriptors": {
    code: "113105",
    meaning: "Clean Descriptors Option",
    letter: "d",
  },
  "retain-full-dates": {
    code: "113106",
    meaning: "Retain Longitudinal Temporal Information Full Dates Option",
    letter: "f",
  },
  "retain-modified-dates": {
    code: "113107",
    meaning: "Retain Longitudinal Temporal Information Modified Dates Option",
    letter: "m",
  },
  "retain-patient-characteristics": {
    code: "113108",
    meaning: "Retain Patient Characteristics Option",
    letter: "p",
  },
  "retain-device-identity": {
    code: "113109",
    meaning: "Retain Device Identity Option",
    letter: "v",
  },
  "retain-uids": {
    code: "113110",
    meaning: "Retain UIDs Option",
    letter: "u",
  },
  "retain-safe-private": {
    code: "113111",
    meaning: "Retain Safe Private Option",
    letter: undefined,
  },
  "retain-institution-identity": {
    code: "113112",
    meaning: "Retain Institution Identity Option",
    letter: "i",
  },
} as const satisfies Readonly<Record<string, OptionTraits>>;

/** The name of an option. */
export type DeidOption = keyof typeof OPTIONS;

/** All names, in the order of their codes. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly DeidOption[];
