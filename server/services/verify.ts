/**
 * Holds what is stored against what the index says of it: every row's blob and its digests, and
 * for every blob a row or a tombstone. One object at a time, streamed, whatever its size.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { Index, InstanceRow } from "../index/index.ts";
import { blobDays, unreferenced } from "./blob_days.ts";
import { faultOfBytes } from "./object_digests.ts";

/** What is wrong with a blob. */
export interface Fault {
  readonly kind:
    /** The index has a row; the blob is not there. */
    | "missing"
    /** It has not the size that was acknowledged. */
    | "size"
    /** The preamble and file meta information are not those that were stored. */
    | "prefix"
    /** The data set is not the one that was stored. */
    | "data set"
    /** The blob is there; neither a row nor a tombstone holds on to it. */
    | "orphan";
  readonly blobKey: string;
  /** The instance, where a row names one. */
  readonly SOPInstanceUID: string | undefined;
}

/** What was looked at. */
export interface VerifyCounts {
  readonly instances: number;
  /** Bytes read. */
  readonly bytes: number;
  /** Blobs without a row that are younger than a day: of stores under way, or of one that broke off. */
  readonly pending: number;
  readonly faults: number;
}

/** What is verified, and who is told. */
export interface VerifyParts {
  readonly index: Pick<Index, "everything" | "known">;
  readonly blobs: BlobStore;
  /** Archives to verify beside those that have blobs. */
  readonly archives: readonly string[];
  readonly onFault: (fault: Fault) => void;
  /** After each instance. */
  readonly onProgress?: (counts: VerifyCounts) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Verifies everything; resolves to the counts. */
export async function verify(parts: VerifyParts): Promise<VerifyCounts> {
  const { index, blobs, archives, onFault, onProgress, now = Date.now } = parts;
  const counts = { instances: 0, bytes: 0, pending: 0, faults: 0 };
  const found = (fault: Fault) => {
    counts.faults++;
    onFault(fault);
  };

  const all = new Set(archives);
  for await (const archive of blobs.folders("")) all.add(archive);
  for (const archive of all) {
    for await (const page of index.everything(archive)) {
      for (const row of page) {
        const kind = await faultOf(blobs, row);
        // Deleted and reaped since its page was read: nothing is wrong.
        const isGone = kind === "missing" &&
          (await index.known([row.blobKey])).get(row.blobKey) !== "kept";
        if (kind !== undefined && !isGone) {
          found({ kind, blobKey: row.blobKey, SOPInstanceUID: row.SOPInstanceUID });
        }
        counts.instances++;
        if (kind !== "missing" && kind !== "size") counts.bytes += row.size;
        onProgress?.(counts);
      }
    }
  }
  for await (const { prefix, settled } of blobDays(blobs, now())) {
    for await (const { key: blobKey } of unreferenced(blobs, index, prefix)) {
      if (settled) found({ kind: "orphan", blobKey, SOPInstanceUID: undefined });
      else counts.pending++;
    }
  }
  return counts;
}

/** The first thing that is wrong with a row's blob. */
async function faultOf(blobs: BlobStore, row: InstanceRow): Promise<Fault["kind"] | undefined> {
  const size = await blobs.size(row.blobKey);
  if (size === undefined) return "missing";
  if (size !== row.size) return "size";
  try {
    return await faultOfBytes(await blobs.open(row.blobKey), row);
  } catch (error) {
    if (error instanceof BlobNotFoundError) return "missing";
    if (error instanceof RangeError) return "size";
    throw error;
  }
}
