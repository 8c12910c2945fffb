/**
 * What becomes of the instances that clients send, and of those that the reaper takes away.
 * @module
 */
import type { Reaped } from "../services/reaper.ts";
import type { StoreService } from "../services/store.ts";
import { FAILURE_REASON, type StoreResult } from "../services/store_result.ts";
import { counter, type Family } from "./instruments.ts";

/** Names of the failure reasons, as the code has them. */
const REASONS: ReadonlyMap<number, string> = new Map(
  Object.entries(FAILURE_REASON).map(([name, reason]) => [reason, name]),
);

/** Storing, metered. */
export function meterStore(
  store: StoreService,
): { store: StoreService; families: readonly Family[] } {
  const instances = counter({
    name: "gantry_store_instances_total",
    help: "Instances in answered store requests: stored, already there, or failed with a reason.",
    labels: ["archive", "outcome", "reason"],
  });

  function count(archive: string, results: readonly StoreResult[]): void {
    for (const result of results) {
      const reason = result.kind === "failed" ? REASONS.get(result.reason) : undefined;
      instances.of(archive, result.kind, reason ?? "").add(1);
    }
  }

  return {
    store: {
      async storeFiles(target, parts) {
        const results = await store.storeFiles(target, parts);
        count(target.archive, results);
        return results;
      },
      async storeMetadata(target, parts, form, base) {
        const results = await store.storeMetadata(target, parts, form, base);
        count(target.archive, results);
        return results;
      },
    },
    families: [instances],
  };
}

/** Counts rounds of the reaper. */
export function createReaperMeter(): {
  readonly observe: (outcome: Reaped | Error) => void;
  readonly families: readonly Family[];
} {
  const rounds = counter({
    name: "gantry_reaper_rounds_total",
    help: "Rounds of the reaper, by how they ended.",
    labels: ["outcome"],
  });
  const blobs = counter({
    name: "gantry_reaper_removed_blobs_total",
    help: "Blobs that the reaper removed: of what was deleted or replaced, and left over.",
    labels: ["kind"],
  });
  return {
    observe(outcome) {
      rounds.of(outcome instanceof Error ? "failed" : "done").add(1);
      if (outcome instanceof Error) return;
      blobs.of("tombstone").add(outcome.tombstones);
      blobs.of("orphan").add(outcome.orphans);
    },
    families: [rounds, blobs],
  };
}
