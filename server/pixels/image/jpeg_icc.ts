/**
 * Puts an ICC profile into a JPEG stream (ISO 15076-1 Annex B).
 * @module
 */
import { type Bytes, PixelError } from "../frame.ts";

const IDENTIFIER = new TextEncoder().encode("ICC_PROFILE\0");
/** Bytes of a profile that one segment has room for, beside its length, identifier and two numbers. */
const CHUNK_MAX = 0xffff - 2 - IDENTIFIER.length - 2;
const CHUNKS_MAX = 255;

/**
 * The stream with the profile in APP2 segments, after those that JFIF wants first. Profiles that
 * it had are left out.
 *
 * @throws {PixelError} where the stream does not begin as JPEG, or the profile is too long
 */
export function insertProfile(jpeg: Uint8Array, profile: Uint8Array): Bytes {
  const chunks = Math.ceil(profile.length / CHUNK_MAX);
  if (chunks > CHUNKS_MAX) throw new PixelError("limit", "The ICC profile is too long for JPEG");
  const parts: Uint8Array[] = [jpeg.subarray(0, 2)];
  let at = 2;
  let isInserted = false;
  const insert = () => {
    for (let chunk = 0; chunk < chunks && !isInserted; chunk++) {
      parts.push(
        segment(profile.subarray(chunk * CHUNK_MAX, (chunk + 1) * CHUNK_MAX), chunk, chunks),
      );
    }
    isInserted = true;
  };
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) throw new PixelError("damaged", "This is no JPEG");
  // Application segments stand at the beginning; the first of another kind ends them.
  while (jpeg[at] === 0xff && jpeg[at + 1]! >= 0xe0 && jpeg[at + 1]! <= 0xef) {
    const end = at + 2 + (jpeg[at + 2]! << 8 | jpeg[at + 3]!);
    if (jpeg[at + 1] !== 0xe0) insert();
    if (!isProfile(jpeg, at)) parts.push(jpeg.subarray(at, end));
    at = end;
  }
  insert();
  parts.push(jpeg.subarray(at));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => (whole.set(part, place), place + part.length), 0);
  return whole;
}

function isProfile(jpeg: Uint8Array, at: number): boolean {
  return jpeg[at + 1] === 0xe2 && IDENTIFIER.every((byte, index) => jpeg[at + 4 + index] === byte);
}

function segment(part: Uint8Array, chunk: number, chunks: number): Uint8Array {
  const length = 2 + IDENTIFIER.length + 2 + part.length;
  const whole = new Uint8Array(2 + length);
  whole.set([0xff, 0xe2, length >>> 8, length & 0xff]);
  whole.set(IDENTIFIER, 4);
  whole.set([chunk + 1, chunks], 4 + IDENTIFIER.length);
  whole.set(part, 6 + IDENTIFIER.length);
  return whole;
}
