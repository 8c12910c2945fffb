/**
 * Buffers in which the pieces of instances are gathered for large writes. They are used again and
 * again, and all that are in use together are bounded, however many associations send at once.
 * @module
 */

/** An instance begins in one of these: reports and small images never need more. */
export const SMALL_BYTES = 64 * 1024;
/** Goes on in one of these: it takes a 512 × 512 image of 16 bits whole. */
export const LARGE_BYTES = 640 * 1024;
/** Large buffers in use at the same time, 20 MiB; whoever finds none writes more often. */
const LARGE_BUFFERS = 32;
/** Small buffers that are kept for later, 4 MiB. */
const SMALL_KEPT = 64;

/** A source of buffers. */
export interface WriteBuffers {
  /** A buffer of {@linkcode SMALL_BYTES} with anything in it. */
  small(): Uint8Array<ArrayBuffer>;
  /** One of {@linkcode LARGE_BYTES}; undefined where too many are in use. */
  large(): Uint8Array<ArrayBuffer> | undefined;
  /** Takes one back; nobody may read or write it after. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

/** Makes a source; it holds no memory before its first use. */
export function createWriteBuffers(): WriteBuffers {
  const smallKept: Uint8Array<ArrayBuffer>[] = [];
  const largeKept: Uint8Array<ArrayBuffer>[] = [];
  let largeInUse = 0;
  return {
    small: () => smallKept.pop() ?? new Uint8Array(SMALL_BYTES),
    large() {
      if (largeInUse === LARGE_BUFFERS) return undefined;
      largeInUse++;
      return largeKept.pop() ?? new Uint8Array(LARGE_BYTES);
    },
    give(buffer) {
      if (buffer.length === LARGE_BYTES) {
        largeInUse--;
        largeKept.push(buffer);
      } else if (smallKept.length < SMALL_KEPT) smallKept.push(buffer);
    },
  };
}
