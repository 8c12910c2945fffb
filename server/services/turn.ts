/**
 * Work that one of the servers of an installation does for all of them.
 * @module
 */
import type { Index } from "../index/index.ts";

/** Whose turn it is, and for how long, in milliseconds. */
export interface Turn {
  /** Of the work: the same for all who could do it. */
  readonly name: string;
  /** Of who asks: no other has it. */
  readonly holder: string;
  /** After a holder died, another may take its place; renewed three times in it. */
  readonly hold: number;
  /** After the work is done, nobody else does it. */
  readonly rest: number;
}

/**
 * Does the work, or nothing where it is another's turn: then undefined. The signal it is given ends
 * it with `stop`, and when the turn is lost because the index could not be told that it lasts.
 */
export async function inTurn<Result>(
  index: Pick<Index, "lease">,
  { name, holder, hold, rest }: Turn,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  let renewed = performance.now();
  if (!await index.lease(name, holder, hold)) return undefined;
  const lost = new AbortController();
  let renewing: Promise<void> = Promise.resolve();
  async function renew(): Promise<void> {
    const asked = performance.now();
    const isHeld = await index.lease(name, holder, hold)
      .catch(() => performance.now() - renewed < hold ? undefined : false);
    if (isHeld === false) lost.abort();
    if (isHeld === true) renewed = asked;
  }
  const timer = setInterval(() => renewing = renewing.then(renew), hold / 3);
  let result: Result;
  try {
    result = await work(AbortSignal.any([stop, lost.signal]));
  } finally {
    clearInterval(timer);
    await renewing;
  }
  // Who stops leaves the rest of the work to another.
  if (!lost.signal.aborted) await index.lease(name, holder, stop.aborted ? 0 : rest);
  return result;
}
