/**
 * Every schema that the index has had, in order. Appended to, never edited: a database remembers in
 * `user_version` how many of them it has.
 * @module
 */
import { initial } from "./initial.ts";
import { removalRecords } from "./removal_records.ts";
import { sharedState } from "./shared_state.ts";
import { totals } from "./totals.ts";
import { words } from "./words.ts";

/** SQL scripts by name, in the order in which they run. */
export const MIGRATIONS: Readonly<Record<string, string>> = {
  "0001_initial": initial,
  "0002_totals": totals,
  "0003_removal_records": removalRecords,
  "0004_study_words": words,
  "0005_shared_state": sharedState,
};
