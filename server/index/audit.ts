/**
 * The rows of an archive held against each other: what belongs together is there, and numbers that
 * triggers keep are those of the rows. Walks all of an archive, in the order in which it lies.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { IndexFault, Totals } from "./index.ts";
import type { SqlValue } from "./messages.ts";

/** Faults of a kind that are named; where there are more, the index is to be built anew anyway. */
const NAMED_MAX = 1000;

/** See `Index.audit`. */
export async function readAudit(reader: Reader, archive: string): Promise<IndexFault[]> {
  const [headers, series, ofSeries, ofStudies, totals] = await Promise.all(
    [NO_HEADER, NO_SERIES, SERIES_COUNTS, STUDY_COUNTS, TOTALS].map((sql) =>
      reader.rows(sql, [archive])
    ),
  );
  return [
    ...rowFaults("no header", headers?.rows),
    ...rowFaults("no series", series?.rows),
    ...[...ofSeries?.rows ?? [], ...ofStudies?.rows ?? []].map(([UID, said, counted]) => ({
      kind: "count" as const,
      UID: String(UID),
      said: Number(said),
      counted: Number(counted),
    })),
    ...totalsFaults(totals?.rows[0]),
  ];
}

type Row = readonly SqlValue[];

function rowFaults(kind: "no header" | "no series", rows: readonly Row[] = []): IndexFault[] {
  return rows.map(([blobKey, uid]) => ({
    kind,
    blobKey: String(blobKey),
    SOPInstanceUID: String(uid),
  }));
}

function totalsFaults(row: Row = []): IndexFault[] {
  const [said, counted] = [row.slice(0, 4), row.slice(4)];
  if (said.every((value, i) => value === counted[i])) return [];
  return [{ kind: "totals", said: totalsOf(said), counted: totalsOf(counted) }];
}

function totalsOf([studies, series, instances, bytes]: Row): Totals {
  return {
    studies: Number(studies),
    series: Number(series),
    instances: Number(instances),
    bytes: Number(bytes),
  };
}

const ARCHIVE = "(SELECT id FROM archives WHERE name = ?)";

// The plus keeps the planner from an index of the archive: all of it is read anyway.
const NO_HEADER = `SELECT blob_key, SOPInstanceUID FROM instances AS instance
  WHERE +archive_id = ${ARCHIVE}
    AND NOT EXISTS (SELECT 1 FROM headers WHERE headers.revision = instance.revision)
  LIMIT ${NAMED_MAX}`;

const NO_SERIES = `SELECT blob_key, SOPInstanceUID FROM instances AS instance
  WHERE +archive_id = ${ARCHIVE}
    AND NOT EXISTS (SELECT 1 FROM series CROSS JOIN studies ON studies.id = series.study_id
      WHERE series.id = instance.series_id AND studies.id = instance.study_id)
  LIMIT ${NAMED_MAX}`;

const SERIES_COUNTS = `SELECT * FROM (
    SELECT SeriesInstanceUID, NumberOfSeriesRelatedInstances AS said,
      (SELECT count(*) FROM instances WHERE series_id = series.id) AS counted
    FROM series WHERE +archive_id = ${ARCHIVE})
  WHERE said <> counted LIMIT ${NAMED_MAX}`;

const STUDY_COUNTS = `SELECT * FROM (
    SELECT StudyInstanceUID, NumberOfStudyRelatedInstances AS said,
      (SELECT ifnull(sum(NumberOfSeriesRelatedInstances), 0) FROM series
        WHERE study_id = studies.id) AS counted
    FROM studies WHERE +archive_id = ${ARCHIVE})
  WHERE said <> counted LIMIT ${NAMED_MAX}`;

const TOTALS = `SELECT studies, series, instances, bytes,
    (SELECT count(*) FROM studies WHERE archive_id = archives.id),
    (SELECT count(*) FROM series WHERE archive_id = archives.id),
    (SELECT count(*) FROM instances WHERE archive_id = archives.id),
    (SELECT ifnull(sum(size), 0) FROM instances WHERE +archive_id = archives.id)
  FROM archives WHERE name = ?`;

/** See `Index.everAdded`. */
export async function readEverAdded(
  reader: Reader,
  archive: string,
  uids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (uids.length === 0) return new Set();
  const { rows } = await reader.rows(EVER_ADDED, [archive, JSON.stringify(uids)]);
  return new Set(rows.map(([uid]) => String(uid)));
}

const EVER_ADDED = `SELECT DISTINCT SOPInstanceUID FROM changes
  WHERE archive_id = ${ARCHIVE} AND kind = 'added'
    AND SOPInstanceUID IN (SELECT value FROM json_each(?))`;
