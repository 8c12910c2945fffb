/**
 * Reading stored blobs again: to bring back what was removed, and to renew header records that an
 * older scanner made.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { HeaderRecord, Index, InstanceRow, NewInstance, Tombstone } from "../index/index.ts";
import { saveHeader } from "./header_record.ts";
import type { Ids } from "./ids.ts";
import { headerOf, newInstance } from "./new_instance.ts";
import { scanStream } from "./scan_pass.ts";

/** What rescanning works on. */
export interface RescanParts {
  readonly index: Pick<Index, "setHeader">;
  readonly blobs: BlobStore;
  readonly ids: Ids;
}

/** Reads stored blobs again. All methods throw BlobNotFoundError. */
export interface Rescan {
  /** A removed instance, ready to be added once more under its old blob. */
  revive(tombstone: Tombstone): Promise<NewInstance>;
  /** Renews the header record of a row, in the index as well. */
  renewHeader(row: InstanceRow): Promise<HeaderRecord>;
}

/** Rescanning over a blob store. */
export function createRescan({ index, blobs, ids }: RescanParts): Rescan {
  return {
    async revive({ archive, blobKey, object, removedAt }) {
      const scanned = await scanStream(await blobs.open(blobKey));
      const made = newInstance(archive, blobKey, object, scanned);
      // What was acknowledged, so that a blob that is not whole any more is still found to be so.
      const header = await saveHeader(blobs, blobKey, ids.name, made.header);
      return { ...made, object, header, removedAt };
    },

    async renewHeader(row) {
      const { scan } = await scanStream(await blobs.open(row.blobKey));
      const header = await saveHeader(blobs, row.blobKey, ids.name, headerOf(scan, row));
      await index.setHeader(row.revision, header);
      return header;
    },
  };
}
