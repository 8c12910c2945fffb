/**
 * A File-set (PS3.10 8): instances as files under the names that a DICOMDIR can lead to, the
 * DICOMDIR, and a list for who opens it without a viewer. It is made as it is taken: of an instance
 * that has been given only its record in the DICOMDIR stays, so that comes last.
 * @module
 */
import { dosMoment, type ZipEntry } from "../../lib/bytes/zip.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { createDicomdir, type Dicomdir } from "../../lib/dicom/dicomdir.ts";
import { createFileIds } from "../../lib/dicom/file_ids.ts";
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import { LimitError } from "../../lib/errors.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { InstanceRow } from "../index/index.ts";
import { type ByteSource, type Chunk, placesSource } from "./byte_source.ts";
import { currentPieces, type RetrieveParts } from "./retrieve_parts.ts";
import { zipHeader } from "./zip_header.ts";
import { createZipList } from "./zip_list.ts";
import { placeOf } from "./zip_place.ts";

/** A file with its name and time: an instance as it is stored, or one that is made here. */
export type FileSetFile = ZipEntry & ({ readonly source: ByteSource } | { readonly made: Chunk });

type Row = InstanceRow & { readonly pieces: Uint8Array };

/** The files of instances, in their order. `identity`: what no other File-set has. */
export async function* fileSet(
  parts: RetrieveParts,
  rows: AsyncIterable<Row>,
  identity: string,
): AsyncGenerator<FileSetFile> {
  const fileIds = createFileIds();
  const list = createZipList();
  let directory: Dicomdir | undefined = createDicomdir();
  for await (const row of rows) {
    const dataSet = zipHeader(await currentPieces(parts, row));
    const { folders, prefix, description, modified } = placeOf(row, dataSet);
    const fileId = fileIds.next(folders, prefix);
    list.add(fileId, description);
    directory &&= extended(directory, row, fileId, dataSet);
    yield { name: fileId.join("/"), modified, source: fileOf(parts.blobs, row) };
  }
  const modified = dosMoment(undefined, undefined);
  yield { name: "README.TXT", modified, made: new Uint8Array(list.text(directory !== undefined)) };
  if (directory !== undefined) {
    const file = directory.encode(await uidOf(identity));
    yield { name: "DICOMDIR", modified, made: new Uint8Array(file) };
  }
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

/** A UID (PS3.5 B.2) that is the same for the same text. */
async function uidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `2.25.${
    new DataView(digest).getBigUint64(0) << 64n | new DataView(digest).getBigUint64(8)
  }`;
}
