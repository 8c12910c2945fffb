/**
 * What an archive holds, by kind. Nothing here walks the instances: numbers are added up over series,
 * or over what the index keeps of each study.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { Summary } from "./index.ts";

/** See `Index.summary`. */
export async function readSummary(reader: Reader, archive: string): Promise<Summary> {
  const [modalities, classes, removed, dates] = await Promise.all(
    [MODALITIES, CLASSES, REMOVED, DATES].map((sql) => reader.rows(sql, [archive])),
  );
  const [kept, bytes] = removed?.rows[0] ?? [];
  const [first, last] = dates?.rows[0] ?? [];
  return {
    modalities: (modalities?.rows ?? []).map(([Modality, studies, series, instances]) => ({
      Modality: String(Modality),
      studies: Number(studies),
      series: Number(series),
      instances: Number(instances),
    })),
    SOPClasses: (classes?.rows ?? []).map(([SOPClassUID, instances]) => ({
      SOPClassUID: String(SOPClassUID),
      instances: Number(instances),
    })),
    removed: { instances: Number(kept), bytes: Number(bytes) },
    StudyDates: typeof first === "string" && typeof last === "string" ? { first, last } : undefined,
  };
}

const ARCHIVE = "(SELECT id FROM archives WHERE name = ?)";

const MODALITIES = `SELECT Modality, count(DISTINCT study_id), count(*),
    sum(NumberOfSeriesRelatedInstances) AS instances
  FROM series WHERE archive_id = ${ARCHIVE} GROUP BY Modality ORDER BY instances DESC, Modality`;

const CLASSES = `SELECT term, sum(uses) AS instances FROM terms
  WHERE archive_id = ${ARCHIVE} AND field = 'study.SOPClassesInStudy'
  GROUP BY term ORDER BY instances DESC, term`;

const REMOVED = `SELECT count(*), ifnull(sum(size), 0) FROM tombstones
  WHERE reaped = 0 AND archive_id = ${ARCHIVE}`;

const DATES = `SELECT min(StudyDate_key), max(StudyDate_key) FROM studies
  WHERE archive_id = ${ARCHIVE} AND StudyDate_key > ''`;
