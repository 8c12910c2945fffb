/**
 * Rows of a migration: instances, archives and keys.
 * @module
 */
import type { Index, InstanceRow, NewInstance } from "../index/index.ts";
import { headerFiles } from "./header_record.ts";
import type { Pass } from "./migrate.ts";
import { COPYING, missing, type ObjectMover } from "./migrate_objects.ts";
import { beyondAllRevisions } from "./revisions.ts";
import { inTurns } from "./turns.ts";

/** Whole instances asked for at once: a value may have a megabyte. */
const GROUP = 16;

/** Groups under way. */
const GROUPS = 4;

/** Archives, and keys as they are at the source; numbers go on beyond all that the source gives. */
export async function bringKeys({ source, target, counts, now }: Pass): Promise<void> {
  const archives = await source.index.archives();
  const there = new Set(await target.index.archives());
  counts.changed += archives.filter((name) => !there.has(name)).length;
  await target.index.ensureArchives(archives);
  const last = await source.index.lastRevision();
  await target.index.continueAfter(beyondAllRevisions(last, now()));
  const known = new Map((await target.index.keys()).map((key) => [key.id, key]));
  for (const key of await source.index.keys()) {
    const existing = known.get(key.id);
    if (existing === undefined) await target.index.addKey(key);
    else if (key.revokedAt === undefined || existing.revokedAt !== undefined) continue;
    else await target.index.revokeKey(key.id, key.revokedAt);
    counts.changed++;
  }
}

/** Makes sure of every instance that the source has when it begins: those that come are for the next pass. */
export async function bringRows(pass: Pass, objects: ObjectMover): Promise<void> {
  const { source, target, counts, onProgress } = pass;
  const movesIndex = source.index !== target.index;
  const last = await source.index.lastRevision();
  for (const archive of await source.index.archives()) {
    for await (const page of source.index.everything(archive)) {
      const rows = page.filter(({ revision }) => revision <= last);
      counts.left += page.length - rows.length;
      if (rows.length === 0) break;
      const absent = movesIndex ? await withoutRow(target.index, rows) : [];
      const isAbsent = new Set(absent);
      const ensured = await inTurns(rows, COPYING, async (row) => {
        const became = await objects.ensure(row, movesIndex && !isAbsent.has(row));
        if (became === "gone") await missing(pass, row);
        return became;
      });
      const news = rows.filter((row, at) => isAbsent.has(row) && ensured[at] !== "gone");
      if (news.length > 0) await addRows(pass, objects, archive, news);
      // Of objects that had gone from where their rows had stayed.
      const again = rows.filter((row, at) => !isAbsent.has(row) && ensured[at] === "copied");
      for (const group of movesIndex ? inGroups(again, GROUP) : []) {
        await bringFiles(pass, objects, archive, group);
      }
      for (const { size } of rows) counts.bytes += size;
      counts.instances += rows.length;
      onProgress?.(counts);
    }
  }
}

/** Those of the rows that the index has not got, or has as removed. */
async function withoutRow(index: Index, rows: readonly InstanceRow[]): Promise<InstanceRow[]> {
  const keys = rows.map(({ blobKey }) => blobKey);
  const [known, buried] = await Promise.all([index.known(keys), index.buried(keys)]);
  const removed = new Set(buried.map(({ blobKey }) => blobKey));
  return rows.filter(({ blobKey }) => !known.has(blobKey) || removed.has(blobKey));
}

async function addRows(
  pass: Pass,
  objects: ObjectMover,
  archive: string,
  rows: readonly InstanceRow[],
): Promise<void> {
  const { target, counts } = pass;
  const buried = await target.index.buried(rows.map(({ blobKey }) => blobKey));
  const removals = new Map(buried.map(({ blobKey, removedAt }) => [blobKey, removedAt]));

  async function add(instance: NewInstance): Promise<boolean> {
    const removedAt = removals.get(instance.object.blobKey);
    const outcome = await target.index.add(
      removedAt === undefined ? instance : { ...instance, removedAt },
    );
    if (outcome.kind === "failed") throw outcome.error;
    if (outcome.kind === "added") return true;
    const { blobKey } = outcome.existing;
    if (blobKey === instance.object.blobKey) return false;
    // It was stored anew, under another study: what it was there has gone from the source.
    const gone = await withdrawGone(pass, [blobKey]);
    if (gone > 0) return await add(instance);
    counts.left++;
    return false;
  }

  for (const some of inGroups(rows, GROUP * GROUPS)) {
    const wholes = await inTurns(
      inGroups(some, GROUP),
      GROUPS,
      (group) => bringFiles(pass, objects, archive, group),
    );
    // Sent together, in the order in which they came: the first of a study decides its place.
    const added = await Promise.all(wholes.flat().map(add));
    counts.changed += added.filter(Boolean).length;
  }
}

/** What of the instances is too large for an index; resolves to them as another index may add them. */
async function bringFiles(
  { source }: Pass,
  objects: ObjectMover,
  archive: string,
  rows: readonly InstanceRow[],
): Promise<readonly NewInstance[]> {
  if (rows.length === 0) return [];
  const whole = await source.index.whole(archive, rows.map(({ revision }) => revision));
  const files = whole.flatMap(({ header }) => headerFiles(header));
  await inTurns(files, COPYING, objects.ensureFile);
  return whole;
}

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, at) => items.slice(at * size, (at + 1) * size),
  );
}

/** Withdraws those of the target's rows that the source has as removed; resolves to how many. */
async function withdrawGone({ source, target, counts }: Pass, keys: string[]): Promise<number> {
  const gone = await source.index.buried(keys);
  if (gone.length > 0) await target.index.withdraw(gone);
  counts.changed += gone.length;
  return gone.length;
}
