/**
 * Finds the delimiter of a multipart body (RFC 2046 section 5.1.1) in chunks of pixel data faster
 * than the chunks arrive.
 * @module
 */
import { DecodeError, LimitError } from "../errors.ts";

/** RFC 2046 allows 70 characters; some senders take more. The scanner's skip table ends at 255. */
export const MAX_BOUNDARY_LENGTH = 200;

/** A delimiter, ready to be searched for. */
export interface Delimiter {
  /** CR LF `--` boundary. CR stands only at the front: no two matches can overlap. */
  readonly bytes: Uint8Array;
  /** Index of the first whole delimiter at or after `from`, or -1. */
  indexIn(chunk: Uint8Array, from: number): number;
  /** How many bytes at the end of the chunk, at or after `from`, may be the start of a delimiter. */
  prefixAtEnd(chunk: Uint8Array, from: number): number;
}

const CR = 0x0d;

/** Prepares the search. Throws DecodeError or LimitError for a boundary that cannot be one. */
export function createDelimiter(boundary: string): Delimiter {
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    throw new LimitError("MAX_BOUNDARY_LENGTH", MAX_BOUNDARY_LENGTH, "The multipart boundary");
  }
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
    throw new DecodeError("The multipart boundary is empty or has characters that are not allowed");
  }
  const bytes = new TextEncoder().encode(`\r\n--${boundary}`);
  const last = bytes.length - 1;
  // Horspool's table: how far the window may move when this byte stands at its end.
  const skip = new Uint8Array(256).fill(bytes.length);
  for (let i = 0; i < last; i++) skip[bytes[i]!] = last - i;

  function startsAt(chunk: Uint8Array, at: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (chunk[at + i] !== bytes[i]) return false;
    return true;
  }

  return {
    bytes,
    indexIn(chunk, from) {
      const end = chunk.length - last;
      for (let at = from; at < end;) {
        const tail = chunk[at + last]!;
        // Compared from the front: only a CR starts a comparison, so that bytes made to look like
        // the boundary cost one look each, not one a window.
        if (chunk[at] === CR && startsAt(chunk, at, bytes.length)) return at;
        at += skip[tail]!;
      }
      return -1;
    },
    prefixAtEnd(chunk, from) {
      let at = chunk.indexOf(CR, Math.max(from, chunk.length - last));
      while (at >= 0 && !startsAt(chunk, at, chunk.length - at)) at = chunk.indexOf(CR, at + 1);
      return at < 0 ? 0 : chunk.length - at;
    },
  };
}
