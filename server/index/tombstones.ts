/**
 * What was removed, until its blob is gone and after.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { BlobStanding, Scope, Tombstone } from "./index.ts";
import type { SqlValue, WriteItem } from "./messages.ts";
import { objectOf, type ObjectTuple } from "./rows.ts";
import { tombstoneScope } from "./scope.ts";
import { statement } from "./statement.ts";

const COLUMNS = `StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID,
  TransferSyntaxUID, blob_key, size, data_set_offset, prefix_digest, data_set_digest,
  archive.name AS archive, removed_at, reason, record, reaped`;

type TombstoneTuple = readonly [
  ...object: ObjectTuple,
  archive: string,
  removedAt: number,
  reason: Tombstone["reason"],
  record: string,
  reaped: 0 | 1,
];

/** See `Index.removed`. */
export function readRemoved(
  reader: Reader,
  archive: string,
  scope: Scope,
): Promise<readonly Tombstone[]> {
  return read(
    reader,
    `SELECT ${COLUMNS} FROM archives AS archive
      CROSS JOIN tombstones ON tombstones.archive_id = archive.id
      WHERE archive.name = :archive ${tombstoneScope(scope)}
        AND reason = 'deleted' AND reaped = 0
      ORDER BY removed_at DESC, revision DESC`,
    { ...scope, archive },
  );
}

/** See `Index.reap`. */
export function reapItem(before: number, limit: number): WriteItem {
  // Keys that were given in an answer that is lost are not given again.
  return { program: REAP, values: { before, limit }, blobs: {}, repeatable: false };
}

const REAP = [
  statement(
    `UPDATE tombstones SET reaped = 1 WHERE revision IN (
      SELECT revision FROM tombstones WHERE reaped = 0 AND removed_at < :before
      ORDER BY removed_at, revision LIMIT :limit)
    RETURNING blob_key`,
    { returns: true },
  ),
];

/** See `Index.known`. */
export async function readKnown(
  reader: Reader,
  blobKeys: readonly string[],
): Promise<ReadonlyMap<string, BlobStanding>> {
  const keys = JSON.stringify(blobKeys);
  const { rows } = await reader.rows(KNOWN, [keys, keys]);
  return new Map(rows.map(([key, reaped]) => [String(key), reaped === 1 ? "reaped" : "kept"]));
}

const KNOWN = `SELECT blob_key, 0 FROM instances
  WHERE blob_key IN (SELECT value FROM json_each(?))
  UNION ALL SELECT blob_key, reaped FROM tombstones
  WHERE blob_key IN (SELECT value FROM json_each(?))`;

/** See `Index.unrecorded`. */
export function readUnrecorded(reader: Reader, limit: number): Promise<readonly Tombstone[]> {
  return read(
    reader,
    `SELECT ${COLUMNS} FROM tombstones CROSS JOIN archives AS archive
      ON archive.id = tombstones.archive_id
      WHERE record = '' ORDER BY tombstones.revision LIMIT :limit`,
    { limit },
  );
}

/** See `Index.tombstones`. */
export async function* readTombstones(reader: Reader): AsyncGenerator<readonly Tombstone[]> {
  let after = "";
  while (true) {
    const page = await read(
      reader,
      `SELECT ${COLUMNS} FROM tombstones CROSS JOIN archives AS archive
        ON archive.id = tombstones.archive_id
        WHERE blob_key > :after ORDER BY blob_key LIMIT ${PAGE_ROWS}`,
      { after },
    );
    if (page.length > 0) yield page;
    const last = page[PAGE_ROWS - 1];
    if (last === undefined) return;
    after = last.blobKey;
  }
}

/** Tombstones of one page. */
const PAGE_ROWS = 500;

/** See `Index.buried`. */
export function readBuried(
  reader: Reader,
  blobKeys: readonly string[],
): Promise<readonly Tombstone[]> {
  return read(
    reader,
    `SELECT ${COLUMNS} FROM tombstones CROSS JOIN archives AS archive
      ON archive.id = tombstones.archive_id
      WHERE blob_key IN (SELECT value FROM json_each(:blobKeys))`,
    { blobKeys: JSON.stringify(blobKeys) },
  );
}

async function read(
  reader: Reader,
  sql: string,
  values: Readonly<Record<string, SqlValue>>,
): Promise<readonly Tombstone[]> {
  const { sql: positional, names } = statement(sql);
  const { rows } = await reader.rows(positional, names.map((name) => values[name] ?? null));
  return (rows as unknown as TombstoneTuple[]).map((tuple) => ({
    archive: tuple[10],
    blobKey: tuple[5],
    object: objectOf(tuple),
    removedAt: tuple[11],
    reason: tuple[12],
    record: tuple[13],
    reaped: tuple[14] === 1,
  }));
}
