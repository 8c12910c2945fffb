/**
 * The value of one matching key as a {@linkcode Match} (PS3.4 C.2.2.2). What a value can mean
 * depends on the attribute's match type; where it can mean nothing, the message names the
 * attribute and never repeats the value.
 * @module
 */
import { isUsableUID } from "../dicom/uids.ts";
import { DecodeError, LimitError } from "../errors.ts";
import type { MatchType, SearchAttribute } from "./attributes.ts";
import { parseDateKey, parseTime } from "./dates.ts";
import { foldName, foldNames, foldNumber } from "./fold.ts";
import type { Match } from "./query.ts";

/** Characters of one value: the longest VR that is matched, PN, has three groups of 64. */
export const MAX_KEY_VALUE_LENGTH = 1024;
/** Values of one list: a URL of 64 KiB holds no more UIDs, and each becomes a parameter in SQL. */
export const MAX_LIST_VALUES = 1024;
/** Words of one fuzzy key: each costs a walk of its own. */
export const MAX_FUZZY_TERMS = 8;

/** What the request negotiated about matching (PS3.18 8.3.4; PS3.4 C.5.1). */
export interface MatchOptions {
  /** Names by folded prefixes of their components. */
  readonly fuzzy: boolean;
  /** `""` matches what has no value. */
  readonly empty: boolean;
  /** Several values, separated by `\`, of which any may match. */
  readonly multiple: boolean;
}

// deno-lint-ignore no-control-regex -- no attribute that is matched can hold control characters
const CONTROL = /[\x00-\x1F\x7F]/;
const UNIVERSAL = /^\**$/;
const WILDCARD = /[*?]/;

/**
 * The matches of a key's value, all of which must hold; none for a universal match (an empty value
 * or only `*`). Throws DecodeError for a value that the attribute cannot have, LimitError for one
 * that is too long.
 */
export function parseMatch(
  attribute: SearchAttribute,
  value: string,
  options: MatchOptions,
): readonly Match[] {
  const { keyword, match } = attribute;
  if (CONTROL.test(value)) throw new DecodeError(`${keyword} holds a control character`);
  const text = value.trim();
  if (UNIVERSAL.test(text)) return [];
  if (options.empty && text === '""') return [{ kind: "empty" }];
  if (match === "name" && options.fuzzy) return [parseFuzzy(keyword, text)];
  const values = splitValues(attribute, text);
  if (values.length > MAX_LIST_VALUES) {
    throw new LimitError("list values", MAX_LIST_VALUES, `The list in ${keyword}`);
  }
  if (values.some((each) => each.length > MAX_KEY_VALUE_LENGTH)) {
    throw new LimitError("key value length", MAX_KEY_VALUE_LENGTH, `The value of ${keyword}`);
  }
  const [first, ...others] = values;
  if (first === undefined) throw new DecodeError(`${keyword} holds only separators`);
  if (others.length === 0) return parseOne(match, keyword, first);
  if (!options.multiple && !isAlwaysList(attribute)) {
    throw new DecodeError(`${keyword} takes one value unless multiplevaluematching=true`);
  }
  return [{ kind: "list", values: values.map((each) => parseListed(match, keyword, each)) }];
}

/** UID lists need no asking for (PS3.4 C.2.2.2.2); a comma can be in no code string either. */
function isAlwaysList({ vr }: SearchAttribute): boolean {
  return vr === "UI" || vr === "CS";
}

function splitValues(attribute: SearchAttribute, text: string): string[] {
  const values = text.split(isAlwaysList(attribute) ? /[\\,]/ : "\\");
  return values.map((value) => value.trim()).filter((value) => value !== "");
}

function parseOne(match: MatchType, keyword: string, value: string): readonly Match[] {
  switch (match) {
    case "uid":
      return [{ kind: "single", value: uid(keyword, value) }];
    case "text":
      return [textMatch(value)];
    case "number":
      return [textMatch(foldNumber(value))];
    case "name":
      return foldNames(value).map(withoutOpenEnd).filter((group) => !UNIVERSAL.test(group))
        .map(textMatch);
    case "date":
      return [parseDateMatch(keyword, value)];
    case "time":
      return [parseTimeMatch(keyword, value)];
  }
}

