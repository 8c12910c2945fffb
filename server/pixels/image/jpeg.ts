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

/** Bytes that one block can take: each coefficient 26 bits, each byte followed by a stuffed one. */
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
  const output = new Output(head, columns * channels * BLOCK_BYTES);
  const y: Component = { dc: DC_Y, ac: AC_Y, factors: factorsOf(tables[0]), previous: 0 };
  const block = new Float64Array(64);
  if (channels === 1) {
    for (let row = 0; row < rows; row++) {
      output.reserve();
      for (let column = 0; column < columns; column++) {
        takeGray(raster, 8 * column, 8 * row, block);
        encodeBlock(output, block, y);
      }
    }
    return output.finish();
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
    output.reserve();
    for (let column = 0; column < columns; column++) {
      takeColour(raster, 8 * column, 8 * row, block, blue, red);
      encodeBlock(output, block, y);
      encodeBlock(output, blue, cb);
      encodeBlock(output, red, cr);
    }
  }
  return output.finish();
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

/** Bits of a block that wait to be written, and how many: a code and a value for each coefficient. */
const words = new Int32Array(256);
const sizes = new Uint8Array(256);
/** The quantised coefficients of a block, in the order of their coding. */
const quantised = new Int32Array(64);

/**
 * Transforms, quantises and codes a block. Which coefficients are not 0 is gathered as bits first:
 * a branch for each of them would be guessed wrong as often as right.
 */
function encodeBlock(output: Output, block: Float64Array, component: Component): void {
  forwardDct(block);
  const { dc, ac, factors } = component;
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
  const size = 32 - Math.clz32(change < 0 ? -change : change);
  // The low bits of a value, less 1 where it is below 0, follow its code (F.1.2.1.2).
  words[0] = (dc.bits[size]! << size) | ((change + (change >> 31)) & ((1 << size) - 1));
  sizes[0] = dc.lengths[size]! + size;
  let used = 1;
  let last = 0;
  const { bits, lengths } = ac;
  for (let half = 0; half < 64; half += 32) {
    let mask = half === 0 ? low & 0x7fffffff : high;
    while (mask !== 0) {
      const bit = Math.clz32(mask);
      mask ^= 1 << (31 - bit);
      const k = half + bit;
      let zeros = k - last - 1;
      last = k;
      for (; zeros > 15; zeros -= 16) {
        words[used] = bits[SIXTEEN_ZEROS]!;
        sizes[used++] = lengths[SIXTEEN_ZEROS]!;
      }
      const value = quantised[k]!;
      const category = 32 - Math.clz32(value < 0 ? -value : value);
      const symbol = zeros * 16 + category;
      words[used] = (bits[symbol]! << category) |
        ((value + (value >> 31)) & ((1 << category) - 1));
      sizes[used++] = lengths[symbol]! + category;
    }
  }
  if (last < 63) {
    words[used] = bits[END_OF_BLOCK]!;
    sizes[used++] = lengths[END_OF_BLOCK]!;
  }
  output.write(words, sizes, used);
}

/** Bits on their way to bytes. */
class Output {
  readonly #step: number;
  #bytes: Bytes;
  #at: number;
  #bits = 0;
  #count = 0;

  /** @param step bytes that come at most between two calls of `reserve` */
  constructor(head: Uint8Array, step: number) {
    this.#step = step + head.length;
    this.#bytes = new Uint8Array(2 * this.#step);
    this.#bytes.set(head);
    this.#at = head.length;
  }

  /** Makes room for the next blocks. */
  reserve(): void {
    if (this.#at + this.#step <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + this.#step);
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }

  /** Writes the low `sizes[i]` bits of `words[i]`, which are all that it has: 27 at most. */
  write(words: Int32Array, sizes: Uint8Array, used: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let bits = this.#bits;
    let count = this.#count;
    for (let i = 0; i < used; i++) {
      let size = sizes[i]!;
      let word = words[i]!;
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
    }
    this.#at = at;
    this.#bits = bits;
    this.#count = count;
  }

  /** All bytes, the last filled up with ones, and the end of the image. */
  finish(): Bytes {
    const missing = (8 - this.#count) % 8;
    this.write(Int32Array.of((1 << missing) - 1), Uint8Array.of(missing), 1);
    this.#bytes[this.#at++] = 0xff;
    this.#bytes[this.#at++] = 0xd9;
    return this.#bytes.slice(0, this.#at);
  }
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
