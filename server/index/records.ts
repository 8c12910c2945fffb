/**
 * The records of removals, as far as the index has to know of them; see migrations/removal_records.ts.
 * @module
 */
import type { Reader, Writer } from "./connection.ts";
import type { Index, Tombstone } from "./index.ts";
import type { Statement, WriteItem } from "./messages.ts";
import { statement } from "./statement.ts";
import { readBuried, readTombstones, readUnrecorded } from "./tombstones.ts";

/** Keys of one page. */
const PAGE_ROWS = 1000;

type RecordMethods = Pick<
  Index,
  | "unrecorded"
  | "beginRecord"
  | "endRecord"
  | "condemnRecords"
  | "staleRecords"
  | "forgetRecord"
  | "forgetRecords"
  | "records"
  | "recordedIn"
  | "tombstones"
  | "bury"
  | "buried"
  | "withdraw"
>;

/** The part of the index that keeps them. */
export function removalRecords(reader: Reader, writer: Writer): RecordMethods {
  return {
    unrecorded: (limit) => readUnrecorded(reader, limit),
    async beginRecord(key) {
      await writer.submit({ program: BEGIN, values: { key }, blobs: {}, repeatable: true });
    },
    async endRecord(key, blobKeys) {
      const values = { key, blobKeys: JSON.stringify(blobKeys) };
      await writer.submit({ program: END, values, blobs: {}, repeatable: true });
    },
    async condemnRecords() {
      const [condemned] = await writer.submit({
        program: CONDEMN,
        values: {},
        blobs: {},
        repeatable: true,
      });
      return (condemned ?? []).map(([key]) => String(key));
    },
    async staleRecords() {
      const { rows } = await reader.rows("SELECT key FROM stale_records ORDER BY key", []);
      return rows.map(([key]) => String(key));
    },
    async forgetRecord(key) {
      await writer.submit({ program: FORGET, values: { key }, blobs: {}, repeatable: true });
    },
    async forgetRecords() {
      await writer.submit({ program: FORGET_ALL, values: {}, blobs: {}, repeatable: true });
    },
    records: () => readRecords(reader),
    async recordedIn(key) {
      const sql = "SELECT blob_key FROM tombstones WHERE record = ?";
      const { rows } = await reader.rows(sql, [key]);
      return new Set(rows.map(([blobKey]) => String(blobKey)));
    },
    tombstones: () => readTombstones(reader),
    async bury(tombstones) {
      await Promise.all(tombstones.map((each) => writer.submit(buryItem(each, BURY))));
    },
    buried: (blobKeys) => readBuried(reader, blobKeys),
    async withdraw(tombstones) {
      await Promise.all(tombstones.map((each) => writer.submit(buryItem(each, WITHDRAW))));
    },
  };
}

async function* readRecords(reader: Reader): AsyncGenerator<readonly string[]> {
  let after = "";
  while (true) {
    const { rows } = await reader.rows(RECORDS, [after]);
    const keys = rows.map(([key]) => String(key));
    if (keys.length > 0) yield keys;
    const last = keys[PAGE_ROWS - 1];
    if (last === undefined) return;
    after = last;
  }
}

const RECORDS = `SELECT DISTINCT record FROM tombstones WHERE record > ?
  ORDER BY record LIMIT ${PAGE_ROWS}`;

/** Stale until it is said to be whole, so that what a crash leaves of it goes. */
const BEGIN = [statement("INSERT INTO stale_records (key) VALUES (:key) ON CONFLICT DO NOTHING")];

const END = [
  statement(`UPDATE tombstones SET record = :key
    WHERE record = '' AND blob_key IN (SELECT value FROM json_each(:blobKeys))
      AND EXISTS (SELECT 1 FROM stale_records WHERE key = :key AND condemned = 0)`),
  statement(`DELETE FROM stale_records WHERE key = :key
    AND json_array_length(:blobKeys) = (SELECT count(*) FROM tombstones WHERE record = :key)`),
  // It names one that lives again meanwhile: the others wait for a new record.
  statement(`UPDATE tombstones SET record = '' WHERE record = :key
    AND EXISTS (SELECT 1 FROM stale_records WHERE key = :key)`),
  // Condemned and forgotten before it was written.
  statement(`INSERT INTO stale_records (key)
    SELECT :key WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE record = :key)
    ON CONFLICT DO NOTHING`),
];

const CONDEMN = [
  statement("UPDATE stale_records SET condemned = 1 RETURNING key", { returns: true }),
];

const FORGET = [statement("DELETE FROM stale_records WHERE key = :key")];

const FORGET_ALL = [
  statement("UPDATE tombstones SET record = '' WHERE record <> ''"),
  statement("DELETE FROM stale_records"),
];

function buryItem(
  { archive, object, blobKey, removedAt, reason, reaped }: Tombstone,
  program: readonly Statement[],
): WriteItem {
  const values = { ...object, archive, blobKey, removedAt, reason, reaped: reaped ? 1 : 0 };
  return { program, values, blobs: {}, repeatable: true };
}

/** Revisions below zero are no instance's of this index. */
const BURY = [
  statement(`INSERT INTO tombstones (revision, archive_id, StudyInstanceUID, SeriesInstanceUID,
      SOPInstanceUID, SOPClassUID, TransferSyntaxUID, blob_key, size, data_set_offset,
      prefix_digest, data_set_digest, removed_at, reason, reaped)
    SELECT (SELECT min(0, ifnull(min(revision), 0)) - 1 FROM tombstones), id, :StudyInstanceUID,
      :SeriesInstanceUID, :SOPInstanceUID, :SOPClassUID, :TransferSyntaxUID, :blobKey, :size,
      :dataSetOffset, :prefixDigest, :dataSetDigest, :removedAt, :reason, :reaped
    FROM archives WHERE name = :archive
    ON CONFLICT (blob_key) DO NOTHING`),
];

const WITHDRAW = [
  statement(`DELETE FROM tombstones WHERE blob_key = :blobKey
    AND (removed_at <> :removedAt OR reason <> :reason)`),
  ...BURY,
  statement("UPDATE tombstones SET reaped = :reaped WHERE blob_key = :blobKey AND reaped = 0"),
  statement("DELETE FROM instances WHERE blob_key = :blobKey"),
];
