/**
 * Removals of a migration: what was deleted at the source is deleted at the target, and can be
 * brought back there as long as it could at the source.
 * @module
 */
import type { Tombstone } from "../index/index.ts";
import type { Pass } from "./migrate.ts";
import { COPYING, missing, type ObjectMover } from "./migrate_objects.ts";
import { inTurns } from "./turns.ts";

/** Tombstones written at once. */
const BATCH = 200;

/**
 * Makes the target's tombstones those of the source, with the objects that are still kept; resolves
 * to whether any has another record. One that only the target has goes when its row comes.
 */
export async function bringTombstones(pass: Pass, objects: ObjectMover): Promise<boolean> {
  const { source, target, counts } = pass;
  let recordsDiffer = false;
  let batch: Tombstone[] = [];

  async function flush(): Promise<void> {
    const tombstones = batch;
    batch = [];
    await inTurns(tombstones, COPYING, (each) => bringObject(pass, objects, each, false));
    if (source.index === target.index) return;
    await target.index.withdraw(tombstones);
    counts.changed += tombstones.length;
  }

  for await (const [own, there] of sideBySide(pass)) {
    if (own === undefined) continue;
    recordsDiffer ||= own.record !== (there?.record ?? "");
    const isSame = there !== undefined && isSameRemoval(own, there) &&
      source.index !== target.index;
    if (isSame) await bringObject(pass, objects, own, true);
    else if (batch.push(own) >= BATCH) await flush();
  }
  await flush();
  return recordsDiffer;
}

async function bringObject(
  pass: Pass,
  objects: ObjectMover,
  { object, reaped }: Tombstone,
  isSure: boolean,
): Promise<void> {
  if (reaped || await objects.ensure(object, isSure) !== "gone") return;
  await missing(pass, object);
}

function isSameRemoval(one: Tombstone, other: Tombstone): boolean {
  return one.removedAt === other.removedAt && one.reason === other.reason &&
    one.reaped === other.reaped;
}

type Pair = readonly [source: Tombstone | undefined, target: Tombstone | undefined];

/** Tombstones of both, which come in the order of their blobs, those of one blob together. */
async function* sideBySide({ source, target }: Pass): AsyncGenerator<Pair> {
  if (source.index === target.index) {
    for await (const own of each(source.index.tombstones())) yield [own, own];
    return;
  }
  const sources = each(source.index.tombstones());
  const targets = each(target.index.tombstones());
  const next = async (iterator: AsyncGenerator<Tombstone>) => {
    const { done, value } = await iterator.next();
    return done ? undefined : value;
  };
  let [own, there] = await Promise.all([next(sources), next(targets)]);
  while (own !== undefined || there !== undefined) {
    const order = own === undefined ? 1 : there === undefined ? -1 : compare(own, there);
    yield [order > 0 ? undefined : own, order < 0 ? undefined : there];
    if (order <= 0) own = await next(sources);
    if (order >= 0) there = await next(targets);
  }
}

async function* each<Item>(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Item> {
  for await (const page of pages) yield* page;
}

function compare({ blobKey: one }: Tombstone, { blobKey: other }: Tombstone): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
