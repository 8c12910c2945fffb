/**
 * Searches of QIDO-RS (PS3.18 10.6) as a client asks them.
 * @module
 */

/** One search. */
export interface QidoSearch {
  /** Below the DICOMweb root, as `studies/1.2/series`. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** UIDs in one URL: with 64 characters each it stays below the 8,000 that every server takes. */
export const UIDS_PER_SEARCH = 100;

/** The lists, separated by commas, into which a longer one is divided for searches of its own. */
export function listsOf(uids: readonly string[]): string[] {
  const lists: string[] = [];
  for (let at = 0; at < uids.length; at += UIDS_PER_SEARCH) {
    lists.push(uids.slice(at, at + UIDS_PER_SEARCH).join(","));
  }
  return lists;
}
