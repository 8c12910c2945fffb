/**
 * Both ends of a migration, and all that an end holds, so that two can be held against each other.
 * @module
 */
import { assertEquals } from "@std/assert";
import { openFsBlobs } from "../../server/blobs/fs.ts";
import { openLocalIndex } from "../../server/index/open_local.ts";
import { recordKeys } from "../../server/services/removal_records.ts";
import type { CopyFault } from "../../server/services/copy_blobs.ts";
import {
  foundNothing,
  type MigrateParts,
  migratePass,
  type MigrationEnd,
  type PassCounts,
} from "../../server/services/migrate.ts";
import { verify } from "../../server/services/verify.ts";
import { collect } from "./index_data.ts";

/** Runs `use` with an end of its own, empty, in files. */
export async function withFileEnd(use: (end: MigrationEnd) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-migration-" });
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    await use({ index, blobs: await openFsBlobs(`${folder}/blobs`) });
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** One pass, and the faults that it named. */
export async function pass(
  source: MigrationEnd,
  target: MigrationEnd,
  options: Partial<MigrateParts> = {},
): Promise<PassCounts & { readonly named: readonly CopyFault[] }> {
  const named: CopyFault[] = [];
  const counts = await migratePass({
    source,
    target,
    rereads: false,
    doubts: false,
    onFault: (fault) => named.push(fault),
    signal: new AbortController().signal,
    ...options,
  });
  return { ...counts, named };
}

/** Passes until one finds nothing; the source stands still. */
export async function settle(source: MigrationEnd, target: MigrationEnd): Promise<void> {
  for (let passes = 0; passes < 4; passes++) {
    if (foundNothing(await pass(source, target, { doubts: true }))) return;
  }
  throw new Error("A source that stands still is not followed");
}

/** Holds everything that both ends say and hold against each other; nothing is wrong with the target. */
export async function assertSameEnds(target: MigrationEnd, source: MigrationEnd): Promise<void> {
  const [now, before] = [await contentsOf(target), await contentsOf(source)];
  for (const part of Object.keys(before)) assertEquals(now[part], before[part], part);
  const faults: unknown[] = [];
  await verify({ ...target, onFault: (fault) => faults.push(fault) });
  assertEquals(faults, []);
}

/** By name, in an order that both ends share. */
export async function contentsOf({ index, blobs }: MigrationEnd): Promise<Record<string, unknown>> {
  const contents: Record<string, unknown> = {
    archives: await index.archives(),
    keys: await index.keys(),
    tombstones: await collect(index.tombstones()),
    records: await Array.fromAsync(recordKeys(blobs)),
  };
  const kept: string[] = [];
  for (const archive of await index.archives()) {
    const rows = await collect(index.everything(archive));
    const whole = await index.whole(archive, rows.map(({ revision }) => revision));
    kept.push(...rows.map(({ blobKey }) => blobKey));
    contents[`${archive}: instances`] = whole.toSorted((a, b) =>
      a.object.blobKey < b.object.blobKey ? -1 : 1
    );
    contents[`${archive}: totals`] = await index.totals(archive);
    for (const level of ["patient", "study", "series", "instance"] as const) {
      const { rows } = await index.search(archive, { ...ALL, level });
      contents[`${archive}: ${level}`] = rows
        .map(({ values }) => JSON.stringify(values)).sort();
    }
  }
  const tombstones = await collect(index.tombstones());
  kept.push(...tombstones.filter(({ reaped }) => !reaped).map(({ blobKey }) => blobKey));
  const bytes = await Promise.all(
    kept.sort().map(async (key) => [key, await digestOf({ blobs }, key)]),
  );
  contents.bytes = Object.fromEntries(bytes);
  return contents;
}

async function digestOf({ blobs }: Pick<MigrationEnd, "blobs">, key: string): Promise<string> {
  if (await blobs.size(key) === undefined) return "missing";
  const bytes = await new Response(await blobs.open(key)).bytes();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const ALL = {
  scope: {},
  conditions: [],
  include: "all",
  orderBy: [],
  limit: 10_000,
  offset: 0,
  after: undefined,
  count: false,
} as const;
