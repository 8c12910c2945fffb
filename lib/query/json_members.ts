/**
 * The members of a JSON object as text, without reading their values: what is copied from a stored
 * header into an answer stays exactly as it was written.
 * @module
 */
import { DecodeError } from "../errors.ts";

/**
 * Name and value text of each member at the top level of `json`, which is an object without white
 * space between its parts, its names without escapes, as lib/dicom/json.ts writes it. Throws
 * DecodeError where it is not.
 */
export function* jsonMembers(json: string): Generator<readonly [string, string]> {
  if (!json.startsWith("{")) throw new DecodeError("A stored header is not a JSON object");
  let at = 1;
  while (json[at] === '"') {
    const colon = endOfString(json, at);
    const end = endOfValue(json, colon + 1);
    yield [json.slice(at + 1, colon - 1), json.slice(colon + 1, end)];
    at = json[end] === "," ? end + 1 : end;
  }
  if (json[at] !== "}") throw new DecodeError("A stored header breaks off", { offset: at });
}

/** Index after the quote that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let end = start;
  do {
    end = json.indexOf('"', end + 1);
    if (end < 0) throw new DecodeError("A stored header breaks off", { offset: start });
  } while (isEscaped(json, end));
  return end + 1;
}

/** Whether an odd number of backslashes stands before the index. */
function isEscaped(json: string, index: number): boolean {
  let first = index;
  while (json[first - 1] === "\\") first--;
  return (index - first) % 2 === 1;
}

/** Index after the value that begins at `start`. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at) - 1;
        break;
      case "{":
      case "[":
        depth++;
        break;
      case "}":
      case "]":
        if (depth-- === 0) return at;
        break;
      case ",":
        if (depth === 0) return at;
        break;
    }
  }
  throw new DecodeError("A stored header breaks off", { offset: start });
}
