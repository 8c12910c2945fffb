/**
 * Warning headers (RFC 7234 section 5.5), by which PS3.18 tells what a search left out.
 * @module
 */

/** Characters of one warning: a header line stays far below what proxies take. */
const MAX_WARNING_LENGTH = 500;

/** Warnings of one response; who made more mistakes than these has enough to mend. */
const MAX_WARNINGS = 10;

/**
 * Adds one `Warning: 299` header for each text. What is not printable ASCII becomes `?`, since texts
 * may repeat a parameter's name as a client wrote it.
 */
export function addWarnings(headers: Headers, base: string, texts: readonly string[]): void {
  const agent = base.split("/")[2] ?? "-";
  for (const text of texts.slice(0, MAX_WARNINGS)) {
    const safe = text.slice(0, MAX_WARNING_LENGTH)
      .replace(/[^\x20-\x7e]/g, "?")
      .replace(/["\\]/g, "\\$&");
    headers.append("Warning", `299 ${agent} "${safe}"`);
  }
}
