/**
 * Sizes of frames, and the limit that is held against them before memory is taken.
 * @module
 */
import type { PixelFormat } from "../../../lib/dicom/pixel_format.ts";
import { PixelError } from "../frame.ts";

/** Bytes of one decoded frame at most: a 16-bit frame of 16,384 by 16,384. */
export const DECODED_FRAME_MAX = 512 * 1024 * 1024;

/** Bytes that a sample takes where it begins on a byte. */
export function bytesPerSample({ BitsAllocated }: Pick<PixelFormat, "BitsAllocated">): number {
  return Math.ceil(BitsAllocated / 8);
}

/** Samples stored for each pixel of a native frame: chroma is shared in some (PS3.3 C.7.6.3.1.2). */
export function storedSamplesPerPixel(format: PixelFormat): number {
  switch (format.PhotometricInterpretation) {
    case "YBR_FULL_422":
    case "YBR_PARTIAL_422":
      return format.SamplesPerPixel === 3 ? 2 : format.SamplesPerPixel;
    case "YBR_PARTIAL_420":
      return format.SamplesPerPixel === 3 ? 1.5 : format.SamplesPerPixel;
    default:
      return format.SamplesPerPixel;
  }
}

/** Bytes of a frame that has every sample of every pixel; samples of 1 bit lie 8 to a byte. */
export function fullFrameLength(format: PixelFormat): number {
  const { Rows, Columns, SamplesPerPixel, BitsAllocated } = format;
  return Math.ceil(Rows * Columns * SamplesPerPixel * BitsAllocated / 8);
}

/** Throws PixelError where a frame cannot be, or is larger than may be decoded. */
export function checkSize(format: PixelFormat): void {
  const length = fullFrameLength(format);
  if (length === 0) {
    throw new PixelError("damaged", "The data set does not say how large a frame is");
  }
  if (length > DECODED_FRAME_MAX) {
    throw new PixelError(
      "limit",
      `A decoded frame would take more than ${DECODED_FRAME_MAX} bytes`,
    );
  }
}

/** Appends a zero where the length is odd, as a fragment wants (PS3.5 A.4). */
export function evenLength(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  return even;
}
