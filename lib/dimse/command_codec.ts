/**
 * Command sets as bytes: Implicit VR Little Endian, whatever the transfer syntax of the context
 * (PS3.7 6.3.1).
 * @module
 */
import { ByteWriter } from "../bytes/writer.ts";
import type { Tag } from "../dicom/dataset.ts";
import { ProtocolError } from "../errors.ts";
import type { Command } from "./command.ts";
import { COMMAND_ELEMENTS, COMMAND_GROUP_LENGTH, type CommandElement } from "./command_fields.ts";
import { requireMessageIDs } from "./message_ids.ts";

/**
 * Bytes of a command set that is read. Most have some 200; only a list of attributes can be long,
 * and this leaves room for 16,000 of them.
 */
export const MAX_COMMAND_BYTES = 64 * 1024;

/** Tag and length of an element (PS3.5 7.1.3). */
const HEADER_BYTES = 8;
/** Characters of an LO (PS3.5 6.2). */
const MAX_LO_CHARACTERS = 64;

const NUL = 0x00;
const SPACE = 0x20;

const ELEMENT_OF: ReadonlyMap<Tag, CommandElement> = new Map(
  COMMAND_ELEMENTS.map((element) => [element.tag, element]),
);

/**
 * The bytes of a command set, its group length first. Text is written in ASCII, other characters
 * as `?`, and an Error Comment that is too long is cut.
 */
export function encodeCommand(command: Command): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer, COMMAND_GROUP_LENGTH, 4);
  writer.u32(0);
  const start = writer.length;
  for (const element of COMMAND_ELEMENTS) {
    switch (element.vr) {
      case "US": {
        const value = command[element.name];
        if (value !== undefined) writeUS(writer, element.tag, value);
        break;
      }
      case "AT": {
        const value = command[element.name];
        if (value !== undefined) writeAT(writer, element.tag, value);
        break;
      }
      default: {
        const value = command[element.name];
        if (value !== undefined) writeText(writer, element, value);
      }
    }
  }
  const groupLength = writer.length - start;
  const bytes = writer.take();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(HEADER_BYTES, groupLength, true);
  return bytes;
}

/**
 * Reads a command set. Peers are taken as they are: a group length that is wrong or not there,
 * elements in any order, retired and unknown ones and some of a data set (archives put the list of
 * failed instances here), values of odd length and zeros after the last one do no harm; an empty
 * value is as good as none.
 *
 * @throws {ProtocolError} what is no command set, or lacks what every one has: Command Field, Command
 * Data Set Type, and the Message ID by which it is answered or is an answer
 */
export function decodeCommand(bytes: Uint8Array): Command {
  if (bytes.length > MAX_COMMAND_BYTES) {
    throw invalid(`A command set has more than ${MAX_COMMAND_BYTES} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Fields = {};
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const tag = readTag(view, offset);
    const start = offset + HEADER_BYTES;
    const end = start + view.getUint32(offset + 4, true);
    if (end > bytes.length) throw invalid("An element of a command set ends beyond it");
    const element = ELEMENT_OF.get(tag);
    if (element !== undefined && start < end) readInto(fields, element, view, start, end);
    offset = end;
  }
  if (bytes.subarray(offset).some((byte) => byte !== 0)) {
    throw invalid("A command set ends within an element");
  }
  const { CommandField, CommandDataSetType } = fields;
  if (CommandField === undefined) throw invalid("A command set has no Command Field");
  if (CommandDataSetType === undefined) {
    throw invalid("A command set has no Command Data Set Type");
  }
  const command = { ...fields, CommandField, CommandDataSetType };
  requireMessageIDs(command);
  return command;
}

type Fields = { -readonly [Name in keyof Command]?: Command[Name] };

function readInto(
  fields: Fields,
  element: CommandElement,
  view: DataView,
  start: number,
  end: number,
): void {
  switch (element.vr) {
    case "US":
      if (end - start < 2) throw invalid(`${element.name} of a command set is too short`);
      fields[element.name] = view.getUint16(start, true);
      break;
    case "AT":
      fields[element.name] = readTags(element.name, view, start, end);
      break;
    default: {
      const text = readText(view, start, end, element.vr === "AE");
      if (text !== "") fields[element.name] = text;
    }
  }
}

function readTags(name: string, view: DataView, start: number, end: number): Tag[] {
  if ((end - start) % 4 !== 0) throw invalid(`${name} of a command set is no list of tags`);
  return Array.from({ length: (end - start) / 4 }, (_, index) => readTag(view, start + 4 * index));
}

/** Group and element are two numbers of 16 bits each, so a tag is no little-endian number of 32. */
function readTag(view: DataView, offset: number): Tag {
  return view.getUint16(offset, true) * 0x10000 + view.getUint16(offset + 2, true);
}

/** Text without its padding: trailing NULs and spaces, and those that lead an AE title. */
function readText(view: DataView, start: number, end: number, isAETitle: boolean): string {
  let first = start;
  let last = end;
  while (last > first && isPadding(view.getUint8(last - 1))) last--;
  while (isAETitle && first < last && isPadding(view.getUint8(first))) first++;
  let text = "";
  for (let offset = first; offset < last; offset++) {
    text += String.fromCharCode(view.getUint8(offset));
  }
  return text;
}

function isPadding(byte: number): boolean {
  return byte === NUL || byte === SPACE;
}

function writeHeader(writer: ByteWriter, tag: Tag, length: number): void {
  writer.u16(tag >>> 16);
  writer.u16(tag & 0xffff);
  writer.u32(length);
}

function writeUS(writer: ByteWriter, tag: Tag, value: number): void {
  writeHeader(writer, tag, 2);
  writer.u16(value);
}

function writeAT(writer: ByteWriter, tag: Tag, tags: readonly Tag[]): void {
  writeHeader(writer, tag, 4 * tags.length);
  for (const value of tags) {
    writer.u16(value >>> 16);
    writer.u16(value & 0xffff);
  }
}

function writeText(
  writer: ByteWriter,
  { tag, vr }: { readonly tag: Tag; readonly vr: "UI" | "AE" | "LO" },
  value: string,
): void {
  const text = vr === "LO" ? value.slice(0, MAX_LO_CHARACTERS) : value;
  const isOdd = text.length % 2 === 1;
  writeHeader(writer, tag, text.length + (isOdd ? 1 : 0));
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    writer.u8(code >= SPACE && code < 0x7f ? code : 0x3f);
  }
  if (isOdd) writer.u8(vr === "UI" ? NUL : SPACE);
}

/** What answers every fault of a command set: an A-ABORT for an invalid parameter value. */
function invalid(message: string): ProtocolError {
  return new ProtocolError(message, 6);
}
