/**
 * The size that an encoded image says it has.
 * @module
 */
import { DecodeError } from "../../../lib/errors.ts";

/** Pixels of its sides. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const SIGNATURES = {
  "image/jpeg": [0xff, 0xd8, 0xff],
  "image/png": [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  "image/gif": [0x47, 0x49, 0x46, 0x38],
} as const;

/** Media types whose sizes can be read. */
export type SizedType = keyof typeof SIGNATURES;

/** Reads the size. Throws DecodeError where the bytes are no such image. */
export function imageSize(bytes: Uint8Array, type: SizedType): ImageSize {
  const isSuch = SIGNATURES[type].every((byte, index) => bytes[index] === byte);
  if (!isSuch || bytes.length < 24) throw new DecodeError(`The bytes are no ${type}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case "image/png":
      return { width: view.getUint32(16), height: view.getUint32(20) };
    case "image/gif":
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case "image/jpeg":
      return jpegSize(view);
  }
}

/** From the first frame header (ISO/IEC 10918-1 B.2.2), behind the segments before it. */
function jpegSize(view: DataView): ImageSize {
  for (let at = 2; at + 9 < view.byteLength;) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) break;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  throw new DecodeError("The JPEG has no frame header");
}
