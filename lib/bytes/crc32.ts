/**
 * CRC-32 as gzip has it (RFC 1952 8), and what lets checksums of parts be joined without their
 * bytes: the register after n more bytes is the register times x^(8n) in GF(2)[x] modulo the
 * polynomial, so one multiplication by a kept factor replaces a walk over the bytes.
 * @module
 */
import { crc32 as ofBytes } from "node:zlib";

/** The polynomial with its bits reversed: bit 31 is x^0. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/** CRC-32 of bytes, unsigned; `before`: that of the bytes that came before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return ofBytes(bytes, before);
}

/** a · b modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0 || rest >= ONE) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** x^(8 · 2^n) for n from 0 to 31. */
const POWERS: readonly number[] = (() => {
  const powers = [ONE >>> 8];
  for (let n = 1; n < 32; n++) powers.push(multiply(powers[n - 1]!, powers[n - 1]!));
  return powers;
})();

/** The factor x^(8 · length) for {@linkcode crc32Combine}; `length` in bytes, below 2^32. */
export function crc32Shift(length: number): number {
  let factor = ONE;
  for (let n = 0; length > 0; n++, length = Math.floor(length / 2)) {
    if (length % 2 === 1) factor = multiply(POWERS[n]!, factor);
  }
  return factor;
}

/** CRC-32 of two runs of bytes in a row, from that of each and the factor of the second's length. */
export function crc32Combine(first: number, second: number, shiftOfSecond: number): number {
  return (multiply(shiftOfSecond, first) ^ second) >>> 0;
}
