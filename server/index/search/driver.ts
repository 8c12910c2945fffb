/**
 * Ways into the tables: for a condition, the index range that holds the rows that can match, and
 * how promising it is. A search walks one of them and filters by the other conditions.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import type { Level, Match } from "../../../lib/query/query.ts";
import { keyOf, TABLES } from "../columns.ts";
import type { Field } from "./fields.ts";
import { inList } from "./filter.ts";
import { bareOf, isPrefixPattern, literalOf, phraseOf, prefixOf, prefixRange } from "./patterns.ts";

/** One column by which rows are ordered. */
export interface OrderKey {
  readonly ref: string;
  readonly descending: boolean;
}

/** An ordered walk of an index. */
export interface Driver {
  /** Lower is tried first: a guess at how few rows the walk meets. */
  readonly rank: number;
  /** Level of the rows that it gives. */
  readonly level: Level;
  readonly from: RawBuilder<unknown>;
  /** Conditions on the archive and the range. */
  readonly where: readonly RawBuilder<unknown>[];
  /** Order of the walk; the last is the row's id. */
  readonly keys: readonly OrderKey[];
  /** Every row of the walk fulfils the condition. */
  readonly serves: boolean;
  /** Rows of all archives come, because the table does not know them. */
  readonly anyArchive: boolean;
}

/** Guesses at selectivity, best first. Places between them order what is alike. */
export const RANK = {
  uid: 0,
  uidList: 10,
  exact: 20,
  list: 30,
  range: 40,
  prefix: 50,
  literal: 60,
  openRange: 70,
  shortPrefix: 80,
  coarse: 90,
  empty: 100,
  order: 110,
} as const;

/** A prefix at least this long is taken for selective. */
const LONG_PREFIX = 3;

/** Attributes of which many rows share a value. */
const COARSE: ReadonlySet<string> = new Set([
  "PatientSex",
  "IssuerOfPatientID",
  "ModalitiesInStudy",
  "SOPClassesInStudy",
  "Modality",
  "InstitutionName",
  "StationName",
  "BodyPartExamined",
  "ProtocolName",
  "SeriesDescription",
  "SeriesNumber",
  "SOPClassUID",
  "InstanceNumber",
]);

/** The way in that a condition offers; undefined where none does. */
export function driverOf(
  field: Field,
  match: Match,
  archive: RawBuilder<unknown>,
): Driver | undefined {
  const { attribute } = field;
  const coarse = COARSE.has(attribute.keyword);
  switch (match.kind) {
    case "single": {
      const rank = coarse ? RANK.coarse : attribute.match === "uid" ? uidRank(field) : RANK.exact;
      const walk = walkOf(field, archive);
      const is = sql`${walk.key} = ${keyOf(attribute.match, match.value)}`;
      return exact(walk, rank, is);
    }
    case "list": {
      const rank = coarse
        ? RANK.coarse
        : attribute.match === "uid"
        ? RANK.uidList + uidRank(field)
        : RANK.list;
      const values = match.values.map((value) => keyOf(attribute.match, value));
      return ranged(walkOf(field, archive), rank, (key) => sql`${key} ${inList(values)}`);
    }
    case "wildcard":
      return wildcardDriver(field, match.pattern, archive);
    case "range":
    case "span":
      return rangeDriver(field, match.from, match.to, archive, true);
    case "moments":
      return rangeDriver(field, match.from?.slice(0, 8), match.to?.slice(0, 8), archive, false);
    case "empty": {
      if (attribute.multiple) return undefined;
      const walk = columnWalk(field, archive);
      return exact(walk, RANK.empty, sql`${walk.key} = ''`);
    }
    case "fuzzy": {
      const [longest = ""] = [...match.terms].sort((a, b) => b.length - a.length);
      const walk = termWalk(field, `${field.terms}.part`, archive);
      const driver = ranged(walk, prefixRank(longest), (term) => startsWith(term, longest));
      return { ...driver, serves: match.terms.length === 1 };
    }
  }
}

/** The walk of everything in the order of an indexed attribute. */
export function orderDriver(
  field: Field,
  descending: boolean,
  archive: RawBuilder<unknown>,
): Driver {
  const walk = columnWalk(field, archive);
  const { id } = TABLES[field.level];
  const keys = [...walk.keys.map((key) => ({ ...key, descending })), { ref: id, descending }];
  return { ...walk.driver, rank: RANK.order, keys };
}

function wildcardDriver(
  field: Field,
  pattern: string,
  archive: RawBuilder<unknown>,
): Driver | undefined {
  const { attribute } = field;
  // The form of numbers that sorts has nothing in common with how they are written.
  if (attribute.match === "number") return undefined;
  const prefix = prefixOf(pattern);
  const bare = attribute.match === "name" ? bareOf(pattern) : undefined;
  if (prefix !== "") {
    const rank = COARSE.has(attribute.keyword) ? RANK.coarse : prefixRank(prefix);
    const inRange = (key: RawBuilder<unknown>) =>
      bare !== undefined && isPrefixPattern(pattern)
        ? isOrStartsWith(key, bare, prefix)
        : startsWith(key, prefix);
    const driver = ranged(walkOf(field, archive), rank, inRange);
    return { ...driver, serves: isPrefixPattern(pattern) };
  }
  const literal = literalOf(bare ?? pattern);
  if (literal === undefined || attribute.keyword === "ModalitiesInStudy") return undefined;
  const table = `${field.level}_text`;
  return {
    rank: RANK.literal,
    level: field.level,
    from: sql.table(table),
    where: [sql`${sql.table(table)} MATCH ${phraseOf(attribute.keyword, literal)}`],
    keys: [{ ref: `${table}.rowid`, descending: false }],
    serves: false,
    anyArchive: true,
  };
}

