/**
 * Bytes that arrive in chunks of any size, read as if they were one stream. Nothing is joined but
 * what a reader asks to have in one piece across a seam, so bulk passes through untouched.
 * @module
 */

const NOTHING = new Uint8Array(0);
/** Smallest buffer for bytes at a seam: it takes any element header with room to spare. */
const SEAM_BYTES = 64;

/**
 * A queue of chunks with a cursor. A chunk may be reused by its owner as soon as {@linkcode has}
 * has returned false: by then the queue has copied the few bytes that it still needs.
 */
export class ChunkQueue {
  #waiting: Uint8Array[] = [];
  /** The piece under the cursor: a chunk of the caller's, or our own buffer at a seam. */
  #head: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  #own = false;
  #consumed = 0;

  /** Bytes consumed so far: the cursor's offset in the stream. */
  get offset(): number {
    return this.#consumed;
  }

  /** Appends a chunk. */
  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#waiting.push(chunk);
  }

  /** Whether the next `count` bytes are here; they then lie in one piece for the methods below. */
  has(count: number): boolean {
    return this.#end - this.#at >= count || this.#gather(count);
  }

  /** Bytes that lie in one piece at the cursor: after `has(n)` returned false, all there are. */
  get contiguous(): number {
    return this.#end - this.#at;
  }

  /** The byte `index` bytes after the cursor; {@linkcode has} must have said that it is here. */
  u8(index: number): number {
    return this.#head[this.#at + index] as number;
  }

  /** An unsigned 16-bit number, under the same condition. */
  u16(index: number, littleEndian: boolean): number {
    const first = this.u8(index);
    const second = this.u8(index + 1);
    return littleEndian ? first | (second << 8) : (first << 8) | second;
  }

  /** An unsigned 32-bit number, under the same condition. */
  u32(index: number, littleEndian: boolean): number {
    const first = this.u16(index, littleEndian);
    const second = this.u16(index + 2, littleEndian);
    return littleEndian ? first + second * 0x10000 : first * 0x10000 + second;
  }

  /** Consumes `count` bytes that {@linkcode has} has confirmed; the view may be of the caller's chunk. */
  take(count: number): Uint8Array {
    const view = this.#head.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.#consumed += count;
    return view;
  }

  /** Consumes up to `limit` bytes that lie in one piece: empty only where no bytes wait. */
  takeSome(limit: number): Uint8Array {
    if (this.#at === this.#end && !this.#advance()) return NOTHING;
    return this.take(Math.min(limit, this.#end - this.#at));
  }

  /** Consumes up to `limit` bytes without looking at them; answers how many. */
  skip(limit: number): number {
    let left = limit;
    while (left > 0 && (this.#at < this.#end || this.#advance())) {
      const count = Math.min(left, this.#end - this.#at);
      this.#at += count;
      this.#consumed += count;
      left -= count;
    }
    return limit - left;
  }

  /** Moves on to the next chunk; the head must be used up. */
  #advance(): boolean {
    const next = this.#waiting.shift();
    this.#head = next ?? NOTHING;
    this.#at = 0;
    this.#end = this.#head.length;
    this.#own = false;
    return next !== undefined;
  }

  /** Brings `count` bytes into one piece: the rest of the head and as much as needed of what follows. */
  #gather(count: number): boolean {
    if (this.#at === this.#end && !this.#advance()) return false;
    while (this.#end - this.#at < count) {
      const next = this.#waiting[0];
      const wanted = next === undefined ? 0 : Math.min(next.length, count - (this.#end - this.#at));
      this.#reserve(wanted, count);
      if (next === undefined) return false;
      this.#head.set(next.subarray(0, wanted), this.#end);
      this.#end += wanted;
      if (wanted === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(wanted);
    }
    return true;
  }

  /**
   * Makes the head our own, with room for `more` bytes. It grows by doubling with what has
   * arrived, never to what a length claims, and never under a view that was handed out.
   */
  #reserve(more: number, count: number): void {
    const rest = this.#end - this.#at;
    if (this.#own && this.#end + more <= this.#head.length) return;
    const own = new Uint8Array(
      Math.min(Math.max(SEAM_BYTES, 2 * (rest + more)), Math.max(SEAM_BYTES, count)),
    );
    own.set(this.#head.subarray(this.#at, this.#end));
    this.#head = own;
    this.#at = 0;
    this.#end = rest;
    this.#own = true;
  }
}
