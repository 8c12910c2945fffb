/**
 * The URL of a QIDO-RS search as a {@linkcode Query} (PS3.18 8.3.4 and 10.6.1.2). A parameter that
 * is not supported is left out with a warning that names it; a supported one with a value that it
 * cannot have is an error (PS3.18 8.3).
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";
import { isPrivateCreator } from "../dicom/dictionary.ts";
import { DecodeError, LimitError } from "../errors.ts";
import { attributeAt, depthOf } from "./attributes.ts";
import { type MatchOptions, parseMatch } from "./match.ts";
import { combineDateTimes } from "./moments.ts";
import { parsePath } from "./path.ts";
import type { Condition, Level, OrderBy, Query } from "./query.ts";
import { groupByName, once, type Parameters, printable } from "./url_parameters.ts";

/** Attributes that `includefield` may name in all. */
export const MAX_INCLUDED = 256;
/** Attributes that `orderby` may name. */
export const MAX_ORDER_BY = 4;
/** Characters of a cursor. It holds the values that its row is ordered by, however long they are. */
export const MAX_CURSOR_LENGTH = 32_768;
/** Warnings of one answer, which are headers: a client that gets these needs no more. */
const MAX_WARNINGS = 16;

/** What was understood of a URL. */
export interface ParsedQuery {
  readonly query: Query;
  /** Sentences for `Warning: 299`, printable ASCII. */
  readonly warnings: readonly string[];
}

/** Read by other parts of the server (PS3.18 8.3.3). */
const OTHER_PARAMETERS: ReadonlySet<string> = new Set(["accept", "charset"]);

/** Parameters of a search that are no attributes (PS3.18 8.3.4), and those that other services have too. */
const CONTROLS: ReadonlySet<string> = new Set([
  "fuzzymatching",
  "emptyvaluematching",
  "multiplevaluematching",
  "includefield",
  "orderby",
  "limit",
  "offset",
  "after",
  "count",
]);

/** Names of all parameters of a search but its attributes. */
export const SEARCH_PARAMETERS: ReadonlySet<string> = CONTROLS.union(OTHER_PARAMETERS);

/**
 * Reads the parameters of a search at a level, below the identifiers of its URL. Throws DecodeError
 * for a value that its parameter cannot have, LimitError for too much of anything.
 */
export function parseQido(
  search: URLSearchParams,
  level: Level,
  scope: Query["scope"],
): ParsedQuery {
  const parameters = groupByName(search);
  const options: MatchOptions = {
    fuzzy: flag(parameters, "fuzzymatching"),
    empty: flag(parameters, "emptyvaluematching"),
    multiple: flag(parameters, "multiplevaluematching"),
  };
  const warnings: string[] = [];
  const include: (readonly Tag[])[] = [];
  const conditions: Condition[] = [];
  const seen = new Set<string>();
  for (const [name, values] of parameters) {
    if (CONTROLS.has(name) || OTHER_PARAMETERS.has(name)) continue;
    const path = parsePath(name);
    const matches = path && matchesOf(path, values, level, options);
    if (path === undefined || matches === undefined) {
      warnings.push(`The parameter ${printable(name)} is not supported here and was ignored`);
      continue;
    }
    const id = path.join(".");
    if (seen.has(id)) throw new DecodeError("An attribute is named by its keyword and by its tag");
    seen.add(id);
    include.push(path);
    conditions.push(...matches.map((match) => ({ path, match })));
  }
  const all = includeFields(parameters, include, warnings);
  const query: Query = {
    level,
    scope,
    conditions: combineDateTimes(conditions),
    include: all ? "all" : include,
    orderBy: orderBy(parameters, level, warnings),
    limit: unsigned(parameters, "limit"),
    offset: unsigned(parameters, "offset") ?? 0,
    after: cursor(parameters),
    count: flag(parameters, "count"),
  };
  if (query.after !== undefined && query.offset > 0) {
    throw new DecodeError("The parameters after and offset exclude each other");
  }
  return { query, warnings: shorten(warnings) };
}

/**
 * What must hold of the attribute at a path: nothing where its value is empty, which asks for it to
 * be returned. Undefined where a condition on it is not supported at the level.
 */
function matchesOf(
  path: readonly Tag[],
  values: readonly string[],
  level: Level,
  options: MatchOptions,
): Condition["match"][] | undefined {
  const attribute = attributeAt(path);
  if (attribute === undefined || !attribute.matched) {
    const [tag = 0] = path;
    // The creator's name only says whose the private attributes in `includefield` are.
    return values.every((value) => value === "") || isPrivateCreator(tag) ? [] : undefined;
  }
  if (depthOf(attribute.level) > depthOf(level)) return undefined;
  if (values.length > 1 && attribute.match !== "uid") {
    throw new DecodeError(`${attribute.keyword} is there more than once`);
  }
  return [...parseMatch(attribute, values.join(","), options)];
}

/** Adds the attributes that `includefield` names; true where it says `all`. */
function includeFields(
  parameters: Parameters,
  include: (readonly Tag[])[],
  warnings: string[],
): boolean {
  const names = listed(parameters, "includefield");
  if (names.length > MAX_INCLUDED) {
    throw new LimitError("included fields", MAX_INCLUDED, "The list in includefield");
  }
  for (const name of names) {
    if (name === "all") continue;
    const path = parsePath(name);
    if (path !== undefined) include.push(path);
    else warnings.push(`The includefield ${printable(name)} is not known and was ignored`);
  }
  return names.includes("all");
}

function orderBy(parameters: Parameters, level: Level, warnings: string[]): OrderBy[] {
  const names = listed(parameters, "orderby");
  if (names.length > MAX_ORDER_BY) {
    throw new LimitError("order attributes", MAX_ORDER_BY, "The list in orderby");
  }
  return names.flatMap((name) => {
    const descending = name.startsWith("-");
    const attribute = attributeAt(parsePath(descending ? name.slice(1) : name) ?? []);
    const usable = attribute?.matched && !attribute.multiple &&
      depthOf(attribute.level) <= depthOf(level);
    if (usable) return [{ tag: attribute.tag, descending }];
    warnings.push(`Order by ${printable(name)} is not supported here and was ignored`);
    return [];
  });
}

/** The comma-separated values of all occurrences of a parameter. */
function listed(parameters: Parameters, name: string): string[] {
  return (parameters.get(name) ?? []).flatMap((value) => value.split(","))
    .map((value) => value.trim()).filter((value) => value !== "");
}

function flag(parameters: Parameters, name: string): boolean {
  switch (once(parameters, name)?.toLowerCase()) {
    case undefined:
    case "false":
      return false;
    case "true":
      return true;
    default:
      throw new DecodeError(`The parameter ${name} is neither true nor false`);
  }
}

function unsigned(parameters: Parameters, name: string): number | undefined {
  const value = once(parameters, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) {
    throw new DecodeError(`The parameter ${name} is not a whole number from 0 to 999999999`);
  }
  return Number(value);
}

function cursor(parameters: Parameters): string | undefined {
  const value = once(parameters, "after");
  if (value === undefined) return undefined;
  if (value === "") throw new DecodeError("The parameter after is empty");
  if (value.length > MAX_CURSOR_LENGTH) {
    throw new LimitError("cursor length", MAX_CURSOR_LENGTH, "The parameter after");
  }
  return value;
}

function shorten(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= MAX_WARNINGS) return warnings;
  return [
    ...warnings.slice(0, MAX_WARNINGS - 1),
    `${warnings.length - MAX_WARNINGS + 1} more parameters were ignored`,
  ];
}
