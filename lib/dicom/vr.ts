/**
 * What the values of each value representation mean (PS3.5 6.2); how they lie in bytes is in
 * value_layout.ts.
 * @module
 */

import type { VR } from "./dataset.ts";

/** How the bytes of a value are to be read. */
export interface VRTraits {
  /** `text`: characters; `number`: binary numbers; `tag`: pairs of group and element; `bytes`: octets. */
  readonly kind: "text" | "number" | "tag" | "bytes" | "items";
  /** True where Specific Character Set (0008,0005) applies (PS3.5 6.1.2.3). */
  readonly characterSet: boolean;
  /** True where a text may hold several values, separated by backslashes (PS3.5 6.4). */
  readonly multiValued: boolean;
  /** True where leading spaces mean nothing (PS3.5 Table 6.2-1); trailing ones never do. */
  readonly leadingSpaces: boolean;
}

const BINARY = { characterSet: false, multiValued: false, leadingSpaces: false } as const;
const NUMBER: VRTraits = { kind: "number", ...BINARY };
const BYTES: VRTraits = { kind: "bytes", ...BINARY };
const CODE: VRTraits = {
  kind: "text",
  characterSet: false,
  multiValued: true,
  leadingSpaces: false,
};
const PADDED_CODE: VRTraits = { ...CODE, leadingSpaces: true };
const NAME: VRTraits = { ...PADDED_CODE, characterSet: true };
const PROSE: VRTraits = {
  kind: "text",
  characterSet: true,
  multiValued: false,
  leadingSpaces: false,
};

/** The traits of every value representation. */
export const VR_TRAITS: Readonly<Record<VR, VRTraits>> = {
  AE: PADDED_CODE,
  AS: CODE,
  AT: { kind: "tag", ...BINARY },
  CS: PADDED_CODE,
  DA: CODE,
  DS: PADDED_CODE,
  DT: CODE,
  FD: NUMBER,
  FL: NUMBER,
  IS: PADDED_CODE,
  LO: NAME,
  LT: PROSE,
  OB: BYTES,
  OD: BYTES,
  OF: BYTES,
  OL: BYTES,
  OV: BYTES,
  OW: BYTES,
  PN: NAME,
  SH: NAME,
  SL: NUMBER,
  SQ: { kind: "items", ...BINARY },
  SS: NUMBER,
  ST: PROSE,
  SV: NUMBER,
  TM: CODE,
  UC: { ...NAME, leadingSpaces: false },
  UI: CODE,
  UL: NUMBER,
  UN: BYTES,
  UR: { ...CODE, multiValued: false },
  US: NUMBER,
  UT: PROSE,
  UV: NUMBER,
};

/** True where the letters name a value representation. */
export function isVR(letters: string): letters is VR {
  return Object.hasOwn(VR_TRAITS, letters);
}
