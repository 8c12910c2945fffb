/**
 * Whether there is anything where something is to be built.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";

/** Whether an index holds nothing that anyone could miss. */
export async function isEmptyIndex(index: Index): Promise<boolean> {
  for (const archive of await index.archives()) {
    if ((await index.totals(archive)).instances > 0) return false;
  }
  for await (const _ of index.tombstones()) return false;
  return (await index.keys()).length === 0;
}

/** Whether a store has nothing of any archive. */
export async function isEmptyStore(blobs: BlobStore): Promise<boolean> {
  for await (const archive of blobs.folders("")) {
    for await (const _ of blobs.list(`${archive}/`)) return false;
  }
  return true;
}
