/**
 * Brings an archive from one place to another while it serves: index, objects or both. One pass
 * makes the target what the source is, as far as it stands still; what is right already is left, so
 * that a pass which broke off is gone on with, and the next brings what has changed since.
 *
 * At the target as everywhere an object is durable before its row. Nothing at the source is changed.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import type { CopyFault } from "./copy_blobs.ts";
import { removeDifferent } from "./migrate_compare.ts";
import { createObjectMover } from "./migrate_objects.ts";
import { bringKeys, bringRows } from "./migrate_rows.ts";
import { bringTombstones } from "./migrate_removals.ts";
import { bringBeside, bringRecords } from "./migrate_beside.ts";

/** One end of a migration. */
export interface MigrationEnd {
  readonly index: Index;
  readonly blobs: BlobStore;
}

/** What is moved where, and who is told. */
export interface MigrateParts {
  readonly source: MigrationEnd;
  /** The same index or the same blobs as the source's where these stay. */
  readonly target: MigrationEnd;
  /** Whether what is at the target is read again, and copied again where it is not right. */
  readonly rereads: boolean;
  /** Whether a copy broke off: blobs that are at the target may not be whole. */
  readonly doubts: boolean;
  readonly onFault: (fault: CopyFault) => void;
  readonly onProgress?: (counts: PassCounts) => void;
  /** An aborted pass rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What a pass did. */
export interface PassCounts {
  /** Instances looked at. */
  instances: number;
  /** Of them. */
  bytes: number;
  /** Blobs that were not at the target, or not right. */
  copied: number;
  /** Changes of the target's index: instances, removals, keys and archives. */
  changed: number;
  /** What could not be brought since the source changed meanwhile: another pass will. */
  left: number;
  faults: number;
}

/** What the parts of a pass share. */
export interface Pass extends MigrateParts {
  readonly counts: PassCounts;
  readonly now: () => number;
  found(fault: CopyFault): void;
}

/** Whether a pass found that nothing had to be done. */
export function foundNothing({ copied, changed, left }: PassCounts): boolean {
  return copied + changed + left === 0;
}

/** One pass; resolves to what it did. */
export async function migratePass(parts: MigrateParts): Promise<PassCounts> {
  const counts = { instances: 0, bytes: 0, copied: 0, changed: 0, left: 0, faults: 0 };
  const { source, target, now = Date.now, onFault } = parts;
  const pass: Pass = {
    ...parts,
    now,
    counts,
    found(fault) {
      counts.faults++;
      onFault(fault);
    },
  };
  const objects = createObjectMover(pass);
  const movesIndex = source.index !== target.index;
  if (movesIndex) await bringKeys(pass);
  const recordsDiffer = await bringTombstones(pass, objects);
  await bringRows(pass, objects);
  if (movesIndex) await removeDifferent(pass);
  else await bringBeside(pass, objects);
  await bringRecords(pass, objects, recordsDiffer);
  return counts;
}
