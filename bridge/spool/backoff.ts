/**
 * How long to wait before something is tried again.
 * @module
 */

/** The waits, in milliseconds. */
export interface BackOff {
  /** After the first failure; it doubles with each further one … */
  readonly first: number;
  /** … up to this. */
  readonly longest: number;
}

/** A server that restarts is met soon, and one that is down for days is not worn out. */
export const BACK_OFF: BackOff = { first: 1_000, longest: 60_000 };

/** Milliseconds up to which a server's own wish counts. */
const RETRY_AFTER_MAX = 3_600_000;

/**
 * Milliseconds to wait after so many failures in a row. Up to half is left to chance, so that those
 * who failed together do not come back together. `retryAfter`: what the server asks for.
 */
export function delayAfter(failures: number, backOff: BackOff, retryAfter = 0): number {
  const longest = Math.min(backOff.longest, backOff.first * 2 ** (failures - 1));
  return Math.max(longest * (1 - Math.random() / 2), Math.min(retryAfter, RETRY_AFTER_MAX));
}
