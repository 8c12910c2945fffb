/**
 * The index over a database, wherever that is.
 * @module
 */
import { ADD, addItem, addOutcome } from "./add.ts";
import { apiKeys } from "./api_keys.ts";
import { readAudit, readEverAdded } from "./audit.ts";
import type { Reader, Writer } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import type { AddOutcome, Index, NewInstance } from "./index.ts";
import type { WriteItem } from "./messages.ts";
import {
  readEverything,
  readInstances,
  readMetadata,
  readModalities,
  readPlaces,
  readState,
  readTotals,
} from "./read.ts";
import { removalRecords } from "./records.ts";
import { continueItem, readLastRevision } from "./revisions.ts";
import { headerItem, removeItem, REPLACE } from "./remove.ts";
import type { Schema } from "./schema.ts";
import { sharedState } from "./shared_state.ts";
import { SEARCH_LIMITS, type SearchLimits } from "./search/limits.ts";
import { search } from "./search/search.ts";
import { readSummary } from "./summary.ts";
import { readKnown, readRemoved, reapItem } from "./tombstones.ts";
import { readWhole } from "./whole.ts";

/** The index of a database that has the present schema. */
export function indexOver(
  reader: Reader,
  writer: Writer,
  given: Partial<SearchLimits>,
): Index {
  const limits = { ...SEARCH_LIMITS, ...given };
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
      // Mostly they are there, and the writer need not start.
      const found = await db.selectFrom("archives").select("name").execute();
      const missing = names.filter((name) => !found.some((row) => row.name === name));
      if (missing.length === 0) return;
      await db.insertInto("archives").values(missing.map((name) => ({ name })))
        .onConflict((conflict) => conflict.doNothing()).execute();
    },
    async archives() {
      const rows = await db.selectFrom("archives").select("name").orderBy("name").execute();
      return rows.map(({ name }) => name);
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
    totals: (archive) => readTotals(reader, archive),
    summary: (archive) => readSummary(reader, archive),
    modalities: (archive) => readModalities(reader, archive),
    state: (archive, scope) => readState(reader, archive, scope),
    instances: (archive, scope) => readInstances(reader, archive, scope),
    metadata: (archive, scope) => readMetadata(reader, archive, scope),
    places: (archive, scope) => readPlaces(reader, archive, scope),
    async remove(archive, scope, at) {
      const [removed] = await writer.submit(removeItem(archive, scope, at));
      return Number(removed?.[0]?.[0] ?? 0);
    },
    removed: (archive, scope) => readRemoved(reader, archive, scope),
    async reap(before, limit) {
      const [reaped] = await writer.submit(reapItem(before, limit));
      return (reaped ?? []).map(([key]) => String(key));
    },
    known: (blobKeys) => readKnown(reader, blobKeys),
    audit: (archive) => readAudit(reader, archive),
    everAdded: (archive, uids) => readEverAdded(reader, archive, uids),
    lastRevision: () => readLastRevision(reader),
    async continueAfter(revision) {
      await writer.submit(continueItem(revision));
    },
    everything: (archive) => readEverything(reader, archive),
    whole: (archive, revisions) => readWhole(reader, archive, revisions),
    ...removalRecords(reader, writer),
    ...apiKeys(db),
    ...sharedState(reader, writer),
    async close() {
      await writer.close();
      await reader.close();
    },
  };
}
