/**
 * What building an index anew needs, wherever the index is.
 * @module
 */
import type { BlobStore } from "../../blobs/blob_store.ts";
import type { DataFolder } from "../../data_folder.ts";
import type { Ids } from "../../services/ids.ts";
import type { Finding, ReindexCounts, ReindexProgress } from "../../services/reindex.ts";
import type { Settings } from "../../settings.ts";
import type { Machine } from "../machine.ts";

/** What an index is built with, and who is told. */
export interface Rebuilding {
  readonly machine: Machine;
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly ids: Ids;
  readonly tell: (finding: Finding) => void;
  readonly show: (progress: ReindexProgress) => void;
}

/** What became of it. */
export type Rebuilt =
  | {
    readonly kind: "built";
    readonly counts: ReindexCounts;
    /** Path of an old index that could not be read. */
    readonly keptAside?: string;
  }
  /** Nothing was changed; the reason says what to do. */
  | { readonly kind: "refused"; readonly reason: string };

/** The objects of the settings; what was read before is not believed. */
export function openObjects({ machine, settings, folder }: Rebuilding): Promise<BlobStore> {
  const { blobs } = settings;
  return machine.openBlobsAt(blobs.kind === "s3" ? { ...blobs, cacheBytes: 0 } : blobs, folder);
}

/** What the configuration says of archives. */
export function archivesOf({ settings: { archives } }: Rebuilding) {
  return {
    archives: archives.map(({ name }) => name),
    conflict: (archive: string) =>
      archives.find(({ name }) => name === archive)?.conflict ?? "refuse",
  };
}