function rangeDriver(
  field: Field,
  from: string | undefined,
  to: string | undefined,
  archive: RawBuilder<unknown>,
  serves: boolean,
): Driver {
  const open = from === undefined || to === undefined || field.attribute.match === "time";
  const walk = columnWalk(field, archive);
  const keys = walk.keys.map((key) => ({ ...key, descending: true }));
  const [first] = walk.keys;
  const key = sql.ref(first?.ref ?? "");
  const lower = from === undefined ? sql`${key} > ''` : sql`${key} >= ${from}`;
  const upper = to === undefined ? [] : [sql`${key} <= ${to}`];
  return {
    ...walk.driver,
    rank: open ? RANK.openRange : RANK.range,
    where: [...walk.driver.where, lower, ...upper],
    keys: [...keys, walk.id("newest")],
    serves,
  };
}

function uidRank({ level }: Field): number {
  return { instance: RANK.uid, series: RANK.uid + 1, study: RANK.uid + 2, patient: RANK.uid + 3 }[
    level
  ];
}

function prefixRank(prefix: string): number {
  return prefix.length >= LONG_PREFIX ? RANK.prefix : RANK.shortPrefix;
}

/** The part of a driver that does not depend on the kind of match. */
interface Walk {
  readonly driver: Omit<Driver, "rank" | "keys">;
  readonly key: RawBuilder<unknown>;
  readonly keys: readonly OrderKey[];
  id(order: "oldest" | "newest"): OrderKey;
  /** For a row that has several terms in a range: only the first of them gives the row. */
  first?(inRange: (term: RawBuilder<unknown>) => RawBuilder<unknown>): RawBuilder<unknown>;
}

function walkOf(field: Field, archive: RawBuilder<unknown>): Walk {
  if (field.terms !== undefined) return termWalk(field, field.terms, archive);
  return columnWalk(field, archive);
}

function columnWalk(field: Field, archive: RawBuilder<unknown>): Walk {
  const { table, alias, id } = TABLES[field.level];
  const ref = `${alias}.${field.keyColumn}`;
  // Days are ordered by their time as well, which the index of dates holds for this.
  const keys = field.attribute.keyword === "StudyDate" ? [ref, `${alias}.StudyTime_key`] : [ref];
  return {
    driver: {
      level: field.level,
      from: sql`${sql.table(table)} AS ${sql.ref(alias)} INDEXED BY ${
        sql.id(`${table}_${field.attribute.keyword}`)
      }`,
      where: [sql`${sql.ref(`${alias}.archive_id`)} = ${archive}`],
      serves: true,
      anyArchive: false,
    },
    key: field.key,
    keys: keys.map((each) => ({ ref: each, descending: false })),
    id: (order) => ({ ref: id, descending: order === "newest" }),
  };
}

function termWalk(field: Field, name: string, archive: RawBuilder<unknown>): Walk {
  return {
    driver: {
      level: field.level,
      from: sql`terms AS term`,
      where: [sql`term.archive_id = ${archive}`, sql`term.field = ${name}`],
      serves: true,
      anyArchive: false,
    },
    key: sql.ref("term.term"),
    keys: [{ ref: "term.term", descending: false }],
    id: (order) => ({ ref: "term.owner", descending: order === "newest" }),
    first: (inRange) =>
      sql`NOT EXISTS (SELECT 1 FROM terms AS earlier WHERE earlier.field = ${name}
        AND earlier.owner = term.owner AND ${inRange(sql.ref("earlier.term"))}
        AND earlier.term < term.term)`,
  };
}

function exact(walk: Walk, rank: number, is: RawBuilder<unknown>): Driver {
  const keys = walk.keys.slice(1).map((key) => ({ ...key, descending: true }));
  return {
    ...walk.driver,
    rank,
    where: [...walk.driver.where, is],
    keys: [...keys, walk.id("newest")],
  };
}

function ranged(
  walk: Walk,
  rank: number,
  inRange: (key: RawBuilder<unknown>) => RawBuilder<unknown>,
): Driver {
  const first = walk.first === undefined ? [] : [walk.first(inRange)];
  const where = [...walk.driver.where, inRange(walk.key), ...first];
  return { ...walk.driver, rank, where, keys: [...walk.keys, walk.id("oldest")] };
}

function startsWith(key: RawBuilder<unknown>, prefix: string): RawBuilder<unknown> {
  const { from, below } = prefixRange(prefix);
  return below === undefined
    ? sql`${key} >= ${from}`
    : sql`(${key} >= ${from} AND ${key} < ${below})`;
}

/** One range that holds both; `bare` is the beginning of `prefix`. */
function isOrStartsWith(
  key: RawBuilder<unknown>,
  bare: string,
  prefix: string,
): RawBuilder<unknown> {
  const { below } = prefixRange(prefix);
  // The plus keeps the alternatives from becoming walks of their own, which have no common order.
  return sql`(${key} >= ${bare} AND ${key} < ${below}
    AND (+${key} = ${bare} OR +${key} >= ${prefix}))`;
}
