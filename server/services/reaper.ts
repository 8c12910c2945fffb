/**
 * Frees the space of what nobody can ask for any more: blobs of deleted and replaced revisions past
 * their grace, and blobs that no acknowledged store left behind.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import { blobDays, dayOf, unreferenced } from "./blob_days.ts";

/** What a reaper works on. */
export interface ReaperParts {
  readonly index: Pick<Index, "reapable" | "reaped" | "known">;
  readonly blobs: BlobStore;
  /** Milliseconds that a deleted or replaced revision is kept. */
  readonly grace: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** How many blobs a round removed. */
export interface Reaped {
  readonly tombstones: number;
  readonly orphans: number;
}

/** Removes what may go; see `startReaper` for when. */
export interface Reaper {
  /** One round. An aborted one stops between two blobs and is taken up by the next. */
  round(signal: AbortSignal): Promise<Reaped>;
}

/** Tombstones taken at once. */
const BATCH = 500;

/**
 * Milliseconds beyond the grace: an undelete that was let in at its last moment must have ended
 * before the blob goes.
 */
export const GRACE_MARGIN = 60_000;

/** A reaper of one installation. */
export function createReaper({ index, blobs, grace, now = Date.now }: ReaperParts): Reaper {
  // A settled day gains no blobs: it is looked through once, and again when one of them went.
  const lookedThrough = new Set<string>();

  async function reapTombstones(signal: AbortSignal): Promise<number> {
    let removed = 0;
    while (!signal.aborted) {
      const tombstones = await index.reapable(now() - grace - GRACE_MARGIN, BATCH);
      const gone: string[] = [];
      for (const { blobKey } of tombstones) {
        if (signal.aborted) break;
        await blobs.delete(blobKey);
        // What was derived from it is an orphan now.
        lookedThrough.delete(dayOf(blobKey));
        gone.push(blobKey);
      }
      if (gone.length > 0) await index.reaped(gone);
      removed += gone.length;
      if (tombstones.length < BATCH) break;
    }
    return removed;
  }

  async function reapOrphans(signal: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const { prefix, settled } of blobDays(blobs, now())) {
      if (!settled || lookedThrough.has(prefix)) continue;
      for await (const key of unreferenced(blobs, index, prefix)) {
        if (signal.aborted) return removed;
        await blobs.delete(key);
        removed++;
      }
      lookedThrough.add(prefix);
    }
    return removed;
  }

  return {
    async round(signal) {
      return { tombstones: await reapTombstones(signal), orphans: await reapOrphans(signal) };
    },
  };
}

/** When rounds are run, in milliseconds. */
export interface ReaperTimes {
  /** After the start, when the server is likely to have time. */
  readonly first: number;
  /** Between the end of one round and the begin of the next. */
  readonly between: number;
}

/** Runs rounds, never two at once and without keeping the process alive. The result stops them. */
export function startReaper(
  reaper: Reaper,
  times: ReaperTimes,
  report: (outcome: Reaped | Error) => void,
): () => Promise<void> {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer = schedule(times.first);

  function schedule(delay: number) {
    return setTimeout(() => running = run(), delay).unref();
  }

  async function run(): Promise<void> {
    try {
      report(await reaper.round(stopped.signal));
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
