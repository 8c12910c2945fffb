/**
 * Runs a search: a page of rows, the cursor after it, and the total where it is asked for.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import type { Level, Query } from "../../../lib/query/query.ts";
import { headerTags, returnedAttributes } from "../../../lib/query/returned.ts";
import type { Reader } from "../connection.ts";
import type { SearchPage, SearchRow } from "../index.ts";
import { readPieces } from "../read.ts";
import {
  boundStatement,
  compile,
  countStatement,
  pageStatement,
  walkCountStatement,
} from "./compile.ts";
import { type CursorValue, decodeCursor, encodeCursor } from "./cursor.ts";
import { fieldOf } from "./fields.ts";
import { type Plan, plansOf } from "./plan.ts";

/** How much one search may do. */
export interface SearchLimits {
  /** Rows that it may read while it looks for those that match. */
  readonly rowsWalked: number;
  /** Rows that it may sort for an order that the walk does not give. */
  readonly rowsSorted: number;
  /** Rows that it may read for a total. */
  readonly rowsCounted: number;
}

/** Some 20 ms of walking, 10 ms of sorting, 300 ms of counting. */
export const SEARCH_LIMITS: SearchLimits = {
  rowsWalked: 20_000,
  rowsSorted: 5_000,
  rowsCounted: 1_000_000,
};

const CONTINUES = "the next page continues from there";

/** Order keys, then columns. */
type Tuple = readonly (string | number | null)[];

/** See `Index.search`. Throws DecodeError for a cursor that is not of this search. */
export async function search(
  reader: Reader,
  archive: string,
  query: Query,
  limits: SearchLimits,
): Promise<SearchPage> {
  const plan = await choosePlan(reader, archive, query, limits);
  const signature = plan.keys.map(({ ref, descending }) => descending ? `-${ref}` : ref).join();
  const after = query.after === undefined
    ? undefined
    : decodeCursor(query.after, signature, plan.keys.length);
  const returned = returnedAttributes(query).map(({ attribute }) => attribute);
  const wantsHeader = headerTags(query) !== undefined;
  const columns = returned.map((attribute) => fieldOf(attribute, query.level).value);
  if (wantsHeader) columns.push(REPRESENTATIVE[query.level]);
  const bound = boundOf(plan, query, limits);
  const limit = query.limit === undefined ? -1 : query.limit + 1;
  const [found, total] = await Promise.all([
    read(reader, pageStatement(plan, { after, columns, limit, offset: query.offset, bound })),
    query.count ? countOf(reader, plan, query, limits) : undefined,
  ]);
  const all = found as Tuple[];
  const more = query.limit !== undefined && all.length > query.limit;
  const tuples = more ? all.slice(0, query.limit) : all;
  // A walk that was cut off says where, whether or not it found anything.
  const cut = more || bound < 0
    ? undefined
    : await read(reader, boundStatement(plan, after, bound)) as CursorValue[] | undefined;
  const next = more ? tuples.at(-1)?.slice(0, plan.keys.length) as CursorValue[] : cut;
  const warnings = [
    ...(cut === undefined ? [] : [`The search read ${bound} entries and stopped; ${CONTINUES}`]),
    ...(query.count && total === undefined ? ["There are too many entries to count"] : []),
  ];
  const rows = tuples.map((tuple): SearchRow => ({
    values: valuesOf(returned.map(({ keyword }) => keyword), tuple, plan.keys.length),
  }));
  return {
    rows: wantsHeader ? await withPieces(reader, rows, tuples) : rows,
    next: next && encodeCursor(signature, next),
    total,
    warnings,
  };
}

async function choosePlan(
  reader: Reader,
  archive: string,
  query: Query,
  limits: SearchLimits,
): Promise<Plan> {
  const { best, ordered } = plansOf(archive, query);
  // A study is always sorted whole: its rows lie together, in no other order.
  if (ordered === undefined || query.scope.StudyInstanceUID !== undefined) return best;
  const bound = limits.rowsSorted + 1;
  const met = await read(reader, walkCountStatement(best, bound)) as number;
  return met < bound ? best : ordered;
}

/** Rows that the walk may read: what it gives unfiltered is read only as far as the page goes. */
function boundOf(plan: Plan, query: Query, limits: SearchLimits): number {
  if (query.scope.StudyInstanceUID !== undefined || plan.sorted) return -1;
  return plan.filters.length === 0 && !plan.driver.anyArchive ? -1 : limits.rowsWalked;
}

async function countOf(
  reader: Reader,
  plan: Plan,
  query: Query,
  limits: SearchLimits,
): Promise<number | undefined> {
  const bound = query.scope.StudyInstanceUID === undefined ? limits.rowsCounted : -1;
  if (bound >= 0) {
    const met = await read(reader, walkCountStatement(plan, bound + 1)) as number;
    if (met > bound) return undefined;
    if (plan.filters.length === 0 && !plan.driver.anyArchive) return met;
  }
  return await read(reader, countStatement(plan, bound)) as number;
}

/** The revision of the instance whose header stands for a row. */
const REPRESENTATIVE: Readonly<Record<Level, RawBuilder<unknown>>> = {
  patient: sql`(SELECT instance.revision FROM studies AS of_patient
    CROSS JOIN series AS of_study INDEXED BY series_of_study ON of_study.study_id = of_patient.id
    CROSS JOIN instances AS instance INDEXED BY instances_of_series
      ON instance.series_id = of_study.id
    WHERE of_patient.patient_id = patient.id LIMIT 1)`,
  study: sql`(SELECT instance.revision FROM series AS of_study INDEXED BY series_of_study
    CROSS JOIN instances AS instance INDEXED BY instances_of_series
      ON instance.series_id = of_study.id
    WHERE of_study.study_id = study.id LIMIT 1)`,
  series: sql`(SELECT of_series.revision
    FROM instances AS of_series INDEXED BY instances_of_series
    WHERE of_series.series_id = series.id LIMIT 1)`,
  instance: sql`instance.revision`,
};

async function withPieces(
  reader: Reader,
  rows: readonly SearchRow[],
  tuples: readonly Tuple[],
): Promise<readonly SearchRow[]> {
  const revisions = tuples.map((tuple) => Number(tuple.at(-1)));
  const headers = await readPieces(reader, revisions);
  return rows.map((row, index) => {
    const header = headers.get(revisions[index] ?? 0);
    return header === undefined ? row : { ...row, pieces: header.pieces };
  });
}

function valuesOf(
  keywords: readonly string[],
  tuple: Tuple,
  from: number,
): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  keywords.forEach((keyword, index) => {
    const value = tuple[from + index] ?? null;
    values[keyword] = value === null || value === "" ? null : String(value);
  });
  return values;
}

/** The value of a statement that gives one number or JSON text; undefined where it gives none. */
async function read(reader: Reader, statement: RawBuilder<unknown>): Promise<unknown> {
  const { text, parameters } = compile(statement);
  const value = await reader.value(text, parameters);
  if (typeof value === "string") return JSON.parse(value);
  return value ?? undefined;
}
