/**
 * Reading what is stored: state of a scope, rows in pages, headers.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { InstanceRow, Scope, ScopeState, Totals } from "./index.ts";
import type { SqlValue } from "./messages.ts";
import { type Pieces, readPieces, readWithPieces } from "./pieces.ts";
import { INSTANCE_COLUMNS, instanceOf, type InstanceTuple } from "./rows.ts";
import { entityOf, instancesOf, tombstoneScope } from "./scope.ts";
import { statement } from "./statement.ts";

/** Rows of one page: few enough to leave the reader to others soon. */
const PAGE_ROWS = 500;

/** Runs a statement with named parameters that gives one JSON text (or null). */
async function json(reader: Reader, sql: string, values: Values): Promise<unknown> {
  const { sql: positional, parameters } = bind(sql, values);
  const text = await reader.value(positional, parameters);
  return typeof text === "string" ? JSON.parse(text) : undefined;
}

type Values = Readonly<Record<string, SqlValue>>;

function bind(sql: string, values: Values): { sql: string; parameters: SqlValue[] } {
  const { sql: positional, names } = statement(sql);
  return { sql: positional, parameters: names.map((name) => values[name] ?? null) };
}

/** See `Index.state`. */
export async function readState(
  reader: Reader,
  archive: string,
  scope: Scope,
): Promise<ScopeState> {
  const { from, where, level } = entityOf(scope);
  const found = await json(
    reader,
    `SELECT json_array(
      (SELECT json_array(${COUNTED[level]}) FROM ${from} WHERE ${where}),
      EXISTS (SELECT 1 FROM archives AS archive
        CROSS JOIN tombstones ON tombstones.archive_id = archive.id
        WHERE archive.name = :archive AND reason = 'deleted' ${tombstoneScope(scope)}))`,
    { ...scope, archive },
  ) as [[revision: number | null, instances: number | null] | null, 0 | 1];
  const [present, deleted] = found;
  const [revision, instances] = present ?? [null, null];
  if (revision !== null && instances !== null && instances > 0) {
    return { kind: "present", revision, instances };
  }
  return { kind: deleted === 1 ? "deleted" : "unknown" };
}

/** See `Index.totals`. */
export async function readTotals(reader: Reader, archive: string): Promise<Totals> {
  const sql = `SELECT json_object('studies', studies, 'series', series, 'instances', instances,
    'bytes', bytes) FROM archives WHERE name = :archive`;
  const found = await json(reader, sql, { archive });
  return found as Totals | undefined ?? { studies: 0, series: 0, instances: 0, bytes: 0 };
}

/** The standard defines some 70 modalities. */
const MODALITIES = 100;

/** See `Index.modalities`. One step of the index for each of them, however many studies have it. */
export async function readModalities(
  reader: Reader,
  archive: string,
): Promise<readonly string[]> {
  const least = (beyond: string) =>
    `(SELECT min(term) FROM terms WHERE archive_id = (SELECT id FROM archives WHERE name = :archive)
      AND field = 'study.ModalitiesInStudy' ${beyond})`;
  const sql = `WITH RECURSIVE known (name) AS (
      SELECT ${least("")}
      UNION ALL SELECT ${least("AND term > known.name")} FROM known WHERE name IS NOT NULL
      LIMIT ${MODALITIES})
    SELECT json_group_array(name) FROM known WHERE name IS NOT NULL`;
  return await json(reader, sql, { archive }) as string[];
}

/** Revision and number of instances of what a scope names. */
const COUNTED = {
  archive: `(SELECT max(id) FROM changes WHERE archive_id = archive.id),
    (SELECT sum(NumberOfPatientRelatedInstances) FROM patients WHERE archive_id = archive.id)`,
  study: "study.revision, study.NumberOfStudyRelatedInstances",
  series: "series.revision, series.NumberOfSeriesRelatedInstances",
  instance: "instance.revision, 1",
} as const;

/** See `Index.instances`. */
export async function* readInstances(
  reader: Reader,
  archive: string,
  scope: Scope,
): AsyncGenerator<readonly InstanceRow[]> {
  const read = async (sql: string, parameters: readonly SqlValue[]) => ({
    tuples: JSON.parse(String(await reader.value(sql, parameters))) as PageTuple[],
  });
  for await (const { tuples } of pages(read, archive, scope)) yield tuples.map(rowOf);
}

/**
 * See `Index.metadata`. A page comes with its headers, and with a round trip more for each further
 * answer that these fill.
 */
export async function* readMetadata(
  reader: Reader,
  archive: string,
  scope: Scope,
): AsyncGenerator<readonly (InstanceRow & { readonly pieces: Uint8Array })[]> {
  // What was removed since the page was read is left out, as if the page had been read later.
  const found = (rows: readonly InstanceRow[], headers: ReadonlyMap<number, Pieces>) =>
    rows.flatMap((row) => {
      const header = headers.get(row.revision);
      return header === undefined ? [] : [{ ...row, ...header }];
    });
  const read = async (sql: string, parameters: readonly SqlValue[]) => {
    const place = { rows: "$", revision: "$[10]", limit: undefined };
    const { json, ...headers } = await readWithPieces(reader, sql, parameters, place);
    return { tuples: JSON.parse(json) as PageTuple[], ...headers };
  };
  for await (const { tuples, pieces, beyond } of pages(read, archive, scope)) {
    const rows = tuples.map(rowOf);
    yield found(rows, pieces);
    for await (const more of readPieces(reader, beyond)) yield found(rows, more);
  }
}

