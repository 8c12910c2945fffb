/**
 * How much a search may do.
 * @module
 */

/** Bounds of one search that is not below one study. */
export interface SearchLimits {
  /** Rows that it may read while it looks for those that match. */
  readonly rowsWalked: number;
  /** Rows that it may sort for an order that the walk does not give. */
  readonly rowsSorted: number;
  /** Rows that it may read for a total. */
  readonly rowsCounted: number;
}

/** Some 20 ms of walking, 10 ms of sorting, 300 ms of counting. */
export const SEARCH_LIMITS: SearchLimits = {
  rowsWalked: 20_000,
  rowsSorted: 5_000,
  rowsCounted: 1_000_000,
};
