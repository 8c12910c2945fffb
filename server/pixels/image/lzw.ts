/**
 * The compression of GIF: LZW with codes of 9 to 12 bits, the lowest bit first, in blocks of up to
 * 255 bytes.
 * @module
 */
import type { Bytes } from "../frame.ts";

const SYMBOL_BITS = 8;
const CLEAR = 1 << SYMBOL_BITS;
const END = CLEAR + 1;
const CODES_MAX = 1 << 12;
const BLOCK_MAX = 255;

/** Entries of the hash table: a prime well above the number of codes. */
const HASH_SIZE = 9973;

/** The image data of a frame with 256 colours: the size of symbols, blocks, and the empty block at the end. */
export function lzw(symbols: Uint8Array): Bytes {
  const out = new CodeWriter(symbols.length);
  const table = new CodeTable();
  out.put(CLEAR, 9);
  let prefix = symbols[0] ?? 0;
  for (let i = 1; i < symbols.length; i++) {
    const symbol = symbols[i]!;
    const known = table.find(prefix, symbol);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    out.put(prefix, table.bits);
    if (table.next === CODES_MAX) {
      out.put(CLEAR, table.bits);
      table.clear();
    } else {
      table.add();
    }
    prefix = symbol;
  }
  if (symbols.length > 0) out.put(prefix, table.bits);
  // The reader has made one code more than the writer when it reads this one.
  table.widen();
  out.put(END, table.bits);
  return out.finish();
}

/** Strings of symbols by the code of what precedes their last symbol. */
class CodeTable {
  bits = SYMBOL_BITS + 1;
  next = END + 1;
  readonly #keys = new Int32Array(HASH_SIZE).fill(-1);
  readonly #codes = new Uint16Array(HASH_SIZE);
  #place = 0;
  #key = 0;

  /** The code of a string; where there is none, its place is kept for {@linkcode add}. */
  find(prefix: number, symbol: number): number | undefined {
    this.#key = (prefix << SYMBOL_BITS) | symbol;
    this.#place = (this.#key * 31) % HASH_SIZE;
    while (this.#keys[this.#place] !== -1) {
      if (this.#keys[this.#place] === this.#key) return this.#codes[this.#place];
      this.#place = this.#place + 1 === HASH_SIZE ? 0 : this.#place + 1;
    }
    return undefined;
  }

  /** Gives the string that was not found the next code. */
  add(): void {
    this.#keys[this.#place] = this.#key;
    this.#codes[this.#place] = this.next;
    if (this.next === 1 << this.bits && this.bits < 12) this.bits++;
    this.next++;
  }

  widen(): void {
    if (this.next === 1 << this.bits && this.bits < 12) this.bits++;
  }

  clear(): void {
    this.bits = SYMBOL_BITS + 1;
    this.next = END + 1;
    this.#keys.fill(-1);
  }
}

/** Writes codes of any width into blocks. */
class CodeWriter {
  #bytes: Bytes;
  /** Where the length of the block that is being written stands. */
  #block = 1;
  #used = 2;
  #held = 0;
  #heldBits = 0;

  constructor(symbols: number) {
    this.#bytes = new Uint8Array(Math.max(64, symbols >>> 1));
    this.#bytes[0] = SYMBOL_BITS;
  }

  put(code: number, bits: number): void {
    this.#held |= code << this.#heldBits;
    this.#heldBits += bits;
    while (this.#heldBits >= 8) {
      this.#byte(this.#held & 0xff);
      this.#held >>>= 8;
      this.#heldBits -= 8;
    }
  }

  finish(): Bytes {
    if (this.#heldBits > 0) this.#byte(this.#held & 0xff);
    const length = this.#used - this.#block - 1;
    this.#bytes[this.#block] = length;
    // A block of no bytes is the end.
    const end = length === 0 ? this.#block + 1 : this.#used + 1;
    this.#grow(end);
    this.#bytes[end - 1] = 0;
    return this.#bytes.slice(0, end);
  }

  #byte(value: number): void {
    if (this.#used - this.#block - 1 === BLOCK_MAX) {
      this.#bytes[this.#block] = BLOCK_MAX;
      this.#block = this.#used++;
    }
    this.#grow(this.#used + 1);
    this.#bytes[this.#used++] = value;
  }

  #grow(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
