/**
 * Buffers in which chunks are gathered for a write. They are used again and again: to make one of
 * this size costs as much as to fill it.
 * @module
 */

/** Bytes of one write: a 512 × 512 image of 16 bits with its header, so that it takes one call. */
export const WRITE_BYTES = 640 * 1024;

/** Buffers kept for later: those of a busy moment, 20 MiB. */
const KEPT = 32;

const kept: Uint8Array<ArrayBuffer>[] = [];

/** A buffer of {@linkcode WRITE_BYTES} with anything in it. */
export function takeBuffer(): Uint8Array<ArrayBuffer> {
  return kept.pop() ?? new Uint8Array(WRITE_BYTES);
}

/** Gives a taken buffer back; nobody may read or write it after. */
export function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (kept.length < KEPT) kept.push(buffer);
}
