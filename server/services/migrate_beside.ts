/**
 * What lies beside the objects of a migration: files made from them, and records of removals.
 * @module
 */
import { blobDays, isDerived, originalOf } from "./blob_days.ts";
import { INFLATED } from "./inflated.ts";
import type { Pass } from "./migrate.ts";
import { COPYING, type ObjectMover } from "./migrate_objects.ts";
import { recordKeys } from "./removal_records.ts";
import { inTurns } from "./turns.ts";

/** Keys asked about at once. */
const BATCH = 500;

/** Files that the index names beside instances; what can be made when it is asked for is left. */
export async function bringBeside({ source, now }: Pass, objects: ObjectMover): Promise<void> {
  async function bring(keys: readonly string[]): Promise<void> {
    const known = await source.index.known([...new Set(keys.map(originalOf))]);
    const kept = keys.filter((key) => known.get(originalOf(key)) === "kept");
    await inTurns(kept, COPYING, objects.ensureFile);
  }

  for await (const { prefix } of blobDays(source.blobs, now())) {
    let batch: string[] = [];
    for await (const key of source.blobs.list(prefix)) {
      if (!isDerived(key) || key.endsWith(INFLATED)) continue;
      if (batch.push(key) < BATCH) continue;
      await bring(batch);
      batch = [];
    }
    await bring(batch);
  }
}

/**
 * Records of removals: where objects move their files do, and where the index moves it names them.
 * `differ`: whether the target's tombstones have others.
 */
export async function bringRecords(
  pass: Pass,
  objects: ObjectMover,
  differ: boolean,
): Promise<void> {
  const { source, target, counts } = pass;
  const keys = new Set<string>();
  for await (const page of source.index.records()) {
    for (const key of page) keys.add(key);
    await inTurns(page, COPYING, objects.ensureFile);
  }
  if (source.blobs !== target.blobs) {
    for await (const key of recordKeys(target.blobs)) {
      if (!keys.has(key)) await target.blobs.delete(key);
    }
  }
  if (source.index === target.index || !differ) return;
  await target.index.forgetRecords();
  await inTurns([...keys], COPYING, async (key) => {
    const told = await source.index.recordedIn(key);
    // It has become stale meanwhile.
    if (told.size === 0) return;
    await target.index.beginRecord(key);
    await target.index.endRecord(key, [...told]);
  });
  counts.changed++;
}
