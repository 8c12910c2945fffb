/**
 * Blobs that nothing refers to, found day by day. A key is `{archive}/{yyyy-mm-dd}/{name}`; what is
 * derived from a blob lies beside it as `{key}.{kind}` and shares its fate.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import { REMOVALS } from "./ids.ts";

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
      if (day === REMOVALS) continue;
      yield { prefix: `${archive}/${day}/`, settled: day < unsettledFrom };
    }
  }
}

/** The day of a blob, as the prefix of its key. */
export function dayOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

/** A blob that neither a row nor a tombstone holds on to. */
export interface UnreferencedBlob {
  readonly key: string;
  /**
   * Whether it may go, unless it is an instance that the index does not know: its tombstone gave it up, or the index knows blobs of its day from before and
   * after it, so that it is what a store left that broke off. Any other may be all that is left of
   * an index that was lost, or put back from a copy of earlier.
   */
  readonly isLeftover: boolean;
}

/** Blobs of a day that nothing holds on to, derived ones included, but for those of stores `underWay`. */
export async function* unreferenced(
  blobs: BlobStore,
  index: Pick<Index, "known">,
  prefix: string,
  underWay: ReadonlySet<string> = new Set(),
): AsyncGenerator<UnreferencedBlob> {
  let isAfterKnown = false;
  let unknown: string[] = [];
  for await (const keys of batches(blobs.list(prefix), underWay)) {
    const known = await index.known([...new Set(keys.map(originalOf))]);
    for (const key of keys) {
      const standing = known.get(originalOf(key));
      if (standing === undefined) {
        unknown.push(key);
        continue;
      }
      for (const between of unknown) yield { key: between, isLeftover: isAfterKnown };
      unknown = [];
      isAfterKnown = true;
      if (standing === "reaped") yield { key, isLeftover: true };
    }
  }
  for (const key of unknown) yield { key, isLeftover: false };
}

/** Keys as many as are asked about at once. What is under way is left out before it can be done. */
async function* batches(
  keys: AsyncIterable<string>,
  underWay: ReadonlySet<string>,
): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const key of keys) {
    if (underWay.has(originalOf(key))) continue;
    batch.push(key);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Whether a blob was made from another, beside which it lies. */
export function isDerived(key: string): boolean {
  return originalOf(key) !== key;
}

/** The key of the blob that one was derived from; of an original, itself. */
export function originalOf(key: string): string {
  const dot = key.indexOf(".", key.lastIndexOf("/"));
  return dot < 0 ? key : key.slice(0, dot);
}
