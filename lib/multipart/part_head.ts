/**
 * The header lines of one part (RFC 2046 section 5.1, PS3.18 table 8.6.1-1).
 * @module
 */
import { DecodeError, LimitError } from "../errors.ts";

/** Bytes of the header lines of one part. PS3.18 needs four lines of a hundred bytes. */
export const MAX_PART_HEAD_BYTES = 16 * 1024;
/** Headers of one part. */
export const MAX_PART_HEADERS = 64;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads header lines, given without their line ends: values by lower-case name; of a repeated name
 * the first. Throws DecodeError for a line that is no header, LimitError for too many headers.
 */
export function parsePartHead(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const unfolded = unfold(lines);
  if (unfolded.length > MAX_PART_HEADERS) {
    throw new LimitError("MAX_PART_HEADERS", MAX_PART_HEADERS, "The number of headers of a part");
  }
  for (const line of unfolded) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (!NAME.test(name)) throw new DecodeError("A header line of a part has no name and colon");
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** Joins lines that begin with white space to the line before them (RFC 5322 section 2.2.3). */
function unfold(lines: readonly string[]): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    const previous = unfolded.length - 1;
    if (previous >= 0 && /^[ \t]/.test(line)) unfolded[previous] += ` ${line.trim()}`;
    else unfolded.push(line);
  }
  return unfolded;
}
