/**
 * The statement of a search, which answers it whole: its page, where its walk was cut off and the
 * total, each only where it is needed, by one plan or by whichever of two meets few enough rows.
 *
 * What a plan reads has two layers: the walk, which reads little more than indexes and is cut off
 * at a bound, and around it the rows themselves, filtered until there are enough.
 *
 * The layers keep their order without saying it twice: a subquery with ORDER BY and LIMIT runs
 * first and as written, CROSS JOIN fixes which table is the outer loop, and INDEXED BY the order in
 * which rows below another come. tests/server/index/plans_test.ts reads that from the plans.
 * @module
 */
import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Level } from "../../../lib/query/query.ts";
import { TABLES } from "../columns.ts";
import type { SqlValue } from "../messages.ts";
import type { CursorValue } from "./cursor.ts";
import type { OrderKey } from "./driver.ts";
import { archiveId, levelsBelow } from "./fields.ts";
import type { SearchLimits } from "./limits.ts";
import type { Plan, Plans } from "./plan.ts";

/** Makes SQL of expressions; it runs in the worker. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** A statement as the worker takes it. */
export function compile(
  statement: RawBuilder<unknown>,
): { readonly text: string; readonly parameters: readonly SqlValue[] } {
  const { sql: text, parameters } = statement.compile(compiler);
  return { text, parameters: parameters as readonly SqlValue[] };
}

/** What is wanted. */
export interface Request {
  /** Values of the order's keys after which the page begins. */
  readonly after: readonly CursorValue[] | undefined;
  /** Selected beside the order keys. */
  readonly columns: readonly RawBuilder<unknown>[];
  /** Rows of the page, which has one more where there are more; undefined for all. */
  readonly limit: number | undefined;
  readonly offset: number;
  readonly count: boolean;
  /** How many rows may be read and sorted; undefined for all, as below one study. */
  readonly limits: SearchLimits | undefined;
}

/** A row: order keys, then columns. */
export type AnswerRow = readonly (string | number | null)[];

/** What the statement of a search gives, as JSON. */
export type Answer = readonly [
  rows: readonly AnswerRow[],
  /** Rows that the plan's walk may read; -1 for all. */
  bound: number,
  /** Order keys of the last row that was read, where the walk was cut off and the page is not full. */
  cut: readonly CursorValue[] | null,
  /** Null where it is not asked for, or too much is to be counted. */
  total: number | null,
];

/** One value, the JSON of an {@linkcode Answer}. */
export function answerStatement({ best, ordered }: Plans, request: Request): RawBuilder<unknown> {
  const { limits } = request;
  if (ordered === undefined || limits === undefined) return answerOf(best, request);
  const few = limits.rowsSorted + 1;
  return sql`SELECT CASE WHEN (${walkCount(best, few)}) < ${few}
    THEN (${answerOf(best, request)}) ELSE (${answerOf(ordered, request)}) END`;
}

/** What is in one case of a statement is read only in that case. */
function answerOf(plan: Plan, request: Request): RawBuilder<unknown> {
  const bound = boundOf(plan, request);
  const { after, limit } = request;
  const full = limit === undefined ? sql`` : sql`WHEN count(*) > ${limit} THEN NULL `;
  const cut = bound < 0
    ? sql`NULL`
    : sql`CASE ${full}WHEN 1 THEN (${lastOf(plan, after, bound)}) END`;
  const width = plan.keys.length + request.columns.length;
  const row = Array.from({ length: width }, (_, index) => sql.raw(`c${index}`));
  return sql`SELECT json_array(json_group_array(json_array(${sql.join(row)})), ${
    sql.lit(bound)
  }, ${cut}, ${request.count ? totalOf(plan, request) : sql`NULL`})
    FROM (${rowsOf(plan, request, bound)})`;
}

/** Rows that the walk may read: what it gives unfiltered is read only as far as the page goes. */
function boundOf(plan: Plan, { limits }: Request): number {
  if (limits === undefined || plan.sorted) return -1;
  return isUnfiltered(plan) ? -1 : limits.rowsWalked;
}

