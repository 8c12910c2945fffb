/**
 * Instances with everything that was said of them when they were added, for another index.
 * @module
 */
import { givenAttributes } from "./columns.ts";
import type { Reader } from "./connection.ts";
import type { AttributeValues, NewInstance } from "./index.ts";
import { INSTANCE_COLUMNS, instanceOf, type InstanceTuple } from "./rows.ts";

/** Rows of one statement: a remote libSQL answers with 64 MB at most, and a row may have two values of 1 MB. */
const GROUP_ROWS = 16;

/** Attributes by keyword, in the order of their columns. */
const PATIENT = givenAttributes("patient")
  .map(({ keyword }) => ({ keyword, column: `patient."${keyword}"` }));

/** The same, of an instance. Studies repeat those of patients. */
const ATTRIBUTES = ([
  ["study", "patient"],
  ["study", "study"],
  ["series", "series"],
  ["instance", "instance"],
] as const).flatMap(([table, level]) =>
  givenAttributes(level).map(({ keyword }) => ({ keyword, column: `${table}."${keyword}"` }))
);

const WHOLE = `SELECT json_array(${INSTANCE_COLUMNS}),
    json_array(${columnsOf(ATTRIBUTES)}), json_array(${columnsOf(PATIENT)}),
    headers.pieces, headers.places
  FROM json_each(?) AS wanted
  CROSS JOIN instances AS instance ON instance.revision = wanted.value
  CROSS JOIN headers ON headers.revision = instance.revision
  CROSS JOIN series ON series.id = instance.series_id
  CROSS JOIN studies AS study ON study.id = instance.study_id
  CROSS JOIN patients AS patient ON patient.id = study.patient_id
  CROSS JOIN archives AS archive ON archive.id = instance.archive_id
  WHERE archive.name = ? ORDER BY instance.revision`;

type WholeRow = readonly [
  tuple: string,
  attributes: string,
  patient: string,
  pieces: Uint8Array,
  places: Uint8Array,
];

/** See `Index.whole`. */
export async function readWhole(
  reader: Reader,
  archive: string,
  revisions: readonly number[],
): Promise<readonly NewInstance[]> {
  const instances: NewInstance[] = [];
  for (let at = 0; at < revisions.length; at += GROUP_ROWS) {
    const group = JSON.stringify(revisions.slice(at, at + GROUP_ROWS));
    const { rows } = await reader.rows(WHOLE, [group, archive]);
    for (const row of rows as unknown as WholeRow[]) instances.push(wholeOf(archive, row));
  }
  return instances;
}

function wholeOf(archive: string, row: WholeRow): NewInstance {
  const [tuple, attributes, patient, pieces, places] = row;
  const { revision: _, NumberOfFrames: __, headerVersion, damage, ...object } = instanceOf(
    JSON.parse(tuple) as InstanceTuple,
  );
  const header = { version: headerVersion, pieces, places };
  return {
    archive,
    object,
    attributes: valuesOf(ATTRIBUTES, attributes),
    patient: valuesOf(PATIENT, patient),
    header: damage === undefined ? header : { ...header, damage },
  };
}

/** Values as one JSON text gives them. */
function valuesOf(columns: typeof PATIENT, json: string): AttributeValues {
  const values = JSON.parse(json) as string[];
  return Object.fromEntries(columns.map(({ keyword }, at) => [keyword, values[at] ?? ""]));
}

function columnsOf(columns: typeof PATIENT): string {
  return columns.map(({ column }) => column).join(", ");
}
