/**
 * Making an instance visible: a fixed list of statements without branches, so that a batch can be
 * sent as a whole. Each of them does nothing where an earlier arrival has done its work.
 * @module
 */
import type { SearchAttribute } from "../../lib/query/attributes.ts";
import { wordsText } from "../../lib/query/words.ts";
import { givenAttributes, hasKeyColumn, keyColumn, keyOf, termsOf } from "./columns.ts";
import type { WriteResult } from "./connection.ts";
import type { AddOutcome, NewInstance } from "./index.ts";
import type { Statement, WriteItem } from "./messages.ts";
import { INSTANCE_COLUMNS, instanceOf, type InstanceTuple } from "./rows.ts";
import { statement } from "./statement.ts";

const PATIENT = givenAttributes("patient");
const STUDY = [...PATIENT, ...givenAttributes("study")];
const SERIES = givenAttributes("series");
// The class and the identifier come with the stored object.
const INSTANCE = givenAttributes("instance")
  .filter(({ keyword }) => keyword !== "SOPClassUID" && keyword !== "SOPInstanceUID");

/** Patient and study attributes in which an instance may disagree with its study. */
const SHARED = STUDY.map(({ keyword }) => keyword)
  .filter((keyword) => keyword !== "StudyInstanceUID");

const GIVEN = [...STUDY, ...SERIES, ...INSTANCE];

function columnsOf(attributes: readonly SearchAttribute[]): string[] {
  return attributes.flatMap((entry) =>
    hasKeyColumn(entry) ? [entry.keyword, keyColumn(entry)] : [entry.keyword]
  );
}

const quoted = (columns: readonly string[]) => columns.map((name) => `"${name}"`).join(", ");
const ofPatient = (column: string) => `patient_${column}`;
const bound = (columns: readonly string[]) => columns.map((name) => `:${name}`).join(", ");

const NEW = `NOT EXISTS (SELECT 1 FROM instances
  WHERE archive_id = archive.id AND SOPInstanceUID = :SOPInstanceUID)
  AND NOT (ifnull(:again, 0) AND EXISTS (SELECT 1 FROM tombstones
    WHERE blob_key = :blobKey AND removed_at IS NOT :removedAt))`;

const STUDY_OF = `studies AS study ON study.archive_id = archive.id
  AND study.StudyInstanceUID = :StudyInstanceUID`;

const SERIES_OF = `series ON series.archive_id = archive.id
  AND series.SeriesInstanceUID = :SeriesInstanceUID AND series.study_id = study.id`;

/**
 * The statements of `add`; two return rows. Where an earlier attempt may have made the row of the
 * same blob (`again`), it is taken for made now; where it has been removed since, it stays so.
 */
export const ADD: readonly Statement[] = [
  // With its series an instance finds its study and patient there too.
  statement(
    `SELECT 1 FROM archives AS archive CROSS JOIN ${STUDY_OF} CROSS JOIN ${SERIES_OF}
    WHERE archive.name = :archive`,
    { skips: 6 },
  ),
  statement(`INSERT INTO patients (archive_id, unidentified, ${quoted(columnsOf(PATIENT))})
    SELECT archive.id, :unidentified, ${bound(columnsOf(PATIENT).map(ofPatient))}
    FROM archives AS archive
    WHERE archive.name = :archive AND ${NEW} AND NOT EXISTS (SELECT 1 FROM studies
      WHERE archive_id = archive.id AND StudyInstanceUID = :StudyInstanceUID)
    ON CONFLICT DO NOTHING`),
  statement(`INSERT INTO studies (archive_id, patient_id, words, ${quoted(columnsOf(STUDY))})
    SELECT archive.id, patient.id, :words, ${bound(columnsOf(STUDY))} FROM archives AS archive
    CROSS JOIN patients AS patient ON patient.archive_id = archive.id
      AND patient.PatientID = :PatientID AND patient.IssuerOfPatientID = :IssuerOfPatientID
      AND patient.unidentified = :unidentified
    WHERE archive.name = :archive AND ${NEW}
    ON CONFLICT DO NOTHING`),
  statement(`INSERT INTO series (archive_id, study_id, ${quoted(columnsOf(SERIES))})
    SELECT archive.id, study.id, ${bound(columnsOf(SERIES))} FROM archives AS archive
    CROSS JOIN ${STUDY_OF} WHERE archive.name = :archive AND ${NEW}
    ON CONFLICT DO NOTHING`),
  terms("patientTerms", "patient.id", "patient.NumberOfPatientRelatedInstances"),
  terms("studyTerms", "study.id", "study.NumberOfStudyRelatedInstances"),
  terms("seriesTerms", "series.id", "series.NumberOfSeriesRelatedInstances"),
  statement(
    `INSERT INTO instances (archive_id, study_id, series_id, SOPClassUID, SOPInstanceUID,
      TransferSyntaxUID, ${quoted(columnsOf(INSTANCE))}, blob_key, size, data_set_offset,
      prefix_digest, data_set_digest, header_version, damage)
    SELECT archive.id, study.id, series.id, :SOPClassUID, :SOPInstanceUID, :TransferSyntaxUID,
      ${bound(columnsOf(INSTANCE))}, :blobKey, :size, :dataSetOffset, :prefixDigest,
      :dataSetDigest, :headerVersion, :damage
    FROM archives AS archive CROSS JOIN ${STUDY_OF} CROSS JOIN ${SERIES_OF}
    WHERE archive.name = :archive AND ${NEW}
    RETURNING revision`,
    { returns: true },
  ),
  statement(`INSERT INTO headers (revision, pieces, places)
    SELECT revision, :pieces, :places FROM instances WHERE blob_key = :blobKey
    ON CONFLICT DO NOTHING`),
  statement(
    `SELECT json_array(${INSTANCE_COLUMNS}, ${
      SHARED.map((keyword) => `study."${keyword}"`).join(", ")
    }, ifnull(:again, 0) AND instance.blob_key = :blobKey)
    FROM archives AS archive
    CROSS JOIN instances AS instance ON instance.archive_id = archive.id
      AND instance.SOPInstanceUID = :SOPInstanceUID
    CROSS JOIN series ON series.id = instance.series_id
    CROSS JOIN studies AS study ON study.id = instance.study_id
    WHERE archive.name = :archive
    UNION ALL SELECT revision FROM tombstones WHERE ifnull(:again, 0) AND blob_key = :blobKey`,
    { returns: true },
  ),
];

