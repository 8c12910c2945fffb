/**
 * Media types as they stand in Content-Type and Accept (RFC 9110 section 8.3.1, PS3.18 section
 * 8.7). Read liberally, because DICOMweb clients write them in many ways: `type` with and without
 * quotes, parameter names in any case, white space anywhere. Written strictly.
 * @module
 */

/** A media type or media range with its parameters. */
export interface MediaType {
  /** `type/subtype` in lower case, e.g. `multipart/related`; in a range either half may be `*`. */
  readonly essence: string;
  /** By lower-case name; values unquoted and otherwise as sent. The first of a repeated name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ESSENCE = /^[!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// deno-lint-ignore no-control-regex -- a value with a line break must never reach a header again
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Reads one media type, or undefined where the text holds none. Never throws. */
export function parseMediaType(text: string): MediaType | undefined {
  if (CONTROL.test(text)) return undefined;
  const essence = text.slice(0, text.search(/;|$/)).trim().toLowerCase();
  if (!ESSENCE.test(essence)) return undefined;
  const parameters = new Map<string, string>();
  for (const [name, value] of parametersOf(text)) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return { essence, parameters };
}

/** Every parameter of a media type as it stands, repeated ones too: lower-case name, unquoted value. */
export function* parametersOf(text: string): Generator<readonly [name: string, value: string]> {
  for (const parameter of splitOutsideQuotes(text, ";").slice(1)) {
    const equals = parameter.indexOf("=");
    const name = parameter.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    if (TOKEN.test(name)) yield [name, unquote(parameter.slice(equals + 1).trim())];
  }
}

/** Writes a media type for a header. Values that are not tokens are quoted. */
export function formatMediaType(
  essence: string,
  parameters: Readonly<Record<string, string>> = {},
): string {
  let text = essence;
  for (const [name, value] of Object.entries(parameters)) {
    const written = TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
    text += `; ${name}=${written}`;
  }
  return text;
}

/**
 * The media type that the `type` parameter of a multipart/related names (RFC 2387 section 3.1), or
 * undefined where there is none. It may bring parameters of its own inside the quotes.
 */
export function rootTypeOf(mediaType: MediaType): MediaType | undefined {
  const type = mediaType.parameters.get("type");
  return type === undefined ? undefined : parseMediaType(type);
}

/** Splits at a separator that is not inside a quoted string (RFC 9110 section 5.6.4). */
export function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') quoted = !quoted;
    else if (char === "\\" && quoted) i++;
    else if (char === separator && !quoted) {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** The value of a quoted string, or the text itself; a missing closing quote is forgiven. */
function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  let value = "";
  for (let i = 1; i < text.length && text[i] !== '"'; i++) {
    if (text[i] === "\\" && i + 1 < text.length) i++;
    value += text[i];
  }
  return value;
}
