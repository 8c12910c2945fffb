/**
 * The two ends of a migration: what is in the data folder, and what the settings name elsewhere.
 * @module
 */
import type { BlobStore } from "../../blobs/blob_store.ts";
import type { DataFolder } from "../../data_folder.ts";
import type { Index } from "../../index/index.ts";
import type { End } from "../../migration_file.ts";
import type { MigrationEnd } from "../../services/migrate.ts";
import type { Settings } from "../../settings.ts";
import { UsageError } from "../command.ts";
import type { Machine } from "../machine.ts";

/** Which parts move. */
export interface Moves {
  readonly index: boolean;
  readonly objects: boolean;
}

/** Both ends, opened: the same index or blobs at both where these stay. */
export interface Ends extends Record<End, MigrationEnd>, AsyncDisposable {}

/** What the settings name elsewhere moves, unless `only` names one of the two. Throws UsageError. */
export function movesOf({ index, blobs }: Settings, only: string | undefined): Moves {
  if (only !== undefined && only !== "index" && only !== "objects") {
    throw new UsageError("--only takes index or objects");
  }
  const moves = {
    index: index.kind === "remote" && only !== "objects",
    objects: blobs.kind === "s3" && only !== "index",
  };
  if (moves.index || moves.objects) return moves;
  const names = only === "index"
    ? "GANTRY_INDEX_URL says where the index is elsewhere: set it"
    : only === "objects"
    ? "GANTRY_BLOBS_URL says where the objects are elsewhere: set it"
    : "GANTRY_INDEX_URL and GANTRY_BLOBS_URL say what is elsewhere, and where: set one or both";
  throw new UsageError(names);
}

/** Names of the places elsewhere, of the parts that move. They hold no secret. */
export function placesOf(
  { index, blobs }: Settings,
  moves: Moves,
): { index?: string; objects?: string } {
  const places: { index?: string; objects?: string } = {};
  if (moves.index && index.kind === "remote") places.index = index.url;
  if (moves.objects && blobs.kind === "s3") {
    const { endpoint, bucket, prefix } = blobs.place;
    places.objects = `${endpoint}/${bucket}/${prefix}`;
  }
  return places;
}

/** Opens both. What was read before is no part of either: nothing comes out of a cache or a replica. */
export async function openEnds(
  machine: Machine,
  settings: Settings,
  folder: DataFolder,
  moves: Moves,
): Promise<Ends> {
  const index = settings.index.kind === "remote"
    ? { ...settings.index, replica: false }
    : settings.index;
  const blobs = settings.blobs.kind === "s3"
    ? { ...settings.blobs, cacheBytes: 0 }
    : settings.blobs;
  const indexes: Index[] = [];
  const close = async () => void await Promise.all(indexes.map((each) => each.close()));
  try {
    const outer = await machine.openIndexAt(index, folder);
    indexes.push(outer);
    const outerBlobs: BlobStore = await machine.openBlobsAt(blobs, folder);
    let inner = outer;
    if (moves.index) {
      inner = await machine.openIndexAt({ kind: "file" }, folder);
      indexes.push(inner);
    }
    const innerBlobs = moves.objects
      ? await machine.openBlobsAt({ kind: "folder" }, folder)
      : outerBlobs;
    return {
      embedded: { index: inner, blobs: innerBlobs },
      remote: { index: outer, blobs: outerBlobs },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
