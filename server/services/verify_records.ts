/**
 * The records of removals against the tombstones.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import { readRecord, recordKeys } from "./removal_records.ts";

type RecordIndex = Pick<Index, "records" | "recordedIn" | "staleRecords">;

/**
 * Keys of records that are not there, that are not what was written, or that tell of something else
 * than their tombstones. What is stale is about to be mended.
 */
export async function* faultyRecords(
  blobs: BlobStore,
  index: RecordIndex,
): AsyncGenerator<string> {
  for await (const key of recordKeys(blobs)) {
    if (!await isRight(blobs, index, key)) yield key;
  }
  for await (const keys of index.records()) {
    for (const key of keys) {
      if (await blobs.size(key) !== undefined) continue;
      // It may have gone with its last tombstone since.
      if ((await index.recordedIn(key)).size > 0) yield key;
    }
  }
}

async function isRight(blobs: BlobStore, index: RecordIndex, key: string): Promise<boolean> {
  if ((await index.staleRecords()).includes(key)) return true;
  let removals;
  try {
    removals = await readRecord(blobs, key);
  } catch (error) {
    if (error instanceof BlobNotFoundError) return true;
    throw error;
  }
  const recorded = await index.recordedIn(key);
  const isSame = removals !== undefined && removals.length === recorded.size &&
    removals.every(({ blobKey }) => recorded.has(blobKey));
  // It may have become stale, and have gone, since it was looked at first.
  return isSame || (await index.staleRecords()).includes(key) ||
    await blobs.size(key) === undefined;
}
