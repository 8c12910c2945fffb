/**
 * What stands before the data set in a DICOM file: preamble, prefix and File Meta Information
 * (PS3.10 7.1).
 * @module
 */

import { ByteWriter } from "../bytes/writer.ts";
import type { DataSet, Element, Tag, VR } from "./dataset.ts";
import { encodeDataSet } from "./encode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "./uids.ts";
import { writeHeader } from "./write_element.ts";

/** Identifies this software in the files that it writes (PS3.7 D.3.3.2). */
export const IMPLEMENTATION_CLASS_UID = "2.25.155889425218406998206901282503828066656";
/** Its name beside the UID, at most 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = "GANTRY_1";

/** Bytes of the preamble, all zero in the files that this software writes. */
export const PREAMBLE_BYTES = 128;
/** What follows the preamble. */
export const PREFIX: Uint8Array = new TextEncoder().encode("DICM");
/** The group of File Meta Information. */
export const FILE_META_GROUP = 0x0002;
/** Transfer Syntax UID (0002,0010). */
export const TRANSFER_SYNTAX_UID: Tag = 0x00020010;

/** The File Meta Information of a file to write. */
export interface FileMeta {
  readonly MediaStorageSOPClassUID: string;
  readonly MediaStorageSOPInstanceUID: string;
  readonly TransferSyntaxUID: string;
  /** Elements of the file it is made from, to be kept: all but those that this one decides. */
  readonly kept?: DataSet;
}

/** The bytes before the data set: preamble, prefix and File Meta Information with its length. */
export function encodePart10Header(meta: FileMeta): Uint8Array<ArrayBuffer> {
  const elements = new Map<Tag, Element>();
  for (const element of meta.kept?.values() ?? []) {
    if (element.kind === "value" && element.tag >>> 16 === FILE_META_GROUP) {
      elements.set(element.tag, element);
    }
  }
  const set = (tag: Tag, vr: VR, bytes: Uint8Array) =>
    elements.set(tag, { kind: "value", tag, vr, bytes });
  const text = (value: string) => new TextEncoder().encode(value);
  set(0x00020001, "OB", Uint8Array.of(0, 1));
  set(0x00020002, "UI", text(meta.MediaStorageSOPClassUID));
  set(0x00020003, "UI", text(meta.MediaStorageSOPInstanceUID));
  set(TRANSFER_SYNTAX_UID, "UI", text(meta.TransferSyntaxUID));
  set(0x00020012, "UI", text(IMPLEMENTATION_CLASS_UID));
  set(0x00020013, "SH", text(IMPLEMENTATION_VERSION_NAME));

  const encoded = new ByteWriter();
  for (const segment of encodeDataSet(elements, EXPLICIT_VR_LITTLE_ENDIAN)) {
    if (segment instanceof Uint8Array) encoded.bytes(segment);
  }
  const writer = new ByteWriter();
  writer.bytes(new Uint8Array(PREAMBLE_BYTES));
  writer.bytes(PREFIX);
  writeHeader(writer, FILE_META_GROUP * 0x10000, "UL", 4, true);
  writer.u32(encoded.length);
  writer.bytes(encoded.take());
  return writer.take();
}

/** The text of an element of File Meta Information without its padding; undefined where it is empty. */
export function fileMetaText(fileMeta: DataSet | undefined, tag: Tag): string | undefined {
  const element = fileMeta?.get(tag);
  if (element?.kind !== "value") return undefined;
  const text = new TextDecoder("latin1").decode(element.bytes);
  return text.replace(/^ +|[\0 ]+$/g, "") || undefined;
}
