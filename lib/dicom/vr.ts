/**
 * What PS3.5 6.2 and 7.1.2 say of each value representation, as data.
 * @module
 */

import type { VR } from "./dataset.ts";

/** How the bytes of a value are to be read. */
export interface VRTraits {
  /**
   * `text`: characters, padded with spaces (UI with null); `number`: binary numbers; `tag`:
   * pairs of group and element; `bytes`: an octet stream; `items`: a sequence.
   */
  readonly kind: "text" | "number" | "tag" | "bytes" | "items";
  /** Bytes of one unit, which are reversed in big endian (PS3.5 7.3); 1 where order is no matter. */
  readonly width: 1 | 2 | 4 | 8;
  /** True where Explicit VR has a 32-bit length after two reserved bytes (PS3.5 7.1.2). */
  readonly longLength: boolean;
  /** True where Specific Character Set (0008,0005) applies (PS3.5 6.1.2.3). */
  readonly characterSet: boolean;
  /** True where a backslash separates values (PS3.5 6.4). */
  readonly multiValued: boolean;
}

const text = (flags: Partial<VRTraits> = {}): VRTraits => ({
  kind: "text",
  width: 1,
  longLength: false,
  characterSet: false,
  multiValued: true,
  ...flags,
});
const number = (width: 2 | 4 | 8, longLength = false): VRTraits => ({
  kind: "number",
  width,
  longLength,
  characterSet: false,
  multiValued: true,
});
const bytes = (width: 1 | 2 | 4 | 8): VRTraits => ({
  kind: "bytes",
  width,
  longLength: true,
  characterSet: false,
  multiValued: false,
});

/** The traits of every value representation. */
export const VR_TRAITS: Readonly<Record<VR, VRTraits>> = {
  AE: text(),
  AS: text(),
  AT: { ...number(2), kind: "tag" },
  CS: text(),
  DA: text(),
  DS: text(),
  DT: text(),
  FD: number(8),
  FL: number(4),
  IS: text(),
  LO: text({ characterSet: true }),
  LT: text({ characterSet: true, multiValued: false }),
  OB: bytes(1),
  OD: bytes(8),
  OF: bytes(4),
  OL: bytes(4),
  OV: bytes(8),
  OW: bytes(2),
  PN: text({ characterSet: true }),
  SH: text({ characterSet: true }),
  SL: number(4),
  SQ: { ...bytes(1), kind: "items" },
  SS: number(2),
  ST: text({ characterSet: true, multiValued: false }),
  SV: number(8, true),
  TM: text(),
  UC: text({ characterSet: true, longLength: true }),
  UI: text(),
  UL: number(4),
  UN: bytes(1),
  UR: text({ longLength: true, multiValued: false }),
  US: number(2),
  UT: text({ characterSet: true, longLength: true, multiValued: false }),
  UV: number(8, true),
};

/** True where the two letters name a value representation. */
export function isVR(letters: string): letters is VR {
  return Object.hasOwn(VR_TRAITS, letters);
}
