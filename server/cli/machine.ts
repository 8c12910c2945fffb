/**
 * What commands need that make or replace parts of an installation instead of working on one as it
 * is. The implementations are named by the composition root.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { LocalIndex } from "../index/index.ts";
import type { Settings } from "../settings.ts";

/** What opens the parts of installations. */
export interface Machine {
  /** Throws UsageError where they are wrong. */
  settings(): Promise<Settings>;
  /** Opens the index in a file, which is made where there is none; rejects where it is no index. */
  openIndex(path: string): Promise<LocalIndex>;
  /** Opens the blobs in a folder, which is made where there is none. */
  openBlobs(root: string): Promise<BlobStore>;
}
