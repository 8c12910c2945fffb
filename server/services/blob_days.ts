/**
 * Blobs that nothing refers to, found day by day. A key is `{archive}/{yyyy-mm-dd}/{name}`; what is
 * derived from a blob lies beside it as `{key}.{kind}` and shares its fate.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";

/** Keys asked about at once: one statement of the index each. */
const BATCH = 500;

/** A day in milliseconds. */
const DAY = 86_400_000;

/** A day of an archive, as the prefix of its keys. */
export interface BlobDay {
  /** `{archive}/{yyyy-mm-dd}/` */
  readonly prefix: string;
  /** Everything in it is older than a day: no store that it belongs to can still be under way. */
  readonly settled: boolean;
}

/** Every day of every archive in the store, whether the index knows the archive or not. */
export async function* blobDays(blobs: BlobStore, now: number): AsyncGenerator<BlobDay> {
  const unsettledFrom = new Date(now - DAY).toISOString().slice(0, 10);
  for await (const archive of blobs.folders("")) {
    for await (const day of blobs.folders(`${archive}/`)) {
      yield { prefix: `${archive}/${day}/`, settled: day < unsettledFrom };
    }
  }
}

/** The day of a blob, as the prefix of its key. */
export function dayOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

/** Keys of a day that neither a row nor a tombstone names, their derived blobs included. */
export async function* unreferenced(
  blobs: BlobStore,
  index: Pick<Index, "known">,
  prefix: string,
): AsyncGenerator<string> {
  let batch: string[] = [];
  for await (const key of blobs.list(prefix)) {
    batch.push(key);
    if (batch.length < BATCH) continue;
    yield* unknownOf(index, batch);
    batch = [];
  }
  yield* unknownOf(index, batch);
}

async function* unknownOf(index: Pick<Index, "known">, keys: readonly string[]) {
  const known = await index.known([...new Set(keys.map(originalOf))]);
  for (const key of keys) if (!known.has(originalOf(key))) yield key;
}

/** The key of the blob that one was derived from; of an original, itself. */
function originalOf(key: string): string {
  const dot = key.indexOf(".", key.lastIndexOf("/"));
  return dot < 0 ? key : key.slice(0, dot);
}
