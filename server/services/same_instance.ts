/**
 * Whether two stored objects with one SOP Instance UID are the same instance.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { StoredObject } from "../index/index.ts";

/** True where the data sets are the same bytes. */
export function sameInstance(
  _blobs: BlobStore,
  existing: StoredObject,
  candidate: StoredObject,
): Promise<boolean> {
  return Promise.resolve(existing.dataSetDigest === candidate.dataSetDigest);
}
