/**
 * Frees the space of what nobody can ask for any more: blobs of deleted and replaced revisions past
 * their grace, and blobs that no acknowledged store left behind.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import { blobDays, dayOf, originalOf, unreferenced } from "./blob_days.ts";
import { lostInstance } from "./lost_instance.ts";
import type { RemovalRecords } from "./removal_records.ts";

/** What a reaper works on. */
export interface ReaperParts {
  readonly index: Pick<Index, "reap" | "known" | "state" | "everAdded">;
  readonly blobs: BlobStore;
  readonly records: RemovalRecords;
  /** See StoreParts. */
  readonly underWay: ReadonlySet<string>;
  /** Milliseconds that a deleted or replaced revision is kept. */
  readonly grace: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** How many blobs a round removed, and found that it must not. */
export interface Reaped {
  readonly tombstones: number;
  readonly orphans: number;
  /** Blobs that the index does not know and may have known once; see `UnreferencedBlob`. */
  readonly unknown: number;
  /** Writings that a crash broke off before they were blobs; ended. */
  readonly brokenOff: number;
}

/** Removes what may go; see `startReaper` for when. */
export interface Reaper {
  /** One round. An aborted one stops between two blobs and is taken up by the next. */
  round(signal: AbortSignal): Promise<Reaped>;
  /** Another server had a round, which may have broken off: nothing counts as looked through. */
  forget(): void;
}

/** Tombstones taken at once. */
const BATCH = 500;

/** Milliseconds beyond the grace: an undelete that was let in at its last moment should find all its blobs. */
export const GRACE_MARGIN = 60_000;

/** Milliseconds after which no writing is still under way. */
const BROKEN_OFF = 24 * 60 * 60 * 1000;

/** A reaper of one installation. */
export function createReaper(
  { index, blobs, records, underWay, grace, now = Date.now }: ReaperParts,
): Reaper {
  // A settled day gains no blobs: it is looked through once, and again when one of them went.
  const lookedThrough = new Set<string>();

  async function reapTombstones(signal: AbortSignal): Promise<number> {
    let removed = 0;
    while (!signal.aborted) {
      // Given up before they go: a row must never name a blob that is about to be removed.
      const keys = await index.reap(now() - grace - GRACE_MARGIN, BATCH).catch((error: unknown) => {
        // Nobody knows of which days blobs were given up.
        lookedThrough.clear();
        throw error;
      });
      // What was derived from them is left over now, and so are they themselves where this breaks off.
      for (const key of keys) lookedThrough.delete(dayOf(key));
      for (const key of keys) {
        if (signal.aborted) return removed;
        await blobs.delete(key);
        removed++;
      }
      if (keys.length < BATCH) break;
    }
    return removed;
  }

  async function reapOrphans(
    signal: AbortSignal,
  ): Promise<Pick<Reaped, "orphans" | "unknown">> {
    let orphans = 0;
    let unknown = 0;
    for await (const { prefix, settled } of blobDays(blobs, now())) {
      if (!settled || lookedThrough.has(prefix)) continue;
      let lost: string | undefined;
      for await (const { key, isLeftover } of unreferenced(blobs, index, prefix, underWay)) {
        if (signal.aborted) return { orphans, unknown };
        // An index that lost a row, or was put back from a copy of earlier, must not cost the instance as well.
        if (isLeftover && await lostInstance(blobs, index, key, settled) !== undefined) lost = key;
        if (isLeftover && originalOf(key) !== lost) {
          await blobs.delete(key);
          orphans++;
        } else unknown++;
      }
      lookedThrough.add(prefix);
    }
    return { orphans, unknown };
  }

  return {
    async round(signal) {
      const reaped = { tombstones: await reapTombstones(signal), ...await reapOrphans(signal) };
      // Of removals that a crash kept from being acknowledged. Last: a full disk has no room for a
      // record before something went.
      await records.keep();
      return { ...reaped, brokenOff: await blobs.abandoned(new Date(now() - BROKEN_OFF)) };
    },
    forget: () => lookedThrough.clear(),
  };
}

/** When rounds are run, in milliseconds. */
export interface ReaperTimes {
  /** After the start, when the server is likely to have time. */
  readonly first: number;
  /** Between the end of one round and the begin of the next. */
  readonly between: number;
}

/**
 * Runs rounds, never two at once and without keeping the process alive; one that is another server's
 * turn gives undefined. The result stops them.
 */
export function startReaper(
  reaper: Pick<Reaper, "forget"> & { round(signal: AbortSignal): Promise<Reaped | undefined> },
  times: ReaperTimes,
  report: (outcome: Reaped | Error) => void,
): () => Promise<void> {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer = schedule(times.first);

  function schedule(delay: number) {
    const timer = setTimeout(() => running = run(), delay);
    Deno.unrefTimer(timer);
    return timer;
  }

  async function run(): Promise<void> {
    try {
      const reaped = await reaper.round(stopped.signal);
      if (reaped === undefined) reaper.forget();
      else report(reaped);
    } catch (error) {
      report(error instanceof Error ? error : new Error(String(error)));
    }
    if (!stopped.signal.aborted) timer = schedule(times.between);
  }

  return async () => {
    stopped.abort();
    clearTimeout(timer);
    await running;
  };
}
