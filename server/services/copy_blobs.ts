/**
 * Copies every blob that an index names into another store, and holds what it copies against the
 * digests that were acknowledged. What is there already is left, so that a copy that broke off, or
 * one of yesterday, is gone on with.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index, StoredObject } from "../index/index.ts";
import { blobDays, isDerived, originalOf } from "./blob_days.ts";
import { copyBlob, type CopyPlaces } from "./copy_blob.ts";
import { INFLATED } from "./inflated.ts";
import { type BytesFault, checkBytes, faultOfBytes } from "./object_digests.ts";
import { inTurns } from "./turns.ts";

/** What is copied where, and who is told. */
export interface CopyParts {
  /** Of one moment: nothing in it changes any more. */
  readonly index: Pick<Index, "archives" | "everything" | "tombstones" | "known">;
  readonly source: BlobStore;
  readonly target: BlobStore;
  /** Whether what is in the target is read again, and copied again where it is not right. */
  readonly rereads: boolean;
  /** Whether the index still wants a blob that the source has not: it is a fault then. */
  readonly isWanted: (blobKey: string) => Promise<boolean>;
  readonly onFault: (fault: CopyFault) => void;
  readonly onProgress?: (counts: CopyCounts) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** An object of the source that is not what was acknowledged. What is there of it is copied. */
export interface CopyFault {
  readonly kind: "missing" | BytesFault;
  readonly blobKey: string;
  readonly SOPInstanceUID: string;
}

/** What was done. */
export interface CopyCounts {
  /** Instances that are in the target now. */
  readonly instances: number;
  readonly bytes: number;
  /** Those of them that were not there before, and of what was deleted but is kept. */
  readonly copied: number;
  /** Blobs that went from the source because nothing wants them any more: the index is too old. */
  readonly gone: number;
  readonly faults: number;
}

/** Copies under way: syncs of one share the disk with the reading of others. */
const COPYING = 8;

/** Copies everything; resolves to what was done. */
export async function copyBlobs(parts: CopyParts): Promise<CopyCounts> {
  const { index, source, target, rereads, isWanted, onFault, onProgress, now = Date.now } = parts;
  const counts = { instances: 0, bytes: 0, copied: 0, gone: 0, faults: 0 };

  function found(kind: CopyFault["kind"], { blobKey, SOPInstanceUID }: StoredObject): void {
    counts.faults++;
    onFault({ kind, blobKey, SOPInstanceUID });
  }

  async function isThere(object: StoredObject): Promise<boolean> {
    if (await target.size(object.blobKey) !== object.size) return false;
    return !rereads || await faultOfBytes(await target.open(object.blobKey), object) === undefined;
  }

  /** Makes sure of one object; false where the source has not got it. */
  async function copyObject(object: StoredObject): Promise<boolean> {
    if (await isThere(object)) return true;
    const check = checkBytes(object);
    if (!await copyAnew({ source, target }, object.blobKey, (chunk) => check.push(chunk))) {
      return false;
    }
    counts.copied++;
    const fault = check.end();
    if (fault !== undefined) found(fault, object);
    return true;
  }

  async function copyInstance(object: StoredObject): Promise<void> {
    if (await copyObject(object)) {
      counts.instances++;
      counts.bytes += object.size;
    } else if (await isWanted(object.blobKey)) found("missing", object);
    else counts.gone++;
    onProgress?.(counts);
  }

  /** What lies beside a blob and cannot be made from it when it is next asked for. */
  async function copyDerived(prefix: string): Promise<void> {
    const derived: string[] = [];
    for await (const key of source.list(prefix)) {
      if (isDerived(key) && !key.endsWith(INFLATED)) derived.push(key);
    }
    await inTurns(derived, COPYING, async (key) => {
      const original = originalOf(key);
      if ((await index.known([original])).get(original) !== "kept") return;
      if (!rereads && await target.size(key) === await source.size(key)) return;
      await copyAnew({ source, target }, key);
    });
  }

  for (const archive of await index.archives()) {
    for await (const rows of index.everything(archive)) await inTurns(rows, COPYING, copyInstance);
  }
  for await (const page of index.tombstones()) {
    // Where one is gone, its time was over.
    await inTurns(page, COPYING, async ({ object, reaped }) => reaped || await copyObject(object));
  }
  for await (const { prefix } of blobDays(source, now())) await copyDerived(prefix);
  return counts;
}

/** Copies one blob in the place of what there is under its key; false where the source has not got it. */
async function copyAnew(
  places: CopyPlaces,
  key: string,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<boolean> {
  // What a copy that broke off left of it, or bytes that are not right.
  if (await places.source.size(key) !== undefined) await places.target.delete(key);
  return await copyBlob(places, key, onChunk);
}
