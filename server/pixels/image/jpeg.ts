/**
 * Writes baseline JPEG in JFIF (ISO/IEC 10918-1 and 10918-5): gray, or YCbCr with full chroma. In
 * one pass with the codes of the standard, which takes half as long as a library compiled to WASM.
 * @module
 */
import { type Bytes, PixelError, type Raster } from "../frame.ts";
import { forwardDct, SCALE } from "./jpeg_dct.ts";
import {
  AC_CHROMINANCE,
  AC_LUMINANCE,
  codesOf,
  DC_CHROMINANCE,
  DC_LUMINANCE,
  type HuffmanCodes,
  type HuffmanTable,
  quantisation,
  ZIGZAG,
} from "./jpeg_tables.ts";

/** Most pixels across or down: the format has 16 bits for them. */
const SIDE_MAX = 0xffff;

/** Bytes that one block can take: each coefficient 27 bits, each byte followed by a stuffed one. */
const BLOCK_BYTES = 512;

/** Added before cutting off, so that numbers below zero are rounded to the nearest as well. */
const ROUNDING = 16384.5;

const END_OF_BLOCK = 0x00;
const SIXTEEN_ZEROS = 0xf0;

/** Bits that fit into a word of 32 beside the 7 that may wait. */
const LONGEST_WORD = 24;

const DC_Y = codesOf(DC_LUMINANCE);
const AC_Y = codesOf(AC_LUMINANCE);
const DC_C = codesOf(DC_CHROMINANCE);
const AC_C = codesOf(AC_CHROMINANCE);

/** What the blocks of one component are coded with. */
interface Component {
  readonly dc: HuffmanCodes;
  readonly ac: HuffmanCodes;
  /** What coefficients are multiplied with, in the order of their coding. */
  readonly factors: Float64Array;
  /** The quantised first coefficient of the block before. */
  previous: number;
}

/** The image as JPEG; `quality` 1 to 100. Throws PixelError where it has too many rows or columns. */
export function encodeJpeg(raster: Raster, quality: number): Bytes {
  const { width, height, channels } = raster;
  if (width > SIDE_MAX || height > SIDE_MAX) {
    throw new PixelError("unsupported", `JPEG holds at most ${SIDE_MAX} pixels across or down`);
  }
  const tables = [
    quantisation("luminance", quality),
    quantisation("chrominance", quality),
  ] as const;
  const head = headOf(raster, tables);
  const columns = Math.ceil(width / 8);
  const rows = Math.ceil(height / 8);
  const rowBytes = columns * channels * BLOCK_BYTES;
  const output: Output = {
    bytes: new Uint8Array(rowBytes + head.length),
    at: 0,
    bits: 0,
    count: 0,
  };
  output.bytes.set(head);
  output.at = head.length;
  const y: Component = { dc: DC_Y, ac: AC_Y, factors: factorsOf(tables[0]), previous: 0 };
  const block = new Float64Array(64);
  if (channels === 1) {
    for (let row = 0; row < rows; row++) {
      reserve(output, rowBytes);
      for (let column = 0; column < columns; column++) {
        takeGray(raster, 8 * column, 8 * row, block);
        encodeBlock(output, block, y);
      }
    }
    return finished(output);
  }
  const chroma = (): Component => ({
    dc: DC_C,
    ac: AC_C,
    factors: factorsOf(tables[1]),
    previous: 0,
  });
  const [cb, cr] = [chroma(), chroma()];
  const blue = new Float64Array(64);
  const red = new Float64Array(64);
  for (let row = 0; row < rows; row++) {
    reserve(output, rowBytes);
    for (let column = 0; column < columns; column++) {
      takeColour(raster, 8 * column, 8 * row, block, blue, red);
      encodeBlock(output, block, y);
      encodeBlock(output, blue, cb);
      encodeBlock(output, red, cr);
    }
  }
  return finished(output);
}

function factorsOf(table: Uint8Array): Float64Array {
  return Float64Array.from(ZIGZAG, (place) => SCALE[place]! / table[place]!);
}

/** Fills a block with samples less 128; what lies beyond the edge repeats it. */
function takeGray(
  { width, height, data }: Raster,
  left: number,
  top: number,
  block: Float64Array,
): void {
  if (left + 8 <= width && top + 8 <= height) {
    for (let y = 0, at = 0; y < 8; y++) {
      for (let from = (top + y) * width + left, end = from + 8; from < end; from++, at++) {
        block[at] = data[from]! - 128;
      }
    }
    return;
  }
  for (let y = 0, at = 0; y < 8; y++) {
    const row = Math.min(top + y, height - 1) * width;
    for (let x = 0; x < 8; x++, at++) block[at] = data[row + Math.min(left + x, width - 1)]! - 128;
  }
}

/** The same of red, green and blue, as brightness and two differences (ISO/IEC 10918-5 7). */
function takeColour(
  { width, height, data }: Raster,
  left: number,
  top: number,
  block: Float64Array,
  blue: Float64Array,
  red: Float64Array,
): void {
  for (let y = 0, at = 0; y < 8; y++) {
    const row = Math.min(top + y, height - 1) * width;
    for (let x = 0; x < 8; x++, at++) {
      const from = 3 * (row + Math.min(left + x, width - 1));
      const r = data[from]!;
      const g = data[from + 1]!;
      const b = data[from + 2]!;
      block[at] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
      blue[at] = -0.168735892 * r - 0.331264108 * g + 0.5 * b;
      red[at] = 0.5 * r - 0.418687589 * g - 0.081312411 * b;
    }
  }
}

/** The quantised coefficients of a block, in the order of their coding. */
const quantised = new Int32Array(64);

