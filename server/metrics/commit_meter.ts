/**
 * Transactions of the index's writer. They are counted from before the index is opened, which is
 * before there is anything else of a server.
 * @module
 */
import { type Family, histogram, STORAGE_SECONDS } from "./instruments.ts";

/** Hears of the transactions of the index's writer: `items` of one, and the seconds until it was durable. */
export type CommitObserver = (items: number, seconds: number) => void;

/** Sizes of a commit, up to the most that the writer takes at once. */
const COMMIT_ITEMS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500];

/** Counts commits. */
export function createCommitMeter(): {
  readonly observe: CommitObserver;
  readonly families: readonly Family[];
} {
  const items = histogram({
    name: "gantry_index_commit_items",
    help: "What shares one transaction of the index (group commit).",
  }, COMMIT_ITEMS);
  const duration = histogram({
    name: "gantry_index_commit_duration_seconds",
    help: "From a transaction's begin until it was durable.",
  }, STORAGE_SECONDS);
  const [itemsCell, durationCell] = [items.of(), duration.of()];
  return {
    observe(count, seconds) {
      itemsCell.observe(count);
      durationCell.observe(seconds);
    },
    families: [items, duration],
  };
}
