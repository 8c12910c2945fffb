/**
 * Retrieval of instances as one archive (`application/zip`): their files as they are stored, a
 * DICOMDIR, and a list for who opens it without a viewer. It is made while it is sent: of an
 * instance that has been sent only its record in the DICOMDIR stays, so that comes last.
 * @module
 */
import {
  createZipWriter,
  dosMoment,
  type ZipEntry,
  zipHeadLength,
  type ZipWriter,
} from "../../lib/bytes/zip.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { createDicomdir, type Dicomdir } from "../../lib/dicom/dicomdir.ts";
import { createFileIds } from "../../lib/dicom/file_ids.ts";
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import { LimitError } from "../../lib/errors.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Part, Representation } from "../http/representation.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import { type ByteSource, type Chunk, placesSource } from "./byte_source.ts";
import { begunRows } from "./retrieve_metadata.ts";
import { currentPieces, pathOf, presentScope, type RetrieveParts } from "./retrieve_parts.ts";
import { zipHeader } from "./zip_header.ts";
import { createZipList } from "./zip_list.ts";
import { placeOf, zipFileName } from "./zip_place.ts";

/** Of the bytes that are made of the same revision: part of the ETag. */
const ZIP_VERSION = 1;

type Row = InstanceRow & { readonly pieces: Uint8Array };

/** The archive of a scope. Throws Problem 404 or 410. */
export async function retrieveZip(
  parts: RetrieveParts,
  archive: string,
  scope: Scope,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const [first, rows] = await begunRows(parts.index.metadata(archive, scope));
  const uid = scope.SOPInstanceUID ?? scope.SeriesInstanceUID ?? first.StudyInstanceUID;
  const etag = ["zip", revision, instances, ZIP_VERSION, SCANNER_VERSION].join(":");
  const header = zipHeader(await currentPieces(parts, first));
  const part: Part = {
    mediaType: "application/zip",
    location: pathOf(scope),
    fileName: zipFileName(header, uid),
    length: undefined,
    read: () => zipped(parts, rows, `${pathOf(scope)} ${etag}`),
  };
  return { etag, lasting: false, body: { kind: "single", part } };
}

/** `identity`: what no other archive has. */
async function* zipped(
  parts: RetrieveParts,
  rows: AsyncIterable<Row>,
  identity: string,
): AsyncGenerator<Chunk> {
  const zip = createZipWriter();
  const fileIds = createFileIds();
  const list = createZipList();
  let directory: Dicomdir | undefined = createDicomdir();
  for await (const row of rows) {
    const dataSet = zipHeader(await currentPieces(parts, row));
    const { folders, prefix, description, modified } = placeOf(row, dataSet);
    const fileId = fileIds.next(folders, prefix);
    list.add(fileId, description);
    directory &&= extended(directory, row, fileId, dataSet);
    yield* fileEntry(zip, { name: fileId.join("/"), modified }, fileOf(parts.blobs, row));
  }
  const modified = dosMoment(undefined, undefined);
  yield wholeEntry(zip, { name: "README.TXT", modified }, list.text(directory !== undefined));
  if (directory !== undefined) {
    const file = directory.encode(await uidOf(identity));
    yield wholeEntry(zip, { name: "DICOMDIR", modified }, file);
  }
  yield zip.close();
}

/** The DICOMDIR with one more file; undefined where that is too much for it. */
function extended(
  directory: Dicomdir,
  row: Row,
  fileId: readonly string[],
  dataSet: DataSet,
): Dicomdir | undefined {
  const { StudyInstanceUID, SeriesInstanceUID, SOPClassUID, SOPInstanceUID, TransferSyntaxUID } =
    row;
  const series = { StudyInstanceUID, SeriesInstanceUID };
  const file = { fileId, SOPClassUID, SOPInstanceUID, TransferSyntaxUID };
  try {
    directory.add({ ...series, ...file, dataSet });
    return directory;
  } catch (error) {
    if (error instanceof LimitError) return undefined;
    throw error;
  }
}

/** The file of an instance: what is stored, with a head before a data set that was stored without. */
function fileOf(blobs: BlobStore, row: InstanceRow): ByteSource {
  const stored = placesSource(blobs, row.blobKey, [{ offset: 0, length: row.size }]);
  if (row.dataSetOffset > 0) return stored;
  const head = encodePart10Header({
    MediaStorageSOPClassUID: row.SOPClassUID,
    MediaStorageSOPInstanceUID: row.SOPInstanceUID,
    TransferSyntaxUID: row.TransferSyntaxUID,
  });
  return {
    length: head.length + stored.length,
    async *read() {
      yield head;
      yield* stored.read();
    },
  };
}

async function* fileEntry(
  zip: ZipWriter,
  entry: ZipEntry,
  source: ByteSource,
): AsyncGenerator<Chunk> {
  if (source.fill !== undefined) {
    const head = zipHeadLength(entry);
    const run = new Uint8Array(head + source.length);
    await source.fill(run.subarray(head));
    zip.whole(entry, run);
    yield run;
    return;
  }
  yield zip.begin(entry, source.length);
  for await (const chunk of source.read()) yield zip.piece(chunk);
  yield zip.end();
}

function wholeEntry(zip: ZipWriter, entry: ZipEntry, bytes: Uint8Array): Chunk {
  const head = zipHeadLength(entry);
  const run = new Uint8Array(head + bytes.length);
  run.set(bytes, head);
  zip.whole(entry, run);
  return run;
}

/** A UID (PS3.5 B.2) that is the same for the same text. */
async function uidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `2.25.${
    new DataView(digest).getBigUint64(0) << 64n | new DataView(digest).getBigUint64(8)
  }`;
}
