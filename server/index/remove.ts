/**
 * Removing and replacing: rows become tombstones in one transaction, by sets.
 * @module
 */
import { ADD } from "./add.ts";
import type { HeaderRecord, Scope } from "./index.ts";
import type { Statement, WriteItem } from "./messages.ts";
import { OBJECT_COLUMNS } from "./rows.ts";
import { instancesOf, tombstoneScope } from "./scope.ts";
import { statement } from "./statement.ts";

const OBJECT = `StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID,
  TransferSyntaxUID, blob_key, size, data_set_offset, prefix_digest, data_set_digest`;

/** Makes the instances of a scope invisible; the returning statement gives how many they were. */
export function removeItem(archive: string, scope: Scope, at: number): WriteItem {
  const { from, where } = instancesOf(scope);
  // An earlier attempt that was applied left tombstones of its own time.
  const own = `FROM archives AS archive
    CROSS JOIN tombstones ON tombstones.archive_id = archive.id
    WHERE archive.name = :archive ${tombstoneScope(scope)}
      AND removed_at = :at AND reason = 'deleted'`;
  const program = [
    // What was stored since then stays.
    statement(`INSERT OR REPLACE INTO tombstones
        (revision, archive_id, ${OBJECT}, removed_at, reason)
      SELECT instance.revision, archive.id, ${OBJECT_COLUMNS}, :at, 'deleted'
      FROM ${from} WHERE ${where} AND NOT (ifnull(:again, 0) AND EXISTS (SELECT 1 ${own}))`),
    statement(`DELETE FROM instances WHERE revision IN (
      SELECT instance.revision FROM ${from} WHERE ${where}
        AND EXISTS (SELECT 1 FROM tombstones WHERE revision = instance.revision))`),
    statement(`SELECT CASE WHEN :again THEN (SELECT count(*) ${own}) ELSE changes() END`, {
      returns: true,
    }),
  ];
  return { program, values: { ...scope, archive, at }, blobs: {}, repeatable: true };
}

/** The statements of `replace`: the old revision goes, then as `add`. */
export const REPLACE: readonly Statement[] = [
  statement(`INSERT OR REPLACE INTO tombstones
      (revision, archive_id, ${OBJECT}, removed_at, reason)
    SELECT instance.revision, instance.archive_id, ${OBJECT_COLUMNS}, :at, 'replaced'
    FROM instances AS instance CROSS JOIN series ON series.id = instance.series_id
    CROSS JOIN studies AS study ON study.id = instance.study_id
    WHERE instance.revision = :replaced`),
  statement("DELETE FROM instances WHERE revision = :replaced"),
  ...ADD,
];

/** A newer scanner's header. An older one that comes late changes nothing. */
export function headerItem(revision: number, header: HeaderRecord): WriteItem {
  return {
    program: SET_HEADER,
    values: { revision, version: header.version, damage: header.damage ?? "" },
    blobs: { pieces: header.pieces, places: header.places },
    repeatable: true,
  };
}

const SET_HEADER: readonly Statement[] = [
  statement(`UPDATE headers SET pieces = :pieces, places = :places WHERE revision = :revision
    AND :version >= (SELECT header_version FROM instances WHERE revision = :revision)`),
  statement(`UPDATE instances SET header_version = :version, damage = :damage
    WHERE revision = :revision AND header_version < :version`),
];
