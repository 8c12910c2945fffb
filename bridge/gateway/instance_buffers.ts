/**
 * Memory for data sets that are held until they are sent, used again and again: to make and to
 * collect half a megabyte for each image costs more than to copy it.
 * @module
 */

/** Bytes of a new buffer: room for an ordinary image. */
const FIRST_BYTES = 1024 * 1024;
/** Buffers that wait for use: those that a few retrievals at once need between them. */
const KEPT_BUFFERS = 16;

/** Buffers that nobody uses. */
export class InstanceBuffers {
  readonly #free: Uint8Array[] = [];

  /** A buffer with whatever was in it before. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(FIRST_BYTES);
  }

  /** Takes a buffer back whose bytes nobody will read. Larger ones are rare, and not kept. */
  give(buffer: Uint8Array): void {
    const isKept = buffer.length === FIRST_BYTES && this.#free.length < KEPT_BUFFERS;
    if (isKept) this.#free.push(buffer);
  }
}

/** Bytes that are collected in one buffer. */
export class CollectedBytes {
  readonly #buffers: InstanceBuffers;
  #buffer: Uint8Array;
  #length = 0;

  constructor(buffers: InstanceBuffers) {
    this.#buffers = buffers;
    this.#buffer = buffers.take();
  }

  /** Number of bytes. */
  get length(): number {
    return this.#length;
  }

  /** All bytes, until they are released. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Adds a copy of a piece. */
  push(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = needed;
  }

  /** Gives the memory back; to be called once. */
  release(): void {
    this.#buffers.give(this.#buffer);
  }
}
