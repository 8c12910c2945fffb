/**
 * A bound on how much is under way at once.
 * @module
 */

/** Places for work. */
export interface Slots {
  /** Resolves when there is a place, which is then taken. Who waits longest comes first. */
  take(): Promise<void>;
  release(): void;
}

/** So many places. */
export function slots(places: number): Slots {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    take() {
      if (free > 0) {
        free--;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}
