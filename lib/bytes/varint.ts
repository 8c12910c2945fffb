/**
 * Unsigned integers below 2^53 in as few bytes as they need: seven bits a byte, low ones first, the
 * top bit set where more follow.
 * @module
 */
import { DecodeError } from "../errors.ts";

/** Bits above this need arithmetic instead of shifts, which end at 32. */
const SHIFT_MAX = 2 ** 28;
/** Bytes of the longest varint: 8 · 7 bits hold 2^53. */
const BYTES_MAX = 8;

/** Collects varints and bytes. */
export class VarintWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Throws RangeError for what is no integer from 0 to 2^53 - 1. */
  integer(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`No varint: ${value}`);
    this.#reserve(BYTES_MAX);
    while (value >= 0x80) {
      this.#bytes[this.#length++] = value % 0x80 | 0x80;
      value = value < SHIFT_MAX ? value >>> 7 : Math.floor(value / 0x80);
    }
    this.#bytes[this.#length++] = value;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was written, as a copy of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what a {@linkcode VarintWriter} wrote. Every method throws DecodeError where bytes are missing. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  integer(): number {
    let value = 0;
    let factor = 1;
    for (let read = 0; read < BYTES_MAX; read++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new DecodeError("Number cut short", { offset: this.#at });
  }

  /**
   * The number of things that follow, each of which takes at least one byte: more than there are
   * bytes is damage, and is refused before anything is allocated for it.
   */
  count(): number {
    const count = this.integer();
    if (count > this.remaining) throw new DecodeError("More announced than is there");
    return count;
  }

  /** A view, no copy. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new DecodeError("Bytes cut short", { offset: this.#at });
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return Math.max(0, this.#bytes.length - this.#at);
  }
}
