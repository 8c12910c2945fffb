/**
 * Deflated Image Frame Compression: each frame is deflated for itself, without a header
 * (PS3.5 A.4.13).
 * @module
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Bytes, PixelError } from "../frame.ts";

/** Inflates a frame of `length` bytes. Throws PixelError "damaged". */
export function inflateFrame(bytes: Bytes, length: number): Bytes {
  let inflated: Uint8Array;
  try {
    // A frame of odd length may have been padded before it was deflated.
    inflated = inflateRawSync(bytes, { maxOutputLength: length + length % 2 });
  } catch {
    throw new PixelError("damaged", "The deflated frame cannot be inflated to its size");
  }
  if (inflated.length < length) throw new PixelError("damaged", "The deflated frame ends early");
  return new Uint8Array(inflated.subarray(0, length));
}

/** Deflates a frame. */
export function deflateFrame(bytes: Bytes): Bytes {
  return new Uint8Array(deflateRawSync(bytes));
}
