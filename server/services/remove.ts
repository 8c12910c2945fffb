/**
 * Removal of studies, series and instances, and its undoing within the grace period. What is
 * removed is invisible at once; its bytes stay until the reaper comes.
 * @module
 */
import { BlobNotFoundError } from "../blobs/blob_store.ts";
import { Problem } from "../http/problem.ts";
import type { Index, Scope, Tombstone } from "../index/index.ts";
import type { RemovalRecords } from "./removal_records.ts";
import type { Rescan } from "./rescan.ts";
import { levelOf } from "./retrieve_parts.ts";

/** What removal works on. */
export interface RemoveParts {
  readonly index: Pick<Index, "add" | "remove" | "removed" | "state">;
  readonly rescan: Pick<Rescan, "revive">;
  readonly records: RemovalRecords;
  /** Milliseconds within which a removal can be undone. */
  readonly grace: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Removes and brings back; the level is the lowest that the scope names. */
export interface RemoveService {
  /** Resolves to how many instances went. Throws Problem 404 where there never was any, 410 where they went before. */
  remove(archive: string, scope: Scope): Promise<number>;
  /**
   * Resolves to how many instances are back. What was stored anew since its removal stays as it
   * is. Throws Problem 404 where nothing was removed, 410 where the grace is over.
   */
  undelete(archive: string, scope: Scope): Promise<number>;
}

/** Removal over an index. */
export function createRemoveService(
  { index, rescan, records, grace, now = Date.now }: RemoveParts,
): RemoveService {
  return {
    async remove(archive, scope) {
      const removed = await index.remove(archive, scope, now());
      // That it went before is an acknowledgement as well.
      await records.keep();
      if (removed > 0) return removed;
      const { kind } = await index.state(archive, scope);
      throw kind === "unknown"
        ? new Problem(404, `There is no such ${levelOf(scope)} to delete.`)
        : new Problem(410, `This ${levelOf(scope)} was deleted before.`);
    },

    async undelete(archive, scope) {
      const removed = await index.removed(archive, scope);
      const revivable = latestOfEach(removed.filter((each) => each.removedAt + grace > now()));
      let present = 0;
      let restored = 0;
      for (const tombstone of revivable) {
        const instance = await rescan.revive(tombstone).catch(undefinedIfGone);
        if (instance === undefined) continue;
        const outcome = await index.add(instance);
        if (outcome.kind === "failed") throw outcome.error;
        present++;
        if (outcome.kind === "added") restored++;
      }
      await records.keep();
      if (present > 0) return restored;
      if (removed.length === 0 && (await index.state(archive, scope)).kind !== "deleted") {
        throw new Problem(404, `Nothing of this ${levelOf(scope)} was deleted.`);
      }
      throw new Problem(410, "The time to undo this deletion is over; store the objects again.");
    },
  };
}

/** The last removal of each instance, of removals that are listed newest first. */
function latestOfEach(tombstones: readonly Tombstone[]): readonly Tombstone[] {
  const latest = new Map<string, Tombstone>();
  for (const tombstone of tombstones) {
    const { SOPInstanceUID } = tombstone.object;
    if (!latest.has(SOPInstanceUID)) latest.set(SOPInstanceUID, tombstone);
  }
  return [...latest.values()];
}

function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof BlobNotFoundError)) throw error;
}
