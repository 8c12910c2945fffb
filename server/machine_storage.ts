/**
 * Index and objects of an installation as a program on a machine opens them: what is kept in the
 * data folder, and what the settings put elsewhere. What a setting does not need is not loaded.
 * @module
 */
import { Buffer } from "node:buffer";
import type { BlobsPlace, IndexPlace } from "../lib/config/storage.ts";
import type { BlobStore } from "./blobs/blob_store.ts";
import {
  type DataFolder,
  keySecret,
  makeIndexFile,
  makeReplicaFolder,
  writeSecret,
} from "./data_folder.ts";
import type { Index } from "./index/index.ts";
import { KEY_SECRET, newSecret } from "./services/keys.ts";

/** What may be said of an index. */
export interface IndexOptions {
  /** Hears of every transaction: how many items shared it, and seconds until it was durable. */
  readonly onCommit?: (items: number, seconds: number) => void;
}

/** Opens the index, in the file of the folder or where `place` says. */
export async function openIndex(
  place: IndexPlace,
  folder: DataFolder,
  options: IndexOptions = {},
): Promise<Index> {
  if (place.kind === "file") {
    const [{ openLocalIndex }] = await Promise.all([
      import("./index/open_local.ts"),
      makeIndexFile(folder),
    ]);
    return await openLocalIndex(folder.index, options);
  }
  if (place.replica) {
    const [{ openReplicaIndex }] = await Promise.all([
      import("./index/open_replica.ts"),
      makeReplicaFolder(folder),
    ]);
    return await openReplicaIndex(place, folder.replica, options);
  }
  const { openRemoteIndex } = await import("./index/open_remote.ts");
  return await openRemoteIndex(place, options);
}

/** Opens the objects' store, in the folder's or where `place` says. */
export async function openBlobs(place: BlobsPlace, folder: DataFolder): Promise<BlobStore> {
  if (place.kind === "folder") {
    const { openFsBlobs } = await import("./blobs/fs.ts");
    return await openFsBlobs(folder.blobs);
  }
  const { openS3Blobs } = await import("./blobs/s3.ts");
  const store = openS3Blobs(place.place);
  if (place.cacheBytes === 0) return store;
  const { openCachedBlobs } = await import("./blobs/cached.ts");
  return await openCachedBlobs(store, { folder: folder.cache, maxBytes: place.cacheBytes });
}

/**
 * Gives an index that is to take the place of another its secret, so that keys and pseudonyms stay
 * what they were; false where it has one of its own. `isEmpty`: nothing depends on that yet.
 */
export async function giveSecret(
  { place, folder, index, isEmpty }: {
    readonly place: IndexPlace;
    readonly folder: DataFolder;
    readonly index: Pick<Index, "secret">;
    readonly isEmpty: boolean;
  },
  secret: Uint8Array,
): Promise<boolean> {
  const make = () => secret;
  const kept = place.kind === "file"
    ? await keySecret(folder, make)
    : await index.secret(KEY_SECRET, make);
  if (Buffer.compare(kept, secret) === 0) return true;
  if (place.kind !== "file" || !isEmpty) return false;
  await writeSecret(folder, secret);
  return true;
}

/** The secret of API keys and pseudonyms: that of the folder, or of the index that servers share. */
export function openSecret(
  place: IndexPlace,
  folder: DataFolder,
  index: Pick<Index, "secret">,
): Promise<Uint8Array> {
  return place.kind === "file" ? keySecret(folder) : index.secret(KEY_SECRET, newSecret);
}
