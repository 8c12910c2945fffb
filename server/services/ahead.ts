/**
 * Work on pixels that is asked for a little ahead of the one who takes what comes of it.
 * @module
 */
import type { Client } from "../pixels/pixels.ts";

/** Pieces of work under way beside the one that is being sent: the workers of a small machine, and one more. */
const AHEAD = 3;

/**
 * What `work` gives for each item, in their order. Rejects as the first of them does. Ending it early
 * drops what has been asked for; it has ended when nothing of that is read any more.
 */
export async function* ahead<Item, Result>(
  client: Client,
  items: Iterable<Item>,
  work: (item: Item, client: Client) => Promise<Result>,
): AsyncGenerator<Result> {
  const leaving = new AbortController();
  const one = { ...client, signal: AbortSignal.any([client.signal, leaving.signal]) };
  const asked: Promise<Result>[] = [];
  const left = items[Symbol.iterator]();
  const ask = () => {
    const next = left.next();
    if (next.done) return;
    const made = work(next.value, one);
    // It is awaited in its turn, unless one before it fails.
    made.catch(() => {});
    asked.push(made);
  };
  try {
    for (let i = 0; i < AHEAD; i++) ask();
    for (let made = asked.shift(); made !== undefined; made = asked.shift()) {
      const result = await made;
      ask();
      yield result;
    }
  } finally {
    leaving.abort();
    await Promise.allSettled(asked);
  }
}
