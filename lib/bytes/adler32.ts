/**
 * Adler-32, the checksum of zlib streams (RFC 1950 8.2), and the joining of two of them.
 * @module
 */

const MODULUS = 65521;
/** So many bytes can be summed before a 32-bit register could overflow (RFC 1950's NMAX). */
const RUN = 5552;

/** Adler-32 of no bytes. */
export const ADLER32_EMPTY = 1;

/** Adler-32 of bytes, unsigned. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + RUN, bytes.length);
    for (; at < end; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return high * 65536 + low;
}

/** Adler-32 of two runs of bytes in a row, from that of each and the second's length in bytes. */
export function adler32Combine(first: number, second: number, lengthOfSecond: number): number {
  const firstLow = first & 0xffff;
  const low = (firstLow + (second & 0xffff) + MODULUS - 1) % MODULUS;
  // Every byte of the second run also adds what the first left in the low sum, less its initial 1.
  const carried = (lengthOfSecond % MODULUS) * (firstLow + MODULUS - 1);
  const high = ((first >>> 16) + (second >>> 16) + carried) % MODULUS;
  return high * 65536 + low;
}
