/**
 * A copy of a remote database in a local file, and when it may be read.
 * @module
 */
import type { Channel } from "./channel.ts";

/** Milliseconds. */
export interface ReplicaTimes {
  /** What others have written may be unseen for so long. */
  readonly lag: number;
  /** A copy that is not brought up to date in this is not waited for. */
  readonly sync: number;
}

/** The usual ones. */
export const REPLICA_TIMES: ReplicaTimes = { lag: 1_000, sync: 1_000 };

/** Keeps the copy. */
export interface Replica {
  /**
   * Brings the copy up to date where it is older than the lag or than what was written here. False
   * where that cannot be done in time.
   */
  isFresh(): Promise<boolean>;
  /** The remote database has something that the copy must not be without. */
  written(): void;
  close(): Promise<void>;
}

/** Keeps the copy that the channel has open. */
export function keepReplica(channel: Channel, times: ReplicaTimes): Replica {
  /** What was written before this is in the copy. */
  let copied = -Infinity;
  let needed = -Infinity;
  let running: { readonly begun: number; readonly ended: Promise<boolean> } | undefined;

  function sync(): NonNullable<typeof running> {
    const begun = performance.now();
    const ended = channel.sync().then(() => {
      copied = begun;
      return true;
    }, () => false);
    running = { begun, ended };
    void ended.then(() => running = undefined);
    return running;
  }

  async function inTime({ begun, ended }: NonNullable<typeof running>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const left = Math.max(0, begun + times.sync - performance.now());
    const timer = setTimeout(() => resolve(false), left);
    try {
      return await Promise.race([ended, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async isFresh() {
      const oldest = Math.max(needed, performance.now() - times.lag);
      while (copied < oldest) {
        // One that began before may have missed what is needed: then another follows it.
        if (!await inTime(running ?? sync())) return false;
      }
      return true;
    },
    written() {
      needed = performance.now();
    },
    async close() {
      // The thread cannot be asked to close its file as long as it waits for the other side.
      if (running === undefined || await inTime(running)) await channel.close();
      else channel.abandon();
    },
  };
}