function isUnfiltered({ filters, driver }: Plan): boolean {
  return filters.length === 0 && !driver.anyArchive;
}

/** Rows of a page: order keys, then columns. */
function rowsOf(plan: Plan, request: Request, bound: number): RawBuilder<unknown> {
  const { keys, sorted } = plan;
  const walk = sorted
    ? walkOf(plan, [idOf(plan)], undefined, bound)
    : walkOf(plan, keys, request.after, bound);
  const ordered = sorted ? keys.map(({ ref }) => sql.ref(ref)) : keys.map((_, i) => walked(i));
  const selected = [...ordered, ...request.columns];
  const after = sorted && request.after !== undefined ? [isAfter(keys, request.after)] : [];
  const limit = request.limit === undefined ? -1 : request.limit + 1;
  return sql`SELECT ${
    sql.join(selected.map((column, index) => sql`${column} AS ${sql.raw(`c${index}`)}`))
  } FROM (${walk}) AS walk ${rowJoin(plan, sorted ? 0 : keys.length - 1)}${
    where([...filtersOf(plan), ...after])
  }${sorted ? orderBy(keys) : sql``} LIMIT ${limit} OFFSET ${request.offset}`;
}

/** The order keys of the last row that a walk may read, where it has as many. */
function lastOf(
  plan: Plan,
  after: readonly CursorValue[] | undefined,
  bound: number,
): RawBuilder<unknown> {
  const columns = sql.join(plan.keys.map((_, index) => walked(index)));
  return sql`SELECT json_array(${columns}) FROM (${walkOf(plan, plan.keys, after, bound)}) AS walk
    LIMIT 1 OFFSET ${bound - 1}`;
}

/** How many rows match; null where too many are to be read to know. */
function totalOf(plan: Plan, { limits }: Request): RawBuilder<unknown> {
  if (limits === undefined) return sql`(${matchCount(plan, -1)})`;
  const bound = limits.rowsCounted;
  const met = walkCount(plan, bound + 1);
  if (isUnfiltered(plan)) return sql`(SELECT iif(met > ${bound}, NULL, met) FROM (${met}))`;
  return sql`CASE WHEN (${met}) <= ${bound} THEN (${matchCount(plan, bound)}) END`;
}

function matchCount(plan: Plan, bound: number): RawBuilder<unknown> {
  const walk = walkOf(plan, [idOf(plan)], undefined, bound, false);
  const filters = filtersOf(plan);
  if (filters.length === 0) return sql`SELECT count(*) FROM (${walk}) AS walk`;
  return sql`SELECT count(*) FROM (${walk}) AS walk ${rowJoin(plan, 0)}${where(filters)}`;
}

/** How many rows the walk meets, up to a bound. */
function walkCount(plan: Plan, bound: number): RawBuilder<unknown> {
  return sql`SELECT count(*) AS met
    FROM (${walkOf(plan, [idOf(plan)], undefined, bound, false)}) AS walk`;
}

function walkOf(
  plan: Plan,
  keys: readonly OrderKey[],
  after: readonly CursorValue[] | undefined,
  bound: number,
  ordered = !plan.sorted,
): RawBuilder<unknown> {
  const { driver } = plan;
  const columns = keys.map(({ ref }, index) => sql`${sql.ref(ref)} AS ${sql.raw(`k${index}`)}`);
  const conditions = after === undefined ? driver.where : [...driver.where, isAfter(keys, after)];
  // The trigram table gives its rows by id, which the planner does not know to be unique.
  const implied = driver.anyArchive && driver.level !== plan.level;
  return sql`SELECT ${sql.join(columns)} FROM ${driver.from}${joinsOf(plan)}${where(conditions)}${
    ordered && !implied ? orderBy(keys) : sql``
  } LIMIT ${bound}`;
}

/** The id of a plan's rows as the walk knows it. */
function idOf(plan: Plan): OrderKey {
  const own = plan.driver.keys.at(-1);
  if (plan.driver.level !== plan.level || own === undefined) {
    return { ref: TABLES[plan.level].id, descending: false };
  }
  return own;
}

