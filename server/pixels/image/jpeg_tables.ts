/**
 * The tables of a baseline JPEG (ISO/IEC 10918-1 K): quantisation by quality, and Huffman codes.
 * @module
 */

/** Places of a block's coefficients, in the order in which they are coded. */
export const ZIGZAG = Uint8Array.from(zigzag());

function* zigzag(): Generator<number> {
  for (let sum = 0; sum < 15; sum++) {
    const rows = Array.from({ length: 8 }, (_, row) => row)
      .filter((row) => sum - row >= 0 && sum - row < 8);
    for (const row of sum % 2 === 0 ? rows.reverse() : rows) yield 8 * row + (sum - row);
  }
}

/** Table K.1, for brightness, in rows. */
const LUMINANCE = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

/** Table K.2, for colour, in rows: 99 but for its upper left corner. */
const CHROMINANCE = [
  [17, 18, 24, 47],
  [18, 21, 26, 66],
  [24, 26, 56, 99],
  [47, 66, 99, 99],
].flatMap((row) => [...row, 99, 99, 99, 99]).concat(Array(32).fill(99));

/**
 * A quantisation table in rows. `quality` from 1 to 100 as the Independent JPEG Group's library has
 * it: 50 are the tables of the standard, 100 divides by nothing.
 */
export function quantisation(kind: "luminance" | "chrominance", quality: number): Uint8Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Uint8Array.from(
    kind === "luminance" ? LUMINANCE : CHROMINANCE,
    (step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))),
  );
}

/** A Huffman table: how many codes have 1 to 16 bits, and what they stand for, in their order. */
export interface HuffmanTable {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

/** Table K.3 and K.4: categories of the difference between neighbouring blocks. */
export const DC_LUMINANCE: HuffmanTable = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  symbols: Array.from({ length: 12 }, (_, category) => category),
};
export const DC_CHROMINANCE: HuffmanTable = {
  counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  symbols: Array.from({ length: 12 }, (_, category) => category),
};

/** Table K.5: runs of zeros (high digit) and categories (low digit), by length of their codes. */
export const AC_LUMINANCE: HuffmanTable = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  symbols: digits(
    `01 02 03 00 04 11 05 12 21 31 41 06 13 51 61 07 22 71 14 32 81 91 a1 08 23 42 b1 c1
    15 52 d1 f0 24 33 62 72 82 09 0a 16 17 18 19 1a 25 26 27 28 29 2a 34 35 36 37 38 39 3a 43 44 45
    46 47 48 49 4a 53 54 55 56 57 58 59 5a 63 64 65 66 67 68 69 6a 73 74 75 76 77 78 79 7a 83 84 85
    86 87 88 89 8a 92 93 94 95 96 97 98 99 9a a2 a3 a4 a5 a6 a7 a8 a9 aa b2 b3 b4 b5 b6 b7 b8 b9 ba
    c2 c3 c4 c5 c6 c7 c8 c9 ca d2 d3 d4 d5 d6 d7 d8 d9 da e1 e2 e3 e4 e5 e6 e7 e8 e9 ea f1 f2 f3 f4
    f5 f6 f7 f8 f9 fa`,
  ),
};
/** Table K.6. */
export const AC_CHROMINANCE: HuffmanTable = {
  counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
  symbols: digits(
    `00 01 02 03 11 04 05 21 31 06 12 41 51 07 61 71 13 22 32 81 08 14 42 91 a1 b1 c1 09
    23 33 52 f0 15 62 72 d1 0a 16 24 34 e1 25 f1 17 18 19 1a 26 27 28 29 2a 35 36 37 38 39 3a 43 44
    45 46 47 48 49 4a 53 54 55 56 57 58 59 5a 63 64 65 66 67 68 69 6a 73 74 75 76 77 78 79 7a 82 83
    84 85 86 87 88 89 8a 92 93 94 95 96 97 98 99 9a a2 a3 a4 a5 a6 a7 a8 a9 aa b2 b3 b4 b5 b6 b7 b8
    b9 ba c2 c3 c4 c5 c6 c7 c8 c9 ca d2 d3 d4 d5 d6 d7 d8 d9 da e2 e3 e4 e5 e6 e7 e8 e9 ea f2 f3 f4
    f5 f6 f7 f8 f9 fa`,
  ),
};

function digits(text: string): number[] {
  return text.trim().split(/\s+/).map((pair) => parseInt(pair, 16));
}

/** Codes by symbol: `bits[symbol]` and how many of them there are. */
export interface HuffmanCodes {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
}

/** The codes of a table (C.2). */
export function codesOf({ counts, symbols }: HuffmanTable): HuffmanCodes {
  const bits = new Uint16Array(256);
  const lengths = new Uint8Array(256);
  let code = 0;
  let next = 0;
  counts.forEach((count, index) => {
    for (let i = 0; i < count; i++, code++) {
      const symbol = symbols[next++]!;
      bits[symbol] = code;
      lengths[symbol] = index + 1;
    }
    code <<= 1;
  });
  return { bits, lengths };
}
