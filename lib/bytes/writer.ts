/**
 * Collects bytes and little-endian numbers in a buffer that grows.
 * @module
 */

const FIRST_BYTES = 256;

/** Bytes written one after another, all numbers in little endian. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** Bytes written since the last {@linkcode take}. */
  get length(): number {
    return this.#length;
  }

  /** Writes the low 8 bits of a number. */
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Writes the low 16 bits of a number. */
  u16(value: number): void {
    this.u8(value & 0xff);
    this.u8(value >>> 8);
  }

  /** Writes the low 32 bits of a number. */
  u32(value: number): void {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
  }

  /** Writes a copy of bytes. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written, which is the caller's now; writing goes on in a new buffer. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#length = 0;
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
