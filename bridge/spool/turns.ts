/**
 * Lets so many do something at the same time, and the others wait for their turn.
 * @module
 */

/** Resolves when it is one's turn, to what ends it. Rejects with the reason of a signal that aborts before. */
export type Turns = (signal: AbortSignal) => Promise<() => void>;

/** Turns for so many at the same time, in the order in which they come. */
export function createTurns(count: number): Turns {
  const queue = new Set<() => void>();
  let free = count;

  function end(): void {
    const [next] = queue;
    if (next === undefined) free++;
    else {
      queue.delete(next);
      next();
    }
  }

  return async (signal) => {
    signal.throwIfAborted();
    if (free > 0) free--;
    else {
      await new Promise<void>((resolve, reject) => {
        const begin = () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        const giveUp = () => {
          queue.delete(begin);
          reject(signal.reason);
        };
        signal.addEventListener("abort", giveUp, { once: true });
        queue.add(begin);
      });
    }
    return end;
  };
}
