/**
 * How values of each VR lie in bytes: the form of the element's header, the words that change
 * with byte order, the padding (PS3.5 6.2, 7.1.2, 7.3). What they mean is in vr.ts.
 * @module
 */

import type { VR } from "./dataset.ts";

/** Bytes of the words that byte order reverses; 1 where it reverses none. */
export type WordBytes = 1 | 2 | 4 | 8;

/** The layout of one VR. */
export interface ValueLayout {
  readonly vr: VR;
  /** Explicit VR header of 8 bytes with a 16-bit length (PS3.5 Table 7.1-2), else of 12 with 32. */
  readonly shortLength: boolean;
  readonly wordBytes: WordBytes;
  /** The byte that makes an odd length even: a space for text, but null for UI. */
  readonly padding: 0x00 | 0x20;
}

const SHORT_LENGTH = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";
const LONG_LENGTH = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
const PADDED_WITH_SPACE = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT";
const WORDS: Readonly<Record<string, WordBytes>> = {
  AT: 2,
  OW: 2,
  SS: 2,
  US: 2,
  FL: 4,
  OF: 4,
  OL: 4,
  SL: 4,
  UL: 4,
  FD: 8,
  OD: 8,
  OV: 8,
  SV: 8,
  UV: 8,
};

const BY_VR: ReadonlyMap<VR, ValueLayout> = new Map(
  `${SHORT_LENGTH} ${LONG_LENGTH}`.split(" ").map((name): [VR, ValueLayout] => [name as VR, {
    vr: name as VR,
    shortLength: SHORT_LENGTH.includes(name),
    wordBytes: WORDS[name] ?? 1,
    padding: PADDED_WITH_SPACE.includes(name) ? 0x20 : 0x00,
  }]),
);

const BY_CODE: ReadonlyMap<number, ValueLayout> = new Map(
  [...BY_VR.values()].map((layout) => [vrCode(layout.vr), layout]),
);

/** The layout of a VR. */
export function layoutOf(vr: VR): ValueLayout {
  return BY_VR.get(vr) as ValueLayout;
}

/** The layout of the VR whose two letters are these 16 bits, the first the higher byte. */
export function layoutOfCode(code: number): ValueLayout | undefined {
  return BY_CODE.get(code);
}

/** The two letters of a VR as 16 bits, the first the higher byte. */
export function vrCode(vr: VR): number {
  return (vr.charCodeAt(0) << 8) | vr.charCodeAt(1);
}

/** True for two uppercase letters: a VR, or one that a later edition of the standard may add. */
export function isUppercaseCode(code: number): boolean {
  const first = code >>> 8;
  const second = code & 0xff;
  return first >= 0x41 && first <= 0x5a && second >= 0x41 && second <= 0x5a;
}

/** A copy with every word reversed; a last incomplete word stays as it is. */
export function swapWords(bytes: Uint8Array, wordBytes: WordBytes): Uint8Array {
  const swapped = bytes.slice();
  switch (wordBytes) {
    case 1:
      break;
    case 2:
      for (let at = 0; at + 2 <= swapped.length; at += 2) {
        swapped[at] = bytes[at + 1] as number;
        swapped[at + 1] = bytes[at] as number;
      }
      break;
    default:
      for (let at = 0; at + wordBytes <= swapped.length; at += wordBytes) {
        swapped.subarray(at, at + wordBytes).reverse();
      }
  }
  return swapped;
}
