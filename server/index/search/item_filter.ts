/**
 * Conditions on several attributes of one sequence: one and the same item must fulfil them all
 * (PS3.4 C.2.2.2.6). Their columns hold a value for each item.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import type { Match } from "../../../lib/query/query.ts";
import type { Field } from "./fields.ts";
import { valueIs } from "./filter.ts";

/** A condition on an attribute inside a sequence. */
export interface ItemCondition {
  readonly field: Field;
  readonly match: Match;
}

/** Groups of conditions that share a sequence. */
export function sharedItems<T extends ItemCondition>(conditions: readonly T[]): readonly T[][] {
  const groups = Map.groupBy(conditions, ({ field }) => field.attribute.sequence);
  return [...groups].filter(([sequence, group]) => sequence !== undefined && group.length > 1)
    .map(([, group]) => group);
}

/** The predicate for conditions that share a sequence. Needs the table of their level. */
export function itemFilter(conditions: readonly ItemCondition[]): RawBuilder<unknown> {
  // Items are counted by a column that has a value in each item that matches, if there is one.
  const [first, ...others] = [...conditions].sort((a, b) => emptiness(a) - emptiness(b));
  if (first === undefined) throw new Error("A sequence without conditions");
  const holds = [
    itemIs(first, sql.ref("item.value")),
    ...others.map((other) => itemIs(other, sql`coalesce(${itemsOf(other)} ->> item.key, '')`)),
  ];
  return sql`EXISTS (SELECT 1 FROM json_each(${itemsOf(first)}) AS item
    WHERE ${sql.join(holds, sql` AND `)})`;
}

function emptiness({ match }: ItemCondition): number {
  return match.kind === "empty" ? 1 : 0;
}

function itemIs({ field, match }: ItemCondition, value: RawBuilder<unknown>): RawBuilder<unknown> {
  switch (match.kind) {
    case "single":
    case "wildcard":
    case "list":
      return valueIs(field, match, value);
    case "empty":
      return sql`${value} = ''`;
    case "range":
    case "span":
    case "moments":
    case "fuzzy":
      throw new Error("Attributes in sequences are texts");
  }
}

/** The values of a column, one for each item, as a JSON array. */
function itemsOf({ field }: ItemCondition): RawBuilder<unknown> {
  // In JSON a backslash, which separates the items, is two.
  return sql`('[' || replace(json_quote(${field.value}), '\\\\', '","') || ']')`;
}
