/**
 * Checks of the parts that requests need, each by doing as little as shows that it works.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import type { Ids } from "./ids.ts";
import type { Check } from "./readiness.ts";

/** What is checked. */
export interface CheckedParts {
  readonly index: Pick<Index, "totals" | "reap">;
  readonly blobs: Pick<BlobStore, "create" | "delete">;
  readonly ids: Ids;
  /** See StoreParts. */
  readonly underWay: Set<string>;
  /** An archive that is there. */
  readonly archive: string;
}

/** A block of a disk: a full one may still take a few bytes into what is there. */
const PROBE = new Uint8Array(4096);

/** The checks, by what a person calls the part. */
export function partChecks(parts: CheckedParts): Readonly<Record<string, Check>> {
  const { index, archive } = parts;
  return {
    "the index cannot be read": () => index.totals(archive),
    // A transaction that has nothing to change.
    "the index cannot be written": () => index.reap(0, 0),
    "the blob store cannot be written": () => writeProbe(parts),
  };
}

/** Stores a blob as any other is, and removes it. What a crash leaves of it the reaper takes for what it is. */
async function writeProbe({ blobs, ids, underWay, archive }: CheckedParts): Promise<void> {
  const key = ids.blobKey(archive);
  underWay.add(key);
  try {
    const writer = await blobs.create(key, PROBE.length);
    try {
      await writer.write(PROBE);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.commit();
    await blobs.delete(key);
  } finally {
    underWay.delete(key);
  }
}
