/**
 * What commands need that make or replace parts of an installation instead of working on one as it
 * is. The implementations are named by the composition root.
 * @module
 */
import type { BlobsPlace, IndexPlace } from "../../lib/config/storage.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { DataFolder } from "../data_folder.ts";
import type { Index, LocalIndex } from "../index/index.ts";
import type { Settings } from "../settings.ts";

/** What opens the parts of installations. */
export interface Machine {
  /** Throws UsageError where they are wrong. */
  settings(): Promise<Settings>;
  /** Opens the index in a file, which is made where there is none; rejects where it is no index. */
  openIndex(path: string): Promise<LocalIndex>;
  /** Opens the blobs in a folder, which is made where there is none. */
  openBlobs(root: string): Promise<BlobStore>;
  /** Opens the index of a place; that of a file is the folder's. */
  openIndexAt(place: IndexPlace, folder: DataFolder): Promise<Index>;
  /** Opens the blobs of a place; those of a folder are the data folder's. */
  openBlobsAt(place: BlobsPlace, folder: DataFolder): Promise<BlobStore>;
  /** The secret of the keys that the index of a place holds. */
  secretOf(place: IndexPlace, folder: DataFolder, index: Index): Promise<Uint8Array>;
  /** Gives an index that takes the place of another its secret; false where it has one of its own. */
  giveSecret(
    to: {
      readonly place: IndexPlace;
      readonly folder: DataFolder;
      readonly index: Index;
      /** Nothing depends on the secret that it may have. */
      readonly isEmpty: boolean;
    },
    secret: Uint8Array,
  ): Promise<boolean>;
}
