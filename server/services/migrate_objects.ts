/**
 * Objects of a migration: copied once each, held against the digests that were acknowledged.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { StoredObject } from "../index/index.ts";
import { copyBlob } from "./copy_blob.ts";
import type { Pass } from "./migrate.ts";
import { checkBytes, faultOfBytes } from "./object_digests.ts";
import { presentBlobs } from "./present_blobs.ts";

/** Copies under way: most of the time of a small one is waiting for the other side. */
export const COPYING = 16;

/** What became of making sure of an object. */
export type Ensured = "there" | "copied" | "gone";

/** Makes sure that blobs are at the target. All reject as the pass is aborted. */
export interface ObjectMover {
  /**
   * An instance's; `gone` where the source has not got it, which is a fault unless it was given up
   * meanwhile. `isSure`: the target's index says that it was brought whole.
   */
  ensure(object: StoredObject, isSure: boolean): Promise<Ensured>;
  /** One that was made from an instance's, or that tells of removals; false where the source has not got it. */
  ensureFile(key: string): Promise<boolean>;
}

/** The mover of a pass. Where the blobs stay it has nothing to do. */
export function createObjectMover(pass: Pass): ObjectMover {
  const { source, target, rereads, doubts, counts, signal, found } = pass;
  if (source.blobs === target.blobs) {
    return { ensure: () => Promise.resolve("there"), ensureFile: () => Promise.resolve(true) };
  }
  const places = { source: source.blobs, target: target.blobs };
  const movesIndex = source.index !== target.index;
  const present = presentBlobs(target.blobs);

  /** Whether the target's blob is the object's, as far as it has to be looked at. */
  async function isRight(object: StoredObject): Promise<boolean> {
    // Without a row of the target's, a copy that broke off is all that is known of it.
    if (rereads || movesIndex) return await isObject(target.blobs, object);
    return !doubts || await target.blobs.size(object.blobKey) === object.size;
  }

  return {
    async ensure(object, isSure) {
      signal.throwIfAborted();
      const { blobKey, SOPInstanceUID } = object;
      if (await present.has(blobKey)) {
        if ((isSure && !rereads) || await isRight(object)) return "there";
        if (await source.blobs.size(blobKey) === undefined) return "gone";
        await target.blobs.delete(blobKey);
      }
      const check = checkBytes(object);
      if (!await copyBlob(places, blobKey, (chunk) => check.push(chunk))) return "gone";
      present.add(blobKey);
      counts.copied++;
      const kind = check.end();
      if (kind !== undefined) found({ kind, blobKey, SOPInstanceUID });
      return "copied";
    },

    async ensureFile(key) {
      signal.throwIfAborted();
      const size = await source.blobs.size(key);
      if (size === undefined) return false;
      if (await present.has(key)) {
        if (await target.blobs.size(key) === size) return true;
        await target.blobs.delete(key);
      }
      if (!await copyBlob(places, key)) return false;
      present.add(key);
      counts.copied++;
      return true;
    },
  };
}

async function isObject(blobs: BlobStore, object: StoredObject): Promise<boolean> {
  try {
    return await faultOfBytes(await blobs.open(object.blobKey), object) === undefined;
  } catch (error) {
    if (error instanceof BlobNotFoundError || error instanceof RangeError) return false;
    throw error;
  }
}

/** Tells of an object that the source has not got, where its index still wants it. */
export async function missing(
  { source, found }: Pass,
  { blobKey, SOPInstanceUID }: StoredObject,
): Promise<void> {
  if ((await source.index.known([blobKey])).get(blobKey) !== "kept") return;
  found({ kind: "missing", blobKey, SOPInstanceUID });
}