/** Terms of a row that has no instance yet: the one that is being added made it. */
function terms(values: string, owner: string, count: string): Statement {
  return statement(`INSERT INTO terms (archive_id, field, term, owner, uses)
    SELECT archive.id, entry.value ->> 0, entry.value ->> 1, ${owner}, 1
    FROM archives AS archive CROSS JOIN ${STUDY_OF}
    CROSS JOIN patients AS patient ON patient.id = study.patient_id
    CROSS JOIN ${SERIES_OF}
    CROSS JOIN json_each(:${values}) AS entry
    WHERE archive.name = :archive AND ${count} = 0
    ON CONFLICT DO NOTHING`);
}

/** The values of `add`'s statements. */
export function addItem(instance: NewInstance, program: readonly Statement[] = ADD): WriteItem {
  const { object, header, attributes } = instance;
  const valueOf = (keyword: string) => attributes[keyword] ?? "";
  const ofThePatient = instance.patient ?? attributes;
  const patientValueOf = (keyword: string) => ofThePatient[keyword] ?? "";
  const patient = columnValues(PATIENT, patientValueOf)
    .map(([column, value]) => [ofPatient(column), value] as const);
  return {
    program,
    values: {
      ...Object.fromEntries(patient),
      ...Object.fromEntries(columnValues(GIVEN, valueOf)),
      ...object,
      archive: instance.archive,
      words: wordsText(valueOf),
      unidentified: unidentified(valueOf),
      patientTerms: JSON.stringify(termsOf("patient", patientValueOf)),
      studyTerms: JSON.stringify(termsOf("study", valueOf)),
      seriesTerms: JSON.stringify(termsOf("series", valueOf)),
      headerVersion: header.version,
      damage: header.damage ?? "",
      removedAt: instance.removedAt ?? null,
    },
    blobs: { pieces: header.pieces, places: header.places },
    repeatable: true,
  };
}

/** Values of the columns of attributes. */
function columnValues(
  attributes: readonly SearchAttribute[],
  valueOf: (keyword: string) => string,
): (readonly [column: string, value: string])[] {
  return attributes.flatMap((attribute) => {
    const { keyword, match } = attribute;
    const value = valueOf(keyword);
    const own = [keyword, value] as const;
    return hasKeyColumn(attribute) ? [own, [keyColumn(attribute), keyOf(match, value)]] : [own];
  });
}

/** Without a Patient ID, those of the same name and birth date are taken for one patient. */
function unidentified(valueOf: (keyword: string) => string): string {
  if (valueOf("PatientID") !== "") return "";
  return `${keyOf("name", valueOf("PatientName"))}\\${valueOf("PatientBirthDate")}`;
}

/** What `ADD` returned. */
export function addOutcome(instance: NewInstance, result: WriteResult): AddOutcome {
  const [inserted, found] = result;
  const json = found?.[0]?.[0];
  if (typeof json === "number") return { kind: "added", revision: json, disagrees: [] };
  if (typeof json !== "string") {
    return { kind: "failed", error: new Error(`There is no archive ${instance.archive}`) };
  }
  const tuple = JSON.parse(json) as [...InstanceTuple, ...shared: string[], mine: 0 | 1];
  const row = instanceOf(tuple as unknown as InstanceTuple);
  const mine = (inserted?.length ?? 0) > 0 || tuple.at(-1) === 1;
  if (!mine) return { kind: "exists", existing: row };
  const shared = tuple.slice(ROW_LENGTH);
  const disagrees = SHARED.filter((keyword, index) =>
    shared[index] !== (instance.attributes[keyword] ?? "")
  );
  return { kind: "added", revision: row.revision, disagrees };
}

const ROW_LENGTH: InstanceTuple["length"] = 14;
