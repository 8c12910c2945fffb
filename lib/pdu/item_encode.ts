/**
 * Writes what PDUs are made of: items of type, length and value, and fields within them, all numbers
 * in big endian (PS3.8 9.3.1). What is reserved is zero.
 * @module
 */
import { LimitError } from "../errors.ts";

/** An item's length, and a field's, are 16 bits. */
const MAX_LENGTH = 0xffff;

/** Parts in one piece. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** An item of these parts. Throws LimitError where they are more than 65,535 bytes. */
export function item(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = counted(join(parts));
  return join([Uint8Array.of(type, 0), value]);
}

/** A field after its length, in two bytes. Throws LimitError where it is more than 65,535 bytes. */
export function counted(field: Uint8Array): Uint8Array {
  if (field.length > MAX_LENGTH) {
    throw new LimitError("item length", MAX_LENGTH, "A field of an A-ASSOCIATE PDU");
  }
  return join([u16(field.length), field]);
}

/** Two bytes. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

/** Four bytes. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Text of the default repertoire, a byte each, without padding (PS3.8 9.3.2, Annex F). */
export function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}
