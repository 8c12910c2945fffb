/**
 * Whether two stored objects with one SOP Instance UID are the same instance: sent again, perhaps
 * through another system that wrote it in another transfer syntax.
 * @module
 */
import { transferSyntax } from "../../lib/dicom/uids.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { StoredObject } from "../index/index.ts";
import { contentDigest } from "./content_digest.ts";

/**
 * True where nothing is lost by keeping only one of them: the data sets are the same bytes, or
 * their headers say the same and so do the pixels. Pixels are compared where they are in one form;
 * a native and a compressed form count as the same where the compression loses nothing.
 * @throws {BlobNotFoundError} where one of them is gone
 */
export async function sameInstance(
  blobs: BlobStore,
  existing: StoredObject,
  candidate: StoredObject,
): Promise<boolean> {
  if (existing.dataSetDigest === candidate.dataSetDigest) return true;
  const first = await contentDigest(await blobs.open(existing.blobKey));
  const second = await contentDigest(await blobs.open(candidate.blobKey));
  if (first.header !== second.header) return false;
  if (formOf(existing) === formOf(candidate)) return first.pixels === second.pixels;
  return [existing, candidate].every(({ TransferSyntaxUID }) =>
    transferSyntax(TransferSyntaxUID)?.lossy === "lossless"
  );
}

/** What pixels are in: `native` in little endian, or a compression. */
function formOf({ TransferSyntaxUID }: StoredObject): string {
  const syntax = transferSyntax(TransferSyntaxUID);
  return syntax?.encapsulated === false ? "native" : TransferSyntaxUID;
}
