/**
 * Reads what PDUs are made of: items of type, length and value, and fields within them, all numbers
 * in big endian (PS3.8 9.3.1).
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { MAX_NAME_BYTES, MAX_UID_BYTES } from "./limits.ts";
import { ITEM_HEADER_BYTES } from "./types.ts";

/** One item: its type byte and its value, a view. */
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
    const value = at + ITEM_HEADER_BYTES;
    if (value > bytes.length) {
      if (bytes.subarray(at).every((byte) => byte === 0)) return;
      throw new ProtocolError("Bytes after the last item of a PDU", 6);
    }
    const end = value + (bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (end > bytes.length) throw new ProtocolError("An item is longer than what holds it", 6);
    yield { type: bytes[at]!, value: bytes.subarray(value, end) };
    at = end;
  }
}

/** Reads fields one after another; beyond the end each throws a ProtocolError. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
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
    if (length > this.left) throw new ProtocolError("An item is too short", 6);
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** The next bytes, after two that say how many they are. */
  counted(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }
}

const LATIN1 = new TextDecoder("latin1");
const SPACE = 0x20;

/** A UID without its padding. Throws ProtocolError where it is longer than any can be (PS3.5 9.1). */
export function uidOf(bytes: Uint8Array): string {
  const uid = withoutPadding(bytes);
  if (uid.length > MAX_UID_BYTES) {
    throw new ProtocolError(`A UID of more than ${MAX_UID_BYTES} bytes`, 6);
  }
  return LATIN1.decode(uid);
}

/** An AE title or a name without its padding; cut where it is longer than anyone reads. */
export function nameOf(bytes: Uint8Array): string {
  return LATIN1.decode(withoutPadding(bytes).subarray(0, MAX_NAME_BYTES));
}

/** What is between the spaces and NULs that senders pad texts with. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isPadding(bytes[start]!)) start++;
  while (end > start && isPadding(bytes[end - 1]!)) end--;
  return bytes.subarray(start, end);
}

function isPadding(byte: number): boolean {
  return byte === SPACE || byte === 0;
}
