/**
 * What several archives hold together.
 * @module
 */
import type { Totals } from "../index/index.ts";

/** The sum of totals. */
export function sumOf(all: readonly Totals[]): Totals {
  const sum = (of: keyof Totals) => all.reduce((sum, totals) => sum + totals[of], 0);
  return {
    studies: sum("studies"),
    series: sum("series"),
    instances: sum("instances"),
    bytes: sum("bytes"),
  };
}