/** Down from the driver to the rows that are wanted, and up where an order asks for it. */
function joinsOf({ driver, level, keys, sorted }: Plan): RawBuilder<unknown> {
  const id = sql.ref(driver.keys.at(-1)?.ref ?? "");
  const down = levelsBelow(driver.level, level).map((below) =>
    below === "series"
      ? sql` CROSS JOIN series INDEXED BY series_of_study ON series.study_id = ${
        driver.level === "study" ? id : sql.ref("study.id")
      }`
      : sql` CROSS JOIN instances AS instance INDEXED BY instances_of_series ON instance.series_id = ${
        driver.level === "series" ? id : sql.ref("series.id")
      }`
  );
  const up = sorted
    ? []
    : UP[driver.level].filter(([alias]) => keys.some(({ ref }) => ref.startsWith(`${alias}.`)));
  // An instance reaches its study by itself; both tables above it are there if either is.
  return sql.join([...down, ...up.map(([, join]) => sql.raw(` ${join}`))], sql``);
}

/** Joins from a table of a level to those above it. */
const UP: Readonly<Record<Level, readonly (readonly [alias: string, join: string])[]>> = {
  patient: [],
  study: [],
  series: [["study", "CROSS JOIN studies AS study ON study.id = series.study_id"]],
  instance: [
    ["series", "CROSS JOIN series ON series.id = instance.series_id"],
    ["study", "CROSS JOIN studies AS study ON study.id = instance.study_id"],
  ],
};

/** The row that the walk's key at `index` names, with the rows above it. */
function rowJoin(plan: Plan, index: number): RawBuilder<unknown> {
  const { table, alias, id } = TABLES[plan.level];
  return sql`CROSS JOIN ${sql.table(table)} AS ${sql.ref(alias)} ON ${sql.ref(id)} = ${
    walked(index)
  } ${sql.raw(UP[plan.level].map(([, join]) => join).join(" "))}`;
}

function filtersOf({ archive, driver, filters }: Plan): readonly RawBuilder<unknown>[] {
  if (!driver.anyArchive) return filters;
  const own = sql.ref(`${TABLES[driver.level].alias}.archive_id`);
  return [sql`${own} = ${archiveId(archive)}`, ...filters];
}

function walked(index: number): RawBuilder<unknown> {
  return sql.raw(`walk.k${index}`);
}

function where(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql` WHERE ${sql.join(conditions, sql` AND `)}`;
}

function orderBy(keys: readonly OrderKey[]): RawBuilder<unknown> {
  const terms = keys.map(({ ref, descending }) =>
    sql`${sql.ref(ref)}${descending ? sql` DESC` : sql``}`
  );
  return sql` ORDER BY ${sql.join(terms)}`;
}

/** Rows after a place in an order, first as a range that the index of the order understands. */
function isAfter(keys: readonly OrderKey[], values: readonly CursorValue[]): RawBuilder<unknown> {
  const [first] = keys;
  const length = keys.findIndex((key) =>
    key.descending !== first?.descending || tableOf(key) !== (first && tableOf(first))
  );
  const run = length < 0 ? keys : keys.slice(0, length);
  const compared = sql`(${sql.join(run.map(({ ref }) => sql.ref(ref)))}) ${
    sql.raw(`${first?.descending ? "<" : ">"}${length < 0 ? "" : "="}`)
  } (${sql.join(values.slice(0, run.length))})`;
  return length < 0 ? compared : sql`${compared} AND ${lexicographic(keys, values)}`;
}

function lexicographic(
  keys: readonly OrderKey[],
  values: readonly CursorValue[],
): RawBuilder<unknown> {
  const [key, ...keysLeft] = keys;
  const [value, ...valuesLeft] = values;
  if (key === undefined) return sql`0`;
  const ref = sql.ref(key.ref);
  const beyond = sql`${ref} ${sql.raw(key.descending ? "<" : ">")} ${value}`;
  if (keysLeft.length === 0) return beyond;
  return sql`(${beyond} OR (${ref} = ${value} AND ${lexicographic(keysLeft, valuesLeft)}))`;
}

function tableOf({ ref }: OrderKey): string {
  return ref.slice(0, ref.indexOf("."));
}
