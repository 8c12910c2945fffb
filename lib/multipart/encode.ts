/**
 * The text around the parts of a multipart/related body (RFC 2046 section 5.1.1, PS3.18 section
 * 8.6.1.2). The parts' bytes go between by whoever streams them.
 * @module
 */

const encoder = new TextEncoder();

/**
 * The bytes before a part's own: delimiter, headers, empty line. `first`: no line end before the
 * delimiter. Throws RangeError for a header with a line break, which would end it.
 */
export function partHead(
  boundary: string,
  headers: Readonly<Record<string, string>>,
  first: boolean,
): Uint8Array<ArrayBuffer> {
  let text = `${first ? "" : "\r\n"}--${boundary}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n]/.test(name + value)) throw new RangeError("A part header contains a line break");
    text += `${name}: ${value}\r\n`;
  }
  return encoder.encode(text + "\r\n");
}

/** The bytes after the last part; with no part at all they are the whole body. */
export function closeDelimiter(boundary: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`\r\n--${boundary}--\r\n`);
}

/** Bytes of a whole body, for Content-Length. `parts`: each one's head and the length of its bytes. */
export function multipartLength(
  boundary: string,
  parts: Iterable<{ readonly head: Uint8Array; readonly length: number }>,
): number {
  let length = closeDelimiter(boundary).length;
  for (const part of parts) length += part.head.length + part.length;
  return length;
}
