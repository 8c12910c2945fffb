/**
 * Buffers for the parts of multipart uploads, used again and again: each is larger than what the
 * memory's allocator gives back soon.
 * @module
 */

/** Buffers kept for later, of all sizes. */
const KEPT = 4;

const kept: Uint8Array<ArrayBuffer>[] = [];

/** A buffer of so many bytes with anything in it. */
export function takePartBuffer(size: number): Uint8Array<ArrayBuffer> {
  const at = kept.findIndex((buffer) => buffer.length === size);
  const [buffer] = at < 0 ? [] : kept.splice(at, 1);
  return buffer ?? new Uint8Array(size);
}

/** Gives a taken buffer back; nobody may read or write it after. */
export function givePartBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (kept.length < KEPT) kept.push(buffer);
}
