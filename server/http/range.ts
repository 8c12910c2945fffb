/**
 * Byte ranges of single-part answers (RFC 9110 section 14, PS3.18 section 8.6.1.1).
 * @module
 */
import type { ByteRange } from "../blobs/blob_store.ts";
import { Problem } from "./problem.ts";

/**
 * The range that a request wants of a representation of `size` bytes with the strong entity tag
 * `etag`; undefined where it wants the whole. Several ranges, other units and what is malformed are
 * ignored, as the RFC allows: the whole is right for every client. Throws Problem 416.
 */
export function wantedRange(request: Request, size: number, etag: string): ByteRange | undefined {
  const value = request.headers.get("range");
  if (value === null || request.method !== "GET") return undefined;
  const ifRange = request.headers.get("if-range");
  // Strong comparison: a date or a weak tag does not promise the very same bytes.
  if (ifRange !== null && ifRange.trim() !== etag) return undefined;
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(value);
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (first === "" && last === "") return undefined;
  if (first === "") return satisfiable(Math.max(size - Number(last), 0), size, size);
  if (last === "") return satisfiable(Number(first), size, size);
  if (Number(last) < Number(first)) return undefined;
  return satisfiable(Number(first), Math.min(Number(last) + 1, size), size);
}

/** The Content-Range of a 206. */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`;
}

function satisfiable(offset: number, end: number, size: number): ByteRange {
  if (offset >= size) {
    throw new Problem(416, `The range begins behind the end; there are ${size} bytes.`, {
      "Content-Range": `bytes */${size}`,
    });
  }
  return { offset, length: end - offset };
}
