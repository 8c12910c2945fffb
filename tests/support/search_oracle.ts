/**
 * The matching rules of PS3.4 C.2.2.2 applied to every row, one after the other: what an index must
 * find, decided without one.
 * @module
 */
import { attributeAt, type SearchAttribute } from "../../lib/query/attributes.ts";
import { foldNames, foldNumber } from "../../lib/query/fold.ts";
import type { Level, Match, Query } from "../../lib/query/query.ts";
import type { NewInstance } from "../../server/index/index.ts";

/** Attributes of a row and of those above it. */
export type OracleRow = Readonly<Record<string, string | null>>;

/** The rows of a level that a query must find, in the order that it asks for. */
export function expectedRows(content: readonly NewInstance[], query: Query): OracleRow[] {
  const rows = entities(content, query.level)
    .filter((row) => Object.entries(query.scope).every(([keyword, uid]) => row[keyword] === uid))
    .filter((row) =>
      oneItemHolds(row, query.conditions.filter(({ path }) => path.length > 1)) &&
      query.conditions.every(({ path, match }) => path.length > 1 || holds(row, path, match))
    );
  return rows.map((row) => ({ row, keys: orderKeys(row, query) })).sort((a, b) => {
    for (const [index, { descending }] of query.orderBy.entries()) {
      const order = compare(a.keys[index] ?? "", b.keys[index] ?? "");
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  }).map(({ row }) => row);
}

/** What a row is ordered by in a query. */
export function orderKeys(row: OracleRow, query: Query): (string | number)[] {
  return query.orderBy.map(({ tag }) => {
    const attribute = attributeAt([tag]);
    return attribute === undefined ? "" : orderKey(attribute, row);
  });
}

/** The attribute by which the rows of a level differ. */
export const IDENTIFIERS: Readonly<Record<Level, string>> = {
  patient: "PatientID",
  study: "StudyInstanceUID",
  series: "SeriesInstanceUID",
  instance: "SOPInstanceUID",
};

/** One row for each entity of a level; its first instance decides what it and those above say. */
function entities(content: readonly NewInstance[], level: Level): OracleRow[] {
  const rows = new Map<string, OracleRow>();
  for (const { attributes } of content) {
    const id = attributes[IDENTIFIERS[level]] ?? "";
    if (rows.has(id)) continue;
    const ofStudy = content
      .filter((other) => other.attributes.StudyInstanceUID === attributes.StudyInstanceUID)
      .map((other) => other.attributes);
    rows.set(id, {
      ...attributes,
      ModalitiesInStudy: distinct(ofStudy.map(({ Modality }) => Modality ?? "")),
      SOPClassesInStudy: distinct(ofStudy.map(({ SOPClassUID }) => SOPClassUID ?? "")),
    });
  }
  return [...rows.values()];
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].filter((value) => value !== "").join("\\");
}

/** Whether one item of the sequence, which all conditions are about, fulfils them. */
function oneItemHolds(row: OracleRow, conditions: Query["conditions"]): boolean {
  // A condition alone is about the attribute in all items together.
  if (conditions.length < 2) {
    return conditions.every(({ path, match }) => holds(row, path, match));
  }
  const keywords = conditions.map(({ path }) => attributeAt(path)?.keyword ?? "");
  const values = keywords.map((keyword) => (row[keyword] ?? "").split("\\"));
  return Array.from({ length: Math.max(...values.map(({ length }) => length)) }, (_, item) => {
    const entries = keywords.map((keyword, index) => [keyword, values[index]?.[item] ?? null]);
    return { ...row, ...Object.fromEntries(entries) };
  }).some((each) => conditions.every(({ path, match }) => holds(each, path, match)));
}

function holds(row: OracleRow, path: readonly number[], match: Match): boolean {
  const attribute = attributeAt(path);
  if (attribute === undefined) throw new Error("The search names an unknown attribute");
  const value = row[attribute.keyword] ?? "";
  const values = compared(attribute, value);
  switch (match.kind) {
    case "single":
      return values.includes(match.value);
    case "wildcard": {
      // Components that are empty at the end of a name are not written.
      const bare = attribute.match === "name" ? match.pattern.replace(/\^+\*$/, "") : match.pattern;
      const patterns = [match.pattern, bare].map(wildcard);
      return values.some((each) => patterns.some((pattern) => pattern.test(each)));
    }
    case "list":
      return values.some((each) => match.values.includes(each));
    case "range":
    case "span":
      return values.some((each) => each >= (match.from ?? "") && each <= (match.to ?? "~"));
    case "moments": {
      const time = attributeAt([match.time]);
      const [date = ""] = values;
      const moment = date + (time ? timeKey(row[time.keyword] ?? "") : "");
      return date !== "" && moment >= (match.from ?? "") && moment <= (match.to ?? "~");
    }
    case "empty":
      return values.length === 0;
    case "fuzzy": {
      const parts = values.flatMap((group) => [
        ...group.split("^"),
        ...group.split(/[\^\s-]/),
      ]);
      return match.terms.every((term) => parts.some((part) => part.startsWith(term)));
    }
  }
}

function compared({ match, multiple }: SearchAttribute, value: string): string[] {
  if (match === "name") return foldNames(value);
  const values = multiple ? value.split("\\") : [value];
  return values.filter((each) => each !== "").map((each) => {
    switch (match) {
      case "number":
        return foldNumber(each);
      case "date":
        return each.replaceAll(".", "");
      case "time":
        return timeKey(each);
      case "text":
      case "uid":
        return each;
    }
  });
}

function timeKey(value: string): string {
  if (value === "") return "";
  const [whole = "", fraction = ""] = value.replaceAll(":", "").split(".");
  return `${whole.padEnd(6, "0")}.${fraction.padEnd(6, "0")}`;
}

function wildcard(pattern: string): RegExp {
  const source = [...pattern].map((char) =>
    char === "*" ? "[^]*" : char === "?" ? "[^]" : char.replace(/[\\^$.|+()[\]{}/-]/, "\\$&")
  );
  return new RegExp(`^${source.join("")}$`, "u");
}

function orderKey(attribute: SearchAttribute, row: OracleRow): string | number {
  const [first] = compared(attribute, row[attribute.keyword] ?? "");
  if (attribute.match === "number") return first === undefined ? -Infinity : Number(first);
  return first ?? "";
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
