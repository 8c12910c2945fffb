/**
 * A condition as a predicate on a row, whatever way the row was found.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import { attributeAt } from "../../../lib/query/attributes.ts";
import type { Match } from "../../../lib/query/query.ts";
import { keyOf, TABLES } from "../columns.ts";
import { type Field, fieldOf } from "./fields.ts";
import { bareOf, globOf, prefixRange } from "./patterns.ts";

/** The predicate. Needs the table of the field's level under its usual name. */
export function filterOf(field: Field, match: Match): RawBuilder<unknown> {
  const { terms } = field;
  switch (match.kind) {
    case "single":
    case "wildcard":
    case "list": {
      const is = (text: RawBuilder<unknown>) => valueIs(field, match, text);
      if (terms !== undefined) return hasTerm(field, is);
      return is(match.kind === "wildcard" ? comparedText(field) : field.key);
    }
    case "range":
    case "span":
      return within(field.key, match.from, match.to);
    case "moments": {
      const time = attributeAt([match.time]);
      if (time === undefined) throw new Error("A range of moments names no time attribute");
      const moment = sql`(${field.key} || ${fieldOf(time, field.level).key})`;
      return sql`(${field.key} <> '' AND ${within(moment, match.from, match.to)})`;
    }
    case "empty":
      return terms === undefined ? sql`${field.key} = ''` : hasNoTerm(field);
    case "fuzzy":
      return sql`(${
        sql.join(
          match.terms.map((term) => {
            const { from, below } = prefixRange(term);
            return hasTerm(
              field,
              (text) =>
                below === undefined
                  ? sql`${text} >= ${from}`
                  : sql`${text} >= ${from} AND ${text} < ${below}`,
              ".part",
            );
          }),
          sql` AND `,
        )
      })`;
  }
}

/** Whether one value in its compared form is what is wanted. */
export function valueIs(
  { attribute }: Field,
  match: Extract<Match, { kind: "single" | "wildcard" | "list" }>,
  text: RawBuilder<unknown>,
): RawBuilder<unknown> {
  switch (match.kind) {
    case "single":
      return sql`${text} = ${keyOf(attribute.match, match.value)}`;
    case "wildcard": {
      const glob = sql`${text} GLOB ${globOf(match.pattern)}`;
      const bare = attribute.match === "name" ? bareOf(match.pattern) : undefined;
      return bare === undefined ? glob : sql`(${glob} OR ${text} GLOB ${globOf(bare)})`;
    }
    case "list":
      return sql`${text} ${inList(match.values.map((value) => keyOf(attribute.match, value)))}`;
  }
}

/** `IN` over a list of any length as one parameter, so that the statement stays the same. */
export function inList(values: readonly string[]): RawBuilder<unknown> {
  return sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** Inclusive; what is empty is in no range. */
function within(
  key: RawBuilder<unknown>,
  from: string | undefined,
  to: string | undefined,
): RawBuilder<unknown> {
  const lower = from === undefined ? sql`${key} > ''` : sql`${key} >= ${from}`;
  return to === undefined ? lower : sql`(${lower} AND ${key} <= ${to})`;
}

/** Numbers are compared in a form that sorts; patterns are about how they are written. */
function comparedText(field: Field): RawBuilder<unknown> {
  if (field.attribute.match !== "number") return field.key;
  return sql`CAST(CAST(${field.value} AS INTEGER) AS TEXT)`;
}

function hasTerm(
  field: Field,
  is: (term: RawBuilder<unknown>) => RawBuilder<unknown>,
  part: "" | ".part" = "",
): RawBuilder<unknown> {
  return sql`EXISTS (SELECT 1 FROM terms AS entry
    WHERE entry.field = ${`${field.terms}${part}`} AND entry.owner = ${owner(field)}
    AND ${is(sql.ref("entry.term"))})`;
}

function hasNoTerm(field: Field): RawBuilder<unknown> {
  return sql`NOT EXISTS (SELECT 1 FROM terms AS entry
    WHERE entry.field = ${field.terms} AND entry.owner = ${owner(field)})`;
}

function owner(field: Field): RawBuilder<unknown> {
  return sql.ref(TABLES[field.level].id);
}