/** See `Index.places`. */
export async function readPlaces(
  reader: Reader,
  archive: string,
  scope: Required<Scope>,
): Promise<(InstanceRow & { readonly places: Uint8Array }) | undefined> {
  const { from, where } = entityOf(scope);
  const { sql, parameters } = bind(
    `SELECT json_array(${INSTANCE_COLUMNS}), headers.places FROM ${from}
      CROSS JOIN headers ON headers.revision = instance.revision WHERE ${where}`,
    { ...scope, archive },
  );
  const [row] = (await reader.rows(sql, parameters)).rows;
  if (row === undefined) return undefined;
  const [tuple, places] = row as [string, Uint8Array];
  return { ...instanceOf(JSON.parse(tuple) as InstanceTuple), places };
}

/** See `Index.everything`. */
export async function* readEverything(
  reader: Reader,
  archive: string,
): AsyncGenerator<readonly InstanceRow[]> {
  let after = 0;
  while (true) {
    const found = await json(reader, EVERYTHING, { archive, after });
    const [last, tuples] = found as [last: number | null, tuples: InstanceTuple[]];
    if (last === null) return;
    if (tuples.length > 0) yield tuples.map(instanceOf);
    after = last;
  }
}

/** The page's last revision beside its rows: one whose series or study is lost is not among them. */
const EVERYTHING = `WITH page AS MATERIALIZED (
    SELECT revision FROM instances
    WHERE +archive_id = (SELECT id FROM archives WHERE name = :archive) AND revision > :after
    ORDER BY revision LIMIT ${PAGE_ROWS}
  )
  SELECT json_array((SELECT max(revision) FROM page), (
    SELECT json_group_array(json_array(${INSTANCE_COLUMNS})) FROM page
    CROSS JOIN instances AS instance ON instance.revision = page.revision
    CROSS JOIN series ON series.id = instance.series_id
    CROSS JOIN studies AS study ON study.id = instance.study_id))`;

/** A row, and its place in the order of pages. */
type PageTuple = readonly [
  ...InstanceTuple,
  study: number,
  SeriesNumber: string,
  series: number,
  InstanceNumber: string,
  revision: number,
];

function rowOf(tuple: PageTuple): InstanceRow {
  return instanceOf(tuple as unknown as InstanceTuple);
}

/** Pages as `read` gives them for the statement of their JSON. */
async function* pages<Page extends { readonly tuples: readonly PageTuple[] }>(
  read: (sql: string, parameters: readonly SqlValue[]) => Promise<Page>,
  archive: string,
  scope: Scope,
): AsyncGenerator<Page> {
  const { order, after } = pageOrder(scope);
  let last: PageTuple | undefined;
  while (true) {
    const [study, seriesNumber, series, instanceNumber, revision] = last?.slice(14) ?? [];
    const values = { ...scope, archive, study, seriesNumber, series, instanceNumber, revision };
    const statement = pageSql(scope, { order, after: last === undefined ? "" : after });
    const { sql, parameters } = bind(statement, values as Values);
    const page = await read(sql, parameters);
    last = page.tuples.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.tuples.length < PAGE_ROWS) return;
  }
}

const INSTANCE_KEY = "instance.InstanceNumber_key, instance.revision";
const SERIES_KEY = "series.SeriesNumber_key, series.id";

/** The order below what a scope names, and what comes after a row in it, as ranges of indexes. */
function pageOrder(scope: Scope): { readonly order: string; readonly after: string } {
  const inSeries = `(series.id <> :series OR (${INSTANCE_KEY}) > (:instanceNumber, :revision))`;
  if (scope.SOPInstanceUID !== undefined || scope.SeriesInstanceUID !== undefined) {
    const order = `series.id, ${INSTANCE_KEY}`;
    return { order, after: `AND series.id >= :series AND ${inSeries}` };
  }
  return {
    order: `study.id, ${SERIES_KEY}, ${INSTANCE_KEY}`,
    after: `AND study.id >= :study
      AND (study.id > :study OR (${SERIES_KEY}) >= (:seriesNumber, :series)) AND ${inSeries}`,
  };
}

function pageSql(scope: Scope, { order, after }: { order: string; after: string }): string {
  const { from, where } = instancesOf(scope);
  return `SELECT json_group_array(json_array(${INSTANCE_COLUMNS},
      study.id, ${SERIES_KEY}, ${INSTANCE_KEY})) FROM (
      SELECT instance.revision FROM ${from} WHERE ${where} ${after}
      ORDER BY ${order} LIMIT ${PAGE_ROWS}
    ) AS page
    CROSS JOIN instances AS instance ON instance.revision = page.revision
    CROSS JOIN headers ON headers.revision = page.revision
    CROSS JOIN series ON series.id = instance.series_id
    CROSS JOIN studies AS study ON study.id = instance.study_id`;
}
