/**
 * How often each thing was refused.
 * @module
 */

/** Different refusals that are counted: a device has a few, who tries every title has no end of them. */
export const MAX_TALLIED = 1000;

/** A function that adds the number of times, from the second one on, to what it is given. */
export function createTally(): (what: string) => string {
  const counts = new Map<string, number>();
  return (what) => {
    const times = (counts.get(what) ?? 0) + 1;
    if (times > 1 || counts.size < MAX_TALLIED) counts.set(what, times);
    return times === 1 ? what : `${what} (${times} times since the start)`;
  };
}
