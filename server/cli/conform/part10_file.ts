/**
 * DICOM files of small data sets in memory, written and read.
 * @module
 */
import { ByteWriter } from "../../../lib/bytes/writer.ts";
import type { DataSet, Element, FragmentsElement, Tag } from "../../../lib/dicom/dataset.ts";
import { encodeDataSet } from "../../../lib/dicom/encode.ts";
import { encodeJson } from "../../../lib/dicom/json.ts";
import {
  encodePart10Header,
  fileMetaText,
  TRANSFER_SYNTAX_UID,
} from "../../../lib/dicom/part10.ts";
import { createInstanceScanner } from "../../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { integer, text } from "../../../lib/dicom/values.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { type Row, rowOfJson } from "./rows.ts";

/** RLE Lossless, which needs no codec to write. */
export const RLE_LOSSLESS = "1.2.840.10008.1.2.5";

const PIXEL_DATA: Tag = 0x7fe00010;

/** A data set as a file; in RLE Lossless its one frame of 16 bits a sample is compressed. */
export function writeFile(dataSet: DataSet, transferSyntaxUID: string): Uint8Array<ArrayBuffer> {
  const native = dataSet.get(PIXEL_DATA);
  const isCompressed = transferSyntaxUID === RLE_LOSSLESS && native?.kind === "value";
  const fragment = isCompressed ? rleFrame(native.bytes) : new Uint8Array();
  const written: DataSet = isCompressed ? new Map([...dataSet, [PIXEL_DATA, FRAGMENTS]]) : dataSet;
  const writer = new ByteWriter();
  writer.bytes(encodePart10Header({
    MediaStorageSOPClassUID: text(dataSet, 0x00080016) ?? "",
    MediaStorageSOPInstanceUID: text(dataSet, 0x00080018) ?? "",
    TransferSyntaxUID: transferSyntaxUID,
  }));
  for (const segment of encodeDataSet(written, transferSyntaxUID)) {
    if (segment instanceof Uint8Array) writer.bytes(segment);
    else {
      // The only item of its fragments (PS3.5 A.4).
      writer.u16(0xfffe);
      writer.u16(0xe000);
      writer.u32(fragment.length);
      writer.bytes(fragment);
    }
  }
  return new Uint8Array(writer.take());
}

/** Stands for the fragments, whose bytes are written in their place. */
const FRAGMENTS: FragmentsElement = {
  kind: "fragments",
  tag: PIXEL_DATA,
  vr: "OB",
  basicOffsetTable: new Uint8Array(),
  fragments: new Float64Array([0, 0]),
};

/** Bytes of an RLE header (PS3.5 G.5). */
const RLE_HEADER = 64;
const LONGEST_RUN = 128;

/** A frame of little-endian 16-bit samples: two segments, high bytes first, of literal runs (PS3.5 G). */
function rleFrame(samples: Uint8Array): Uint8Array {
  const planes = [1, 0].map((offset) => literal(samples.filter((_, i) => i % 2 === offset)));
  const writer = new ByteWriter();
  const [high = new Uint8Array()] = planes;
  for (const number of [planes.length, RLE_HEADER, RLE_HEADER + high.length]) writer.u32(number);
  writer.bytes(new Uint8Array(RLE_HEADER - 12));
  for (const plane of planes) writer.bytes(plane);
  return writer.take();
}

function literal(bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  for (let at = 0; at < bytes.length; at += LONGEST_RUN) {
    const run = bytes.subarray(at, at + LONGEST_RUN);
    writer.bytes(Uint8Array.of(run.length - 1));
    writer.bytes(run);
  }
  if (writer.length % 2 === 1) writer.bytes(Uint8Array.of(0));
  return writer.take();
}

/** What a file holds. */
export interface ReadFile {
  readonly TransferSyntaxUID: string;
  readonly attributes: Row;
  /** Native pixel data as it lies in the file; undefined where there is none, or it is compressed. */
  readonly pixels: Uint8Array<ArrayBuffer> | undefined;
}

/** Reads a file. Throws DecodeError, LimitError where it is none, or is damaged. */
export async function readFile(bytes: Uint8Array<ArrayBuffer>): Promise<ReadFile> {
  const scanner = createInstanceScanner();
  await scanner.push(bytes);
  const scan = await scanner.end();
  if (scan.fileMeta === undefined) throw new DecodeError("It has no File Meta Information");
  if (scan.damage !== undefined) throw new DecodeError(scan.damage);
  const json = encodeJson(scan.dataSet, { bulkDataURI: (path) => path });
  return {
    // What it says, not what a forgiving reader makes of it.
    TransferSyntaxUID: fileMetaText(scan.fileMeta, TRANSFER_SYNTAX_UID) ?? "",
    attributes: rowOfJson(new TextEncoder().encode(json)),
    pixels: pixelsOf(scan.dataSet, scan.dataSet.get(PIXEL_DATA), bytes, scan.transferSyntaxUID),
  };
}

function pixelsOf(
  dataSet: DataSet,
  element: Element | undefined,
  file: Uint8Array<ArrayBuffer>,
  transferSyntaxUID: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (element?.kind !== "bulk" || transferSyntaxUID !== EXPLICIT_VR_LITTLE_ENDIAN) return undefined;
  const { offset, length } = element.place;
  const size = ["00280010", "00280011"].map((tag) => integer(dataSet, parseInt(tag, 16)) ?? 0);
  const samples = (integer(dataSet, 0x00280002) ?? 1) * (integer(dataSet, 0x00280008) ?? 1);
  const bytes = (integer(dataSet, 0x00280100) ?? 8) / 8;
  // Without the byte that pads an odd length.
  const exact = size[0]! * size[1]! * samples * bytes;
  return file.slice(offset, offset + Math.min(length, exact || length));
}
