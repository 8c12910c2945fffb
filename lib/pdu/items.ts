/**
 * Reads what PDUs are made of: items of type, length and value, and fields within them, all numbers
 * in big endian (PS3.8 9.3.1).
 * @module
 */
import { ProtocolError } from "../errors.ts";

const HEADER_BYTES = 4;

/** One item: its type byte and its value. */
export interface Item {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * The items that bytes consist of. One that is longer than what holds it, or a rest that is too
 * short for an item, throws a ProtocolError; a rest of zeros is padding.
 */
export function* itemsOf(bytes: Uint8Array): Generator<Item, void, undefined> {
  let at = 0;
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    if (rest.length < HEADER_BYTES) {
      if (rest.every((byte) => byte === 0)) return;
      throw new ProtocolError("Bytes after the last item of a PDU", 6);
    }
    const length = rest[2]! << 8 | rest[3]!;
    if (length > rest.length - HEADER_BYTES) {
      throw new ProtocolError("An item is longer than what it is part of", 6);
    }
    yield { type: rest[0]!, value: rest.subarray(HEADER_BYTES, HEADER_BYTES + length) };
    at += HEADER_BYTES + length;
  }
}

/** Reads fields one after another; beyond the end each throws a ProtocolError. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next byte. */
  u8(): number {
    return this.bytes(1)[0]!;
  }

  /** The next two bytes. */
  u16(): number {
    const [high, low] = this.bytes(2);
    return high! << 8 | low!;
  }

  /** The next four bytes. */
  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** The next bytes, as a view. */
  bytes(length: number): Uint8Array {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new ProtocolError("An item is too short", 6);
    return this.#bytes.subarray(from, this.#at);
  }

  /** The next bytes, after two that say how many they are. */
  counted(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }
}

const ASCII = new TextDecoder("latin1");

/** Text without the spaces and NULs that senders pad it with: a UID, an AE title, a version name. */
export function textOf(bytes: Uint8Array): string {
  return ASCII.decode(bytes).replace(/^[\0 ]+|[\0 ]+$/g, "");
}
