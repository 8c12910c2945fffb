/**
 * Writes a data set from memory, in little endian with explicit or implicit VR. Values keep their
 * bytes; elements come in ascending order of tags, sequences and items of undefined length, so
 * that equal data sets have equal bytes whatever they were read from.
 * @module
 */

import { ByteWriter } from "../bytes/writer.ts";
import { UnsupportedError } from "../errors.ts";
import type { BulkElement, DataSet, Element, FragmentsElement } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import { UNDEFINED_LENGTH } from "./element_header.ts";
import { transferSyntax } from "./uids.ts";
import { layoutOf } from "./value_layout.ts";
import {
  evenLength,
  isGroupLength,
  writeHeader,
  writeItem,
  writeItemDelimitation,
  writeSequenceDelimitation,
} from "./write_element.ts";

/**
 * A piece of an encoded data set: bytes, or an element whose value is elsewhere. The header of
 * such an element and its padding are in the bytes around it. Its place is taken
 * - for a bulk element, by the bytes of its place;
 * - for fragments, by all of them, each with the 8 bytes of its item header before it: in the
 *   object they were scanned from they lie together, from 8 bytes before the first fragment to
 *   the end of the last.
 */
export type EncodedSegment = Uint8Array | BulkElement | FragmentsElement;

/** Bytes that are collected before they become a segment. */
const SEGMENT_BYTES = 64 * 1024;

/**
 * Encodes a data set, without File Meta Information and without group lengths.
 *
 * @param transferSyntaxUID any in little endian that is not deflated; one that the standard does
 *   not name is written with explicit VR
 * @throws {UnsupportedError} for any other, and for values that are given by a URI
 */
export function* encodeDataSet(
  dataSet: DataSet,
  transferSyntaxUID: string,
): Generator<EncodedSegment, void, undefined> {
  const syntax = transferSyntax(transferSyntaxUID);
  if (syntax !== undefined && (syntax.deflated || !syntax.littleEndian)) {
    throw new UnsupportedError(`Data sets are not written in ${syntax.name}`);
  }
  const writer = new ByteWriter();
  yield* encodeElements(writer, dataSet, syntax?.explicitVR ?? true);
  if (writer.length > 0) yield writer.take();
}

function* encodeElements(
  writer: ByteWriter,
  dataSet: DataSet,
  explicitVR: boolean,
): Generator<EncodedSegment, void, undefined> {
  for (const element of inOrder(dataSet)) {
    if (isGroupLength(element.tag)) continue;
    const { kind, tag, vr } = element;
    switch (kind) {
      case "value": {
        const { length } = element.bytes;
        writeHeader(writer, tag, vr, evenLength(length), explicitVR);
        writer.bytes(element.bytes);
        if (length % 2 === 1) writer.u8(layoutOf(vr).padding);
        break;
      }
      case "bulk": {
        const { length } = element.place;
        writeHeader(writer, tag, vr, evenLength(length), explicitVR);
        yield writer.take();
        yield element;
        if (length % 2 === 1) writer.u8(layoutOf(vr).padding);
        break;
      }
      case "sequence":
        writeHeader(writer, tag, vr, UNDEFINED_LENGTH, explicitVR);
        for (const item of element.items) {
          writeItem(writer, UNDEFINED_LENGTH);
          yield* encodeElements(writer, item, explicitVR);
          writeItemDelimitation(writer);
        }
        writeSequenceDelimitation(writer);
        break;
      case "fragments":
        writeHeader(writer, tag, vr, UNDEFINED_LENGTH, explicitVR);
        writeItem(writer, element.basicOffsetTable.length);
        writer.bytes(element.basicOffsetTable);
        yield writer.take();
        yield element;
        writeSequenceDelimitation(writer);
        break;
      case "uri":
        throw new UnsupportedError(`The value of ${formatTag(tag)} is only named by a URI`);
    }
    if (writer.length >= SEGMENT_BYTES) yield writer.take();
  }
}

function inOrder(dataSet: DataSet): readonly Element[] {
  return [...dataSet.values()].sort((left, right) => left.tag - right.tag);
}
