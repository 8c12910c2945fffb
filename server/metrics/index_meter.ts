/**
 * The index from outside: how long each kind of question takes, how many wait, and how many
 * instances share a commit.
 * @module
 */
import type { Index } from "../index/index.ts";
import { counter, type Family, gauge, histogram, STORAGE_SECONDS } from "./instruments.ts";
import { timed } from "./timed.ts";

/** What goes to the thread that writes; the rest goes to the one that reads. */
const WRITES: ReadonlySet<string> = new Set<keyof Index>([
  "add",
  "replace",
  "setHeader",
  "remove",
  "reap",
  "addKey",
  "revokeKey",
]);

/** The index, metered. */
export function meterIndex(index: Index): { index: Index; families: readonly Family[] } {
  const duration = histogram({
    name: "gantry_index_operation_duration_seconds",
    help:
      "From a call of the index to its answer, waiting included; of what is read in pages, each.",
    labels: ["operation"],
  }, STORAGE_SECONDS);
  const errors = counter({
    name: "gantry_index_errors_total",
    help: "Calls of the index that failed.",
    labels: ["operation"],
  });
  const waiting = { reader: 0, writer: 0 };
  const threadOf = (method: string) => WRITES.has(method) ? "writer" : "reader";

  const metered = timed(index, {
    begun: (method) => void waiting[threadOf(method)]++,
    ended(method, seconds, failed) {
      waiting[threadOf(method)]--;
      duration.of(method).observe(seconds);
      if (failed) errors.of(method).add(1);
    },
  });
  return {
    index: metered,
    families: [
      duration,
      errors,
      gauge(
        {
          name: "gantry_index_queue_depth",
          help:
            "Calls that wait for the index's reading and its writing thread, or are answered by it.",
        },
        () => Object.entries(waiting).map(([thread, value]) => ({ labels: { thread }, value })),
      ),
    ],
  };
}
