/**
 * Where a search finds an attribute: which table, column and list of terms.
 * @module
 */
import { depthOf, type SearchAttribute } from "../../../lib/query/attributes.ts";
import type { Level } from "../../../lib/query/query.ts";
import { type RawBuilder, sql } from "kysely";
import { hasTerms, keyColumn, TABLES } from "../columns.ts";

/** An attribute as a search at some level sees it. */
export interface Field {
  readonly attribute: SearchAttribute;
  /** Level of the table that is read: studies repeat the attributes of their patient. */
  readonly level: Level;
  /** Its compared form, e.g. `study.PatientName_key`. */
  readonly key: RawBuilder<unknown>;
  /** The column of that form. */
  readonly keyColumn: string;
  /** Its value as answers have it. */
  readonly value: RawBuilder<unknown>;
  /** Name in the table of terms, where its values are searched there. */
  readonly terms: string | undefined;
  /** Whether an index leads to its key and gives its order. */
  readonly indexed: boolean;
}

/** The attribute's place in a search at `level`. */
export function fieldOf(attribute: SearchAttribute, level: Level): Field {
  const own = attribute.level === "patient" && level !== "patient" ? "study" : attribute.level;
  const { alias } = TABLES[own];
  return {
    attribute,
    level: own,
    key: sql.ref(`${alias}.${keyColumn(attribute)}`),
    keyColumn: keyColumn(attribute),
    value: valueOf(attribute, alias),
    terms: hasTerms(attribute) ? `${own}.${attribute.keyword}` : undefined,
    indexed: attribute.matched && !attribute.multiple,
  };
}

function valueOf(attribute: SearchAttribute, alias: string): RawBuilder<unknown> {
  switch (attribute.keyword) {
    case "SOPClassesInStudy":
      return sql`(SELECT group_concat(term, '\\') FROM terms
        WHERE field = 'study.SOPClassesInStudy' AND owner = study.id)`;
    case "AvailableTransferSyntaxUID":
      return sql.ref(`${alias}.TransferSyntaxUID`);
    default:
      return sql.ref(`${alias}.${attribute.keyword}`);
  }
}

/** Levels below `from` down to `to`. */
export function levelsBelow(from: Level, to: Level): readonly Level[] {
  return LEVELS.filter((level) => depthOf(level) > depthOf(from) && depthOf(level) <= depthOf(to));
}

const LEVELS: readonly Level[] = ["patient", "study", "series", "instance"];

/** The archive's id, looked up once for a statement. */
export function archiveId(archive: string): RawBuilder<unknown> {
  return sql`(SELECT id FROM archives WHERE name = ${archive})`;
}
