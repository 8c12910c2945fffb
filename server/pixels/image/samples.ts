/**
 * The samples of a frame as numbers (PS3.5 8.1, 8.2).
 * @module
 */
import { type Bytes, type Frame, type FrameFormat, PixelError } from "../frame.ts";

/** Most pixels of an image that is made here: 8192 x 8192. */
export const RASTER_PIXELS_MAX = 64 * 1024 * 1024;

/** Integer samples as they are stored: `(cell >>> shift) & mask` is the code of a sample. */
export interface Cells {
  readonly cells: Uint8Array | Uint16Array | Uint32Array;
  readonly shift: number;
  /** 2^BitsStored - 1. */
  readonly mask: number;
}

/** Samples that are stored, of which each has its own cell. */
export function storedSamples(format: FrameFormat): number {
  return format.Rows * format.Columns * Math.max(1, format.SamplesPerPixel);
}

/**
 * The cells of integer samples, at least `count` of them.
 *
 * @throws {PixelError} where the bytes are too few, or the cells have a width that is not read
 */
export function openCells({ format, bytes }: Frame, count: number = storedSamples(format)): Cells {
  const { BitsAllocated, BitsStored, HighBit } = format;
  requireBytes(bytes, Math.ceil(count * BitsAllocated / 8));
  const shift = Math.max(0, HighBit - BitsStored + 1);
  const mask = 2 ** BitsStored - 1;
  switch (BitsAllocated) {
    case 1:
      return { cells: unpackBits(bytes, count), shift: 0, mask: 1 };
    case 8:
      return { cells: bytes, shift, mask };
    case 16:
      return { cells: new Uint16Array(...aligned(bytes, 2)), shift, mask };
    case 32:
      return { cells: new Uint32Array(...aligned(bytes, 4)), shift, mask };
    default:
      throw new PixelError("unsupported", `Samples of ${BitsAllocated} bits are not rendered`);
  }
}

/** Float samples. Throws as {@linkcode openCells}. */
export function openFloats({ format, bytes }: Frame): Float32Array | Float64Array {
  const width = format.sample === "double" ? 8 : 4;
  requireBytes(bytes, storedSamples(format) * width);
  return format.sample === "double"
    ? new Float64Array(...aligned(bytes, 8))
    : new Float32Array(...aligned(bytes, 4));
}

/** Throws PixelError where a frame has no pixels or more than are rendered. */
export function requirePixels({ Rows, Columns }: FrameFormat): void {
  if (Rows === 0 || Columns === 0) {
    throw new PixelError("damaged", "The image does not say how many pixels it has");
  }
  if (Rows * Columns > RASTER_PIXELS_MAX) {
    throw new PixelError("limit", `The image has more than ${RASTER_PIXELS_MAX} pixels`);
  }
}

function requireBytes(bytes: Bytes, needed: number): void {
  if (bytes.length < needed) {
    throw new PixelError(
      "damaged",
      `The frame has ${bytes.length} bytes, and needs ${needed}`,
    );
  }
}

/** Arguments of a typed array of whole cells; a copy where the bytes do not start on one. */
function aligned(bytes: Bytes, width: number): [ArrayBuffer, number, number] {
  const count = Math.floor(bytes.length / width);
  const whole = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return [whole.buffer, whole.byteOffset, count];
}

/** Single bits, the lowest of each byte first. */
function unpackBits(bytes: Bytes, count: number): Uint8Array {
  const cells = new Uint8Array(count);
  for (let i = 0; i < count; i++) cells[i] = (bytes[i >>> 3]! >>> (i & 7)) & 1;
  return cells;
}
