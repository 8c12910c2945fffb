/**
 * The index in a local file: one worker that writes, one that reads.
 * @module
 */
import { sql } from "kysely";
import { ADD, addItem, addOutcome } from "./add.ts";
import { apiKeys } from "./api_keys.ts";
import { Channel } from "./channel.ts";
import { kyselyOver } from "./dialect.ts";
import type { AddOutcome, Index, NewInstance } from "./index.ts";
import type { WriteItem } from "./messages.ts";
import { readEverything, readInstances, readMetadata, readPlaces, readState } from "./read.ts";
import { headerItem, removeItem, REPLACE } from "./remove.ts";
import type { Schema } from "./schema.ts";
import { search, SEARCH_LIMITS, type SearchLimits } from "./search/search.ts";
import { readKnown, readReapable, readRemoved } from "./tombstones.ts";
import { Writer } from "./writer.ts";

/** What may be said beside the path. */
export interface LocalIndexOptions {
  /** Those not given are the usual ones. */
  readonly limits?: Partial<SearchLimits>;
}

/**
 * Opens the index in the file at `path`, made where there is none (its folder must exist), and
 * brings it to the present schema. Throws {@linkcode IndexError} where the file is no index or
 * another process holds it for longer than the lock timeout.
 */
export async function openLocalIndex(
  path: string,
  options: LocalIndexOptions = {},
): Promise<Index> {
  const limits = { ...SEARCH_LIMITS, ...options.limits };
  const writing = new Channel("index-writer");
  const reader = new Channel("index-reader");
  try {
    await writing.open(path, "writer");
    // The reader's thread has started meanwhile; it opens last since it cannot make the file.
    await reader.open(path, "reader");
  } catch (error) {
    await Promise.all([writing.close(), reader.close()]);
    throw error;
  }
  const writer = new Writer(writing);
  const db = kyselyOver<Schema>(reader, writer);

  async function add(instance: NewInstance, item: () => WriteItem): Promise<AddOutcome> {
    try {
      return addOutcome(instance, await writer.submit(item()));
    } catch (error) {
      return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  return {
    async ensureArchives(names) {
      if (names.length === 0) return;
      await db.insertInto("archives").values(names.map((name) => ({ name })))
        .onConflict((conflict) => conflict.doNothing()).execute();
    },
    add: (instance) => add(instance, () => addItem(instance, ADD)),
    replace: (revision, instance, at) =>
      add(instance, () => {
        const item = addItem(instance, REPLACE);
        return { ...item, values: { ...item.values, replaced: revision, at } };
      }),
    async setHeader(revision, header) {
      await writer.submit(headerItem(revision, header));
    },
    search: (archive, query) => search(reader, archive, query, limits),
    state: (archive, scope) => readState(reader, archive, scope),
    instances: (archive, scope) => readInstances(reader, archive, scope),
    metadata: (archive, scope) => readMetadata(reader, archive, scope),
    places: (archive, scope) => readPlaces(reader, archive, scope),
    async remove(archive, scope, at) {
      const [removed] = await writer.submit(removeItem(archive, scope, at));
      return Number(removed?.[0]?.[0] ?? 0);
    },
    removed: (archive, scope) => readRemoved(reader, archive, scope),
    reapable: (before, limit) => readReapable(reader, before, limit),
    async reaped(blobKeys) {
      await db.updateTable("tombstones").set({ reaped: 1 })
        .where("blob_key", "in", listed(blobKeys)).execute();
    },
    known: (blobKeys) => readKnown(reader, blobKeys),
    everything: (archive) => readEverything(reader, archive),
    ...apiKeys(db),
    async close() {
      await writer.idle();
      await reader.close();
      await writing.close();
    },
  };
}

/** A list of any length as one parameter. */
function listed(values: readonly string[]) {
  return sql<string>`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}
