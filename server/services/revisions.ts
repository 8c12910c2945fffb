/**
 * Numbers of revisions where an index takes the place of another that may have given more of them.
 * @module
 */

/** Revisions that no server gives in a millisecond. */
const REVISIONS_A_MILLISECOND = 10;

/**
 * A number beyond all that were ever given, as far as clocks were right: ETags are made of revisions,
 * and one that comes again would stand for other bytes. `last`: the highest that is known.
 */
export function beyondAllRevisions(last: number, now: number): number {
  return Math.max(last, now * REVISIONS_A_MILLISECOND);
}
