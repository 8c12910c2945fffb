/**
 * Writes the parts that data elements are made of, in little endian (PS3.5 7.1, 7.5).
 * @module
 */

import type { ByteWriter } from "../bytes/writer.ts";
import { UnsupportedError } from "../errors.ts";
import type { Tag, VR } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import {
  ITEM,
  ITEM_DELIMITATION,
  SEQUENCE_DELIMITATION,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { layoutOf, vrCode } from "./value_layout.ts";

const LONGEST_SHORT = 0xfffe;
const LONGEST = 0xfffffffe;

/**
 * Writes an element's header. A value too long for the 16-bit length of its VR becomes UN, as
 * PS3.5 6.2.2 has it.
 *
 * @param length bytes of the value with its padding, or {@linkcode UNDEFINED_LENGTH}
 * @throws {UnsupportedError} where no element can be as long
 */
export function writeHeader(
  writer: ByteWriter,
  tag: Tag,
  vr: VR,
  length: number,
  explicitVR: boolean,
): void {
  if (length > LONGEST && length !== UNDEFINED_LENGTH) {
    throw new UnsupportedError(`The value of ${formatTag(tag)} is too long for any element`);
  }
  writeTag(writer, tag);
  if (!explicitVR) return writer.u32(length);
  const short = layoutOf(vr).shortLength;
  const code = vrCode(short && length > LONGEST_SHORT ? "UN" : vr);
  writer.u8(code >>> 8);
  writer.u8(code & 0xff);
  if (short && length <= LONGEST_SHORT) return writer.u16(length);
  writer.u16(0);
  writer.u32(length);
}

/** Writes the header of an item: {@linkcode UNDEFINED_LENGTH} where a delimiter will end it. */
export function writeItem(writer: ByteWriter, length: number): void {
  writeTag(writer, ITEM);
  writer.u32(length);
}

/** Writes what ends an item of undefined length. */
export function writeItemDelimitation(writer: ByteWriter): void {
  writeTag(writer, ITEM_DELIMITATION);
  writer.u32(0);
}

/** Writes what ends a sequence of undefined length, or encapsulated pixel data. */
export function writeSequenceDelimitation(writer: ByteWriter): void {
  writeTag(writer, SEQUENCE_DELIMITATION);
  writer.u32(0);
}

/** The next even length. */
export function evenLength(length: number): number {
  return length + length % 2;
}

/**
 * True for the group lengths of a data set, which PS3.5 7.2 has retired: they are left out of what
 * is written, because the lengths that they sum up change.
 */
export function isGroupLength(tag: Tag): boolean {
  return (tag & 0xffff) === 0;
}

function writeTag(writer: ByteWriter, tag: Tag): void {
  writer.u16(tag >>> 16);
  writer.u16(tag & 0xffff);
}
