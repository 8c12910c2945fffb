/**
 * Retrieval of instances as one archive (`application/zip`): their files as they are stored, a
 * DICOMDIR, and a list for who opens it without a viewer.
 * @module
 */
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import type { Part, Representation } from "../http/representation.ts";
import type { Scope } from "../index/index.ts";
import { fileSet } from "./file_set.ts";
import { begunRows } from "./retrieve_metadata.ts";
import { currentPieces, pathOf, presentScope, type RetrieveParts } from "./retrieve_parts.ts";
import { zipHeader } from "./zip_header.ts";
import { zipFileName } from "./zip_place.ts";
import { zipped } from "./zip_stream.ts";

/** Of the bytes that are made of the same revision: part of the ETag. */
const ZIP_VERSION = 1;

/** The archive of a scope. Throws Problem 404 or 410. */
export async function retrieveZip(
  parts: RetrieveParts,
  archive: string,
  scope: Scope,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const [first, rows] = await begunRows(parts.index, archive, scope);
  const uid = scope.SOPInstanceUID ?? scope.SeriesInstanceUID ?? first.StudyInstanceUID;
  const etag = ["zip", revision, instances, ZIP_VERSION, SCANNER_VERSION].join(":");
  const header = zipHeader(await currentPieces(parts, first));
  const part: Part = {
    mediaType: "application/zip",
    location: pathOf(scope),
    fileName: zipFileName(header, uid),
    length: undefined,
    read: () => zipped(fileSet(parts, rows, `${pathOf(scope)} ${etag}`)),
  };
  return { etag, lasting: false, body: { kind: "single", part } };
}
