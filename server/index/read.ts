/**
 * Reading what is stored: state of a scope, rows in pages, headers.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { InstanceRow, Scope, ScopeState, Totals } from "./index.ts";
import type { SqlValue } from "./messages.ts";
import { INSTANCE_COLUMNS, instanceOf, type InstanceTuple } from "./rows.ts";
import { entityOf, instancesOf, tombstoneScope } from "./scope.ts";
import { statement } from "./statement.ts";

/** Rows of one page: few enough to leave the reader to others soon. */
const PAGE_ROWS = 500;

/** Header bytes that are in memory at a time, unless a single header has more. */
const PAGE_BYTES = 8 * 1024 * 1024;

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
  for await (const page of pages(reader, archive, scope)) yield page.map(({ row }) => row);
}

/** See `Index.metadata`. */
export async function* readMetadata(
  reader: Reader,
  archive: string,
  scope: Scope,
): AsyncGenerator<readonly (InstanceRow & { readonly pieces: Uint8Array })[]> {
  for await (const page of pages(reader, archive, scope)) {
    for (const group of bySize(page)) {
      const headers = await readPieces(reader, group.map(({ row }) => row.revision));
      // What was removed since the page was read is left out, as if the page had been read later.
      yield group.flatMap(({ row }) => {
        const header = headers.get(row.revision);
        return header === undefined ? [] : [{ ...row, ...header }];
      });
    }
  }
}

/** Metadata pieces of revisions, with the version of the scanner that made them. */
export async function readPieces(
  reader: Reader,
  revisions: readonly number[],
): Promise<ReadonlyMap<number, { readonly headerVersion: number; readonly pieces: Uint8Array }>> {
  const { rows } = await reader.rows(PIECES, [JSON.stringify(revisions)]);
  return new Map(
    (rows as [number, number, Uint8Array][])
      .map(([revision, headerVersion, pieces]) => [revision, { headerVersion, pieces }] as const),
  );
}

const PIECES = `SELECT instance.revision, instance.header_version, headers.pieces
  FROM json_each(?) AS wanted
  CROSS JOIN instances AS instance ON instance.revision = wanted.value
  CROSS JOIN headers ON headers.revision = instance.revision`;

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

interface PagedRow {
  readonly row: InstanceRow;
  /** Bytes of its metadata pieces. */
  readonly bytes: number;
}

/** Place of a row in the order of pages. */
type PageKey = readonly [
  study: number,
  SeriesNumber: string,
  series: number,
  InstanceNumber: string,
  revision: number,
];

async function* pages(
  reader: Reader,
  archive: string,
  scope: Scope,
): AsyncGenerator<readonly PagedRow[]> {
  const { order, after } = pageOrder(scope);
  const first = pageSql(scope, { order, after: "" });
  const following = pageSql(scope, { order, after });
  let key: PageKey | undefined;
  while (true) {
    const [study, seriesNumber, series, instanceNumber, revision] = key ?? [];
    const values = { ...scope, archive, study, seriesNumber, series, instanceNumber, revision };
    const sql = key === undefined ? first : following;
    const tuples = await json(reader, sql, values as Values) as [
      ...InstanceTuple,
      bytes: number,
      ...PageKey,
    ][];
    const last = tuples.at(-1);
    if (last === undefined) return;
    yield tuples.map((tuple) => ({
      row: instanceOf(tuple as unknown as InstanceTuple),
      bytes: tuple[14],
    }));
    if (tuples.length < PAGE_ROWS) return;
    key = [last[15], last[16], last[17], last[18], last[19]];
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
  return `SELECT json_group_array(json_array(${INSTANCE_COLUMNS}, length(headers.pieces),
      study.id, ${SERIES_KEY}, ${INSTANCE_KEY})) FROM (
      SELECT instance.revision FROM ${from} WHERE ${where} ${after}
      ORDER BY ${order} LIMIT ${PAGE_ROWS}
    ) AS page
    CROSS JOIN instances AS instance ON instance.revision = page.revision
    CROSS JOIN headers ON headers.revision = page.revision
    CROSS JOIN series ON series.id = instance.series_id
    CROSS JOIN studies AS study ON study.id = instance.study_id`;
}

/** Splits a page so that the headers of each part fit into memory together. */
function bySize(page: readonly PagedRow[]): PagedRow[][] {
  const groups: PagedRow[][] = [];
  let bytes = Infinity;
  for (const entry of page) {
    bytes += entry.bytes;
    if (bytes > PAGE_BYTES) {
      groups.push([]);
      bytes = entry.bytes;
    }
    groups.at(-1)?.push(entry);
  }
  return groups;
}