/**
 * Transforms, quantises and codes a block: where nearly all the time goes. Which coefficients are
 * not 0 is gathered as bits first, since a branch for each of them would be guessed wrong as often as
 * right; and everything is written in one place, in local variables.
 */
function encodeBlock(output: Output, block: Float64Array, component: Component): void {
  forwardDct(block);
  const { dc, ac: { bits: codes, lengths }, factors } = component;
  let low = 0;
  let high = 0;
  // A value or its negative is below 0, unless it is 0.
  for (let k = 0; k < 32; k++) {
    const value = ((block[ZIGZAG[k]!]! * factors[k]! + ROUNDING) | 0) - 16384;
    quantised[k] = value;
    low |= ((value | -value) >>> 31) << (31 - k);
  }
  for (let k = 32; k < 64; k++) {
    const value = ((block[ZIGZAG[k]!]! * factors[k]! + ROUNDING) | 0) - 16384;
    quantised[k] = value;
    high |= ((value | -value) >>> 31) << (63 - k);
  }
  const first = quantised[0]!;
  const change = first - component.previous;
  component.previous = first;
  let category = 32 - Math.clz32(change < 0 ? -change : change);
  // The low bits of a value, less 1 where it is below 0, follow its code (F.1.2.1.2).
  let word = (dc.bits[category]! << category) |
    ((change + (change >> 31)) & ((1 << category) - 1));
  let size = dc.lengths[category]! + category;
  const { bytes } = output;
  let { at, bits, count } = output;
  let last = 0;
  let half = 0;
  let mask = low & 0x7fffffff;
  for (;;) {
    if (size > LONGEST_WORD) {
      // Its upper bits go first: with those that wait there is no room for all.
      size -= 8;
      bits = (bits << 8) | (word >>> size);
      word &= (1 << size) - 1;
      const byte = (bits >>> count) & 0xff;
      bytes[at++] = byte;
      if (byte === 0xff) bytes[at++] = 0;
    }
    bits = (bits << size) | word;
    count += size;
    while (count >= 8) {
      count -= 8;
      const byte = (bits >>> count) & 0xff;
      bytes[at++] = byte;
      if (byte === 0xff) bytes[at++] = 0;
    }
    if (mask === 0 && half === 0) {
      mask = high;
      half = 32;
    }
    if (mask === 0) {
      if (last >= 63) break;
      word = codes[END_OF_BLOCK]!;
      size = lengths[END_OF_BLOCK]!;
      last = 63;
      continue;
    }
    const bit = Math.clz32(mask);
    const zeros = half + bit - last - 1;
    if (zeros > 15) {
      word = codes[SIXTEEN_ZEROS]!;
      size = lengths[SIXTEEN_ZEROS]!;
      last += 16;
      continue;
    }
    mask ^= 1 << (31 - bit);
    last = half + bit;
    const value = quantised[last]!;
    category = 32 - Math.clz32(value < 0 ? -value : value);
    const symbol = zeros * 16 + category;
    word = (codes[symbol]! << category) | ((value + (value >> 31)) & ((1 << category) - 1));
    size = lengths[symbol]! + category;
  }
  output.at = at;
  output.bits = bits;
  output.count = count;
}

/** Bytes so far, and the bits that do not fill one yet. */
interface Output {
  bytes: Bytes;
  at: number;
  /** Of which only the lowest `count` wait. */
  bits: number;
  count: number;
}

/** Makes room for so many bytes. */
function reserve(output: Output, length: number): void {
  if (output.at + length <= output.bytes.length) return;
  const larger = new Uint8Array(2 * output.bytes.length + length);
  larger.set(output.bytes.subarray(0, output.at));
  output.bytes = larger;
}

/** All bytes, the last filled up with ones, and the end of the image. */
function finished({ bytes, at, bits, count }: Output): Bytes {
  if (count > 0) {
    bytes[at++] = ((bits << (8 - count)) | (0xff >>> count)) & 0xff;
    if (bytes[at - 1] === 0xff) bytes[at++] = 0;
  }
  bytes[at++] = 0xff;
  bytes[at++] = 0xd9;
  return bytes.slice(0, at);
}

/** Everything before the coded blocks (B.2). */
function headOf(
  { width, height, channels }: Raster,
  tables: readonly [Uint8Array, Uint8Array],
): Uint8Array {
  const isColour = channels === 3;
  const word = (value: number) => [value >>> 8, value & 0xff];
  const segment = (
    marker: number,
    ...content: readonly number[]
  ) => [0xff, marker, ...word(content.length + 2), ...content];
  const huffman = (place: number, { counts, symbols }: HuffmanTable) =>
    segment(0xc4, place, ...counts, ...symbols);
  const quantised = (place: number, table: Uint8Array) =>
    segment(0xdb, place, ...Array.from(ZIGZAG, (at) => table[at]!));
  const components = isColour ? [[1, 0], [2, 1], [3, 1]] : [[1, 0]];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    // JFIF 1.1; its pixels are square.
    ...segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, ...word(1), ...word(1), 0, 0),
    ...quantised(0, tables[0]),
    ...(isColour ? quantised(1, tables[1]) : []),
    ...segment(
      0xc0,
      8,
      ...word(height),
      ...word(width),
      channels,
      ...components.flatMap(([id, table]) => [id!, 0x11, table!]),
    ),
    ...huffman(0x00, DC_LUMINANCE),
    ...huffman(0x10, AC_LUMINANCE),
    ...(isColour ? [...huffman(0x01, DC_CHROMINANCE), ...huffman(0x11, AC_CHROMINANCE)] : []),
    ...segment(
      0xda,
      channels,
      ...components.flatMap(([id, table]) => [id!, 0x11 * table!]),
      0,
      63,
      0,
    ),
  ]);
}
