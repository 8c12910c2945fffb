/**
 * Holds what is stored against what the index says of it: every row's blob and its digests, for every
 * blob a row or a tombstone, the rows against each other, and the records of removals. One object at
 * a time, streamed, whatever its size; what a running server has under way is no fault.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { Index, IndexFault, InstanceRow, Totals } from "../index/index.ts";
import { blobDays, isDerived, originalOf, unreferenced } from "./blob_days.ts";
import { type BytesFault, faultOfBytes } from "./object_digests.ts";
import { faultyRecords } from "./verify_records.ts";
import { lostInstance } from "./lost_instance.ts";

/** What is wrong. */
export type Fault =
  /** The index has a row; the blob is not there, or not what was acknowledged. */
  | {
    readonly kind: "missing" | BytesFault;
    readonly blobKey: string;
    readonly SOPInstanceUID: string;
  }
  /** The blob is a whole instance, of which the index has lost a row, or the header record. */
  | {
    readonly kind: "missing row" | "missing header";
    readonly blobKey: string;
    readonly SOPInstanceUID: string;
  }
  /** The blob is there; neither a row nor a tombstone holds on to it. */
  | { readonly kind: "orphan"; readonly blobKey: string }
  /** A record of removals is not there, or does not say what the tombstones say. */
  | { readonly kind: "record"; readonly blobKey: string }
  /** A series or study says that it has another number of instances. */
  | Extract<IndexFault, { kind: "count" }>
  /** An archive says that it holds something else. */
  | {
    readonly kind: "totals";
    readonly archive: string;
    readonly said: Totals;
    readonly counted: Totals;
  };

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
  readonly index: Pick<
    Index,
    | "archives"
    | "everything"
    | "known"
    | "audit"
    | "state"
    | "everAdded"
    | "records"
    | "recordedIn"
    | "staleRecords"
  >;
  readonly blobs: BlobStore;
  readonly onFault: (fault: Fault) => void;
  /** After each instance. */
  readonly onProgress?: (counts: VerifyCounts) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Verifies everything; resolves to the counts. */
export async function verify(parts: VerifyParts): Promise<VerifyCounts> {
  const { index, blobs, onFault, onProgress, now = Date.now } = parts;
  const counts = { instances: 0, bytes: 0, pending: 0, faults: 0 };
  const found = (fault: Fault) => {
    counts.faults++;
    onFault(fault);
  };

  async function verifyInstances(archive: string): Promise<void> {
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

  async function verifyDay(prefix: string, settled: boolean): Promise<void> {
    let lost: string | undefined;
    for await (const { key: blobKey } of unreferenced(blobs, index, prefix)) {
      // What was derived from one that is lost shares its fate.
      if (originalOf(blobKey) === lost) continue;
      const SOPInstanceUID = isDerived(blobKey)
        ? undefined
        : await lostInstance(blobs, index, blobKey, settled);
      if (SOPInstanceUID !== undefined) {
        lost = blobKey;
        found({ kind: "missing row", blobKey, SOPInstanceUID });
      } else if (!settled) counts.pending++;
      else if (await blobs.size(blobKey) !== undefined) found({ kind: "orphan", blobKey });
    }
  }

  for (const archive of await index.archives()) {
    await verifyInstances(archive);
    for (const fault of await index.audit(archive)) found(asFault(archive, fault));
  }
  for await (const { prefix, settled } of blobDays(blobs, now())) await verifyDay(prefix, settled);
  for await (const blobKey of faultyRecords(blobs, index)) found({ kind: "record", blobKey });
  return counts;
}

function asFault(archive: string, fault: IndexFault): Fault {
  switch (fault.kind) {
    case "no header":
      return { ...fault, kind: "missing header" };
    case "no series":
      return { ...fault, kind: "missing row" };
    case "count":
      return fault;
    case "totals":
      return { ...fault, archive };
  }
}

/** The first thing that is wrong with a row's blob. */
async function faultOf(
  blobs: BlobStore,
  row: InstanceRow,
): Promise<"missing" | BytesFault | undefined> {
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
