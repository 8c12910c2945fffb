/**
 * What was made a moment ago: viewers and lists of studies ask for the same again.
 * @module
 */

/** Bytes that one cache keeps: some 1,500 images of 512 × 512. */
const CACHE_BYTES = 64 * 1024 * 1024;

interface Kept<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** Values by what decides them; the one that was not asked for the longest goes first. */
export class RecentCache<Key, Value> {
  readonly #kept = new Map<Key, Kept<Value>>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number = CACHE_BYTES) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  /** Keeps a value of so many bytes; one that would take an eighth of the room is not worth it. */
  set(key: Key, value: Value, bytes: number): void {
    if (bytes > this.#limit / 8 || this.#kept.has(key)) return;
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#limit) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

/** Bytes of a number, and of a string, an array or an object beside what is in it. */
const VALUE_BYTES = 32;

/** How many bytes plain data takes, rather more than less. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return VALUE_BYTES + 2 * value.length;
  if (ArrayBuffer.isView(value)) return VALUE_BYTES + value.byteLength;
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  return Object.values(value).reduce<number>((sum, each) => sum + sizeOf(each), VALUE_BYTES);
}
