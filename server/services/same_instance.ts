/**
 * Whether two stored objects with one SOP Instance UID are the same instance: sent again, perhaps
 * through another system that wrote it in another transfer syntax.
 * @module
 */
import { createHash } from "node:crypto";
import { transferSyntax } from "../../lib/dicom/uids.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { InstanceRow, StoredObject } from "../index/index.ts";
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
  // What is missing of a damaged one may be what they differ in.
  if (first === undefined || second === undefined) return false;
  if (first.header !== second.header) return false;
  if (formOf(existing) === formOf(candidate)) return first.pixels === second.pixels;
  return [existing, candidate].every(({ TransferSyntaxUID }) =>
    transferSyntax(TransferSyntaxUID)?.lossy === "lossless"
  );
}

/**
 * True where `candidate`, which is sound, has all of a damaged object's data set and goes on where
 * that ends: it may take its place, and nothing is lost.
 */
export async function completes(
  blobs: BlobStore,
  existing: InstanceRow,
  candidate: StoredObject,
): Promise<boolean> {
  const { damage, TransferSyntaxUID, size, dataSetOffset, dataSetDigest } = existing;
  if (damage === undefined || candidate.TransferSyntaxUID !== TransferSyntaxUID) return false;
  const range = { offset: candidate.dataSetOffset, length: size - dataSetOffset };
  if (range.offset + range.length > candidate.size) return false;
  const beginning = createHash("sha256");
  for await (const chunk of await blobs.open(candidate.blobKey, range)) beginning.update(chunk);
  return beginning.digest("hex") === dataSetDigest;
}

/** What pixels are in: `native` in little endian, or a compression. */
function formOf({ TransferSyntaxUID }: StoredObject): string {
  const syntax = transferSyntax(TransferSyntaxUID);
  return syntax?.encapsulated === false ? "native" : TransferSyntaxUID;
}
