/** @module */
import type { BlobStore } from "./blob_store.ts";
export function openCachedBlobs(_store: BlobStore, _options: unknown): Promise<BlobStore> {
  throw new Error();
}
