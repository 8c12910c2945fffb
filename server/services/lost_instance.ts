/**
 * Whether a blob that nothing refers to is an instance that the index has lost, or what a store left
 * that broke off.
 * @module
 */
import { DecodeError, LimitError, UnsupportedError } from "../../lib/errors.ts";
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import { identify } from "./identity.ts";
import { scanBlob } from "./scan_blob.ts";
import { StoreRefusal } from "./store_result.ts";

/**
 * Its SOP Instance UID where the blob is a whole instance of which the archive has neither a row nor
 * a tombstone, although it was stored: the feed of changes says so, or it is `settled`, so that no
 * store can still be about to add it.
 */
export async function lostInstance(
  blobs: BlobStore,
  index: Pick<Index, "state" | "everAdded">,
  blobKey: string,
  settled: boolean,
): Promise<string | undefined> {
  const archive = blobKey.slice(0, blobKey.indexOf("/"));
  const SOPInstanceUID = await instanceIn(blobs, blobKey);
  if (SOPInstanceUID === undefined) return undefined;
  const { kind } = await index.state(archive, { SOPInstanceUID });
  if (kind !== "unknown") return undefined;
  // Last: it walks the whole feed.
  const wasAdded = settled || (await index.everAdded(archive, [SOPInstanceUID])).size > 0;
  return wasAdded ? SOPInstanceUID : undefined;
}

/** The SOP Instance UID of a whole instance; undefined for anything else, and where it is gone. */
async function instanceIn(blobs: BlobStore, blobKey: string): Promise<string | undefined> {
  try {
    const scan = await scanBlob(blobs, blobKey);
    return scan.damage === undefined ? identify(scan).instance.SOPInstanceUID : undefined;
  } catch (error) {
    if (isOfObject(error) || error instanceof BlobNotFoundError) return undefined;
    throw error;
  }
}

/** Whether an error says that an object cannot be read, and not that something of ours failed. */
export function isOfObject(error: unknown): error is Error {
  return error instanceof DecodeError || error instanceof LimitError ||
    error instanceof StoreRefusal || error instanceof UnsupportedError;
}
