/**
 * Bulk parts of a store request, kept in temporary blobs until the metadata that names them has
 * been read, so that memory does not depend on their size.
 * @module
 */
import type { MediaType } from "../../lib/multipart/media_type.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Ids } from "./ids.ts";

/** One bulk part. */
export interface BulkPart {
  readonly key: string;
  readonly length: number;
  /** Its Content-Type, where it has one. */
  readonly mediaType: MediaType | undefined;
}

/** The bulk parts of one request. */
export interface BulkSpool {
  /** Takes in a part. Rejects as `body` and as the blob store do; nothing is left of the part then. */
  add(
    location: string,
    mediaType: MediaType | undefined,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** The parts at a location, in the order in which they came. */
  at(location: string): readonly BulkPart[];
  /** Removes everything. */
  clear(): Promise<void>;
}

/** A spool for one request of an archive. What a crash leaves of it is the reaper's. */
export function createBulkSpool(blobs: BlobStore, ids: Ids, archive: string): BulkSpool {
  const parts = new Map<string, BulkPart[]>();

  return {
    async add(location, mediaType, body) {
      const key = ids.blobKey(archive);
      const writer = await blobs.create(key);
      let length = 0;
      try {
        for await (const chunk of body) {
          await writer.write(chunk);
          length += chunk.length;
        }
      } catch (error) {
        await writer.abort();
        throw error;
      }
      await writer.commit();
      const part = { key, length, mediaType };
      const others = parts.get(location);
      if (others === undefined) parts.set(location, [part]);
      else others.push(part);
    },

    at: (location) => parts.get(location) ?? [],

    async clear() {
      for (const { key } of [...parts.values()].flat()) await blobs.delete(key);
      parts.clear();
    },
  };
}
