/**
 * Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13.1.2).
 * @module
 */

/**
 * A strong entity tag out of what decides the bytes of a representation. Parts must be made of
 * letters, digits, `.`, `_`, `:`, `+`, `/` or `-`; throws RangeError for others.
 */
export function entityTag(...parts: readonly (string | number)[]): string {
  const text = parts.join("~");
  if (!/^[\w.:+/~-]*$/.test(text)) throw new RangeError("Not fit for an entity tag");
  return `"${text}"`;
}

/** Whether an If-None-Match value names the tag: a list or `*`, compared weakly. */
export function namesTag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  const opaque = etag.replace(/^W\//, "");
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([tag]) => tag === opaque);
}

/**
 * 304 where the client has the representation already, else undefined. `headers`: those that
 * the 200 would carry and a cache updates (Cache-Control, Vary, Content-Location).
 */
export function notModified(
  request: Request,
  etag: string,
  headers: Readonly<Record<string, string>> = {},
): Response | undefined {
  const ifNoneMatch = request.headers.get("if-none-match");
  if (ifNoneMatch === null || !namesTag(ifNoneMatch, etag)) return undefined;
  return new Response(null, { status: 304, headers: { ...headers, ETag: etag } });
}
