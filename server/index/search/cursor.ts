/**
 * The opaque cursor of a page: the values by which its last row is ordered.
 * @module
 */
import { DecodeError } from "../../../lib/errors.ts";

/** A value of an order key. */
export type CursorValue = string | number;

/** Writes a cursor for an order, named by its signature. */
export function encodeCursor(signature: string, values: readonly CursorValue[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify([signature, ...values]));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Reads a cursor. Throws DecodeError where it is none, or one of another search. */
export function decodeCursor(text: string, signature: string, keys: number): CursorValue[] {
  const value = parse(text);
  if (!Array.isArray(value) || value.length !== keys + 1 || value[0] !== signature) throw wrong();
  return value.slice(1).map((entry: unknown) => {
    if (typeof entry !== "string" && typeof entry !== "number") throw wrong();
    return entry;
  });
}

function parse(text: string): unknown {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw wrong();
  }
}

function wrong(): DecodeError {
  return new DecodeError("The value of after is not a cursor of this search");
}