/** One of several values: compared as a whole, so that a list stays a list. */
function parseListed(match: MatchType, keyword: string, value: string): string {
  if (WILDCARD.test(value)) throw new DecodeError(`${keyword} has a wildcard in a list of values`);
  switch (match) {
    case "uid":
      return uid(keyword, value);
    case "text":
      return value;
    case "number":
      return foldNumber(value);
    case "name":
      if (value.includes("=")) throw new DecodeError(`${keyword} has name groups in a list`);
      return foldName(value);
    case "date": {
      const date = parseDateKey(value);
      if (date === undefined) throw badDate(keyword);
      return date;
    }
    case "time":
      throw new DecodeError(`${keyword} takes no list of values`);
  }
}

/**
 * A name's pattern whose last components are open, with one wildcard for all of them: a component
 * may be empty, and empty ones at the end are not written (PS3.5 6.2), so that `DOE^*^*` says what
 * `DOE^*` says and `DOE*^*` what `DOE*` says.
 */
function withoutOpenEnd(pattern: string): string {
  return pattern.replace(/\*[*^]*$/, "*");
}

function textMatch(value: string): Match {
  if (!WILDCARD.test(value)) return { kind: "single", value };
  return { kind: "wildcard", pattern: value.replace(/\*+/g, "*") };
}

function uid(keyword: string, value: string): string {
  if (!isUsableUID(value)) throw new DecodeError(`${keyword} is not a UID or a list of them`);
  return value;
}

function parseDateMatch(keyword: string, value: string): Match {
  const [from, to, ...rest] = value.split("-").map((end) => end.trim());
  const first = from === "" ? undefined : parseDateKey(from ?? "");
  if (to === undefined && first !== undefined) return { kind: "single", value: first };
  const last = to === "" || to === undefined ? undefined : parseDateKey(to);
  const malformed = rest.length > 0 || (from !== "" && first === undefined) ||
    (to !== "" && last === undefined) || (first === undefined && last === undefined);
  if (malformed) throw badDate(keyword);
  if (first !== undefined && last !== undefined && first > last) {
    throw new DecodeError(`The range in ${keyword} ends before it begins`);
  }
  return { kind: "range", from: first, to: last };
}

/** One time is a span: one without seconds means all of its minute. */
function parseTimeMatch(keyword: string, value: string): Match {
  const [from, to, ...rest] = value.split("-").map((end) => end.trim());
  const first = from === "" ? undefined : parseTime(from ?? "");
  if (to === undefined && first !== undefined) {
    return { kind: "span", from: first.first, to: first.last };
  }
  const last = to === "" || to === undefined ? undefined : parseTime(to);
  const malformed = rest.length > 0 || (from !== "" && first === undefined) ||
    (to !== "" && last === undefined) || (first === undefined && last === undefined);
  if (malformed) {
    throw new DecodeError(`${keyword} is not a time HHMMSS.FFFFFF or a range of two, from-to`);
  }
  return { kind: "range", from: first?.first, to: last?.last };
}

function badDate(keyword: string): DecodeError {
  return new DecodeError(`${keyword} is not a date YYYYMMDD or a range of two, from-to`);
}

function parseFuzzy(keyword: string, value: string): Match {
  const terms = foldNames(value).flatMap((group) => group.split(/[\s^*?-]+/))
    .filter((term) => term !== "");
  if (terms.length > MAX_FUZZY_TERMS) {
    throw new LimitError("fuzzy terms", MAX_FUZZY_TERMS, `The name in ${keyword}`);
  }
  if (terms.length === 0) throw new DecodeError(`${keyword} holds no part of a name`);
  return { kind: "fuzzy", terms };
}
