/**
 * Where the searchable attributes lie in the tables, and the forms in which they are compared.
 * @module
 */
import {
  type MatchType,
  SEARCH_ATTRIBUTES,
  type SearchAttribute,
} from "../../lib/query/attributes.ts";
import { foldNames, foldNumber } from "../../lib/query/fold.ts";
import type { Level } from "../../lib/query/query.ts";

/** Table of each level, its row id, and the name by which statements call it. */
export const TABLES: Readonly<
  Record<Level, { readonly table: string; readonly alias: string; readonly id: string }>
> = {
  patient: { table: "patients", alias: "patient", id: "patient.id" },
  study: { table: "studies", alias: "study", id: "study.id" },
  series: { table: "series", alias: "series", id: "series.id" },
  instance: { table: "instances", alias: "instance", id: "instance.revision" },
};

/** Integer strings of 32 bits are shifted by this much so that their text sorts as they do. */
const NUMBER_SHIFT = 2 ** 31;

/** Whether the compared form of an attribute differs from its value and has a column of its own. */
export function hasKeyColumn(attribute: SearchAttribute): boolean {
  return attribute.matched && attribute.match !== "uid" && attribute.match !== "text";
}

/** The column that holds the form in which an attribute is compared and ordered. */
export function keyColumn(attribute: SearchAttribute): string {
  return hasKeyColumn(attribute) ? `${attribute.keyword}_key` : attribute.keyword;
}

/** Whether its searched values are rows of `terms`, because there may be several. */
export function hasTerms(attribute: SearchAttribute): boolean {
  return attribute.match === "name" || attribute.multiple;
}

/** Attributes that a new row of a level is given; the others the index derives. */
export function givenAttributes(level: Level): readonly SearchAttribute[] {
  return SEARCH_ATTRIBUTES.filter((entry) => entry.level === level && !entry.derived);
}

/** A value in the form in which it is compared; text order is the attribute's order. "" stays "". */
export function keyOf(match: MatchType, value: string): string {
  switch (match) {
    case "uid":
    case "text":
      return value;
    case "name":
      return foldNames(value).join("=");
    case "date":
      return /^\d{4}\.\d\d\.\d\d$/.test(value) ? value.replaceAll(".", "") : value;
    case "time":
      return timeKey(value);
    case "number":
      return numberKey(value);
  }
}

function timeKey(value: string): string {
  const parts = /^(\d\d):?(\d\d)?:?(\d\d)?(?:\.(\d{1,6}))?$/.exec(value);
  if (parts === null) return value;
  const [, hours, minutes = "00", seconds = "00", fraction = ""] = parts;
  return `${hours}${minutes}${seconds}.${fraction.padEnd(6, "0")}`;
}

function numberKey(value: string): string {
  if (value === "") return "";
  const canonical = foldNumber(value);
  const number = Number(canonical);
  // What is no 32-bit integer sorts behind those that are, as text.
  if (!/^-?\d+$/.test(canonical) || Math.abs(number) > NUMBER_SHIFT) return `~${canonical}`;
  return String(number + NUMBER_SHIFT).padStart(10, "0");
}

/** A searched value of a row that may have several: field, term. */
export type Term = readonly [field: string, term: string];

/** The terms of a new row of a level, for attributes that are not derived. */
export function termsOf(
  level: "patient" | "study" | "series",
  valueOf: (keyword: string) => string,
): Term[] {
  return TERM_FIELDS[level].flatMap((attribute) => {
    const value = valueOf(attribute.keyword);
    if (value === "") return [];
    const field = `${level}.${attribute.keyword}`;
    if (attribute.match === "name") return nameTerms(field, value);
    return value.split("\\").filter((term) => term !== "").map((term): Term => [field, term]);
  });
}

// Studies repeat the attributes of their patient.
const TERM_FIELDS = {
  patient: givenAttributes("patient").filter(hasTerms),
  study: [...givenAttributes("patient"), ...givenAttributes("study")].filter(hasTerms),
  series: givenAttributes("series").filter(hasTerms),
};

function nameTerms(field: string, value: string): Term[] {
  const groups = foldNames(value);
  const parts = new Set(groups.flatMap(nameParts));
  return [
    ...groups.map((group): Term => [field, group]),
    ...[...parts].map((part): Term => [`${field}.part`, part]),
  ];
}

/** What the terms of a fuzzy search are prefixes of: components of a name and the words in them. */
function nameParts(group: string): string[] {
  const components = group.split("^");
  return [...components, ...components.flatMap((component) => component.split(/[\s-]+/))]
    .filter((part) => part !== "");
}
