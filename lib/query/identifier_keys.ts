/**
 * The keys of an identifier (PS3.4 C.4.1.1.3.1): which attributes are to match what, and which are
 * to be returned only.
 * @module
 */
import { type Charset, charsetOf } from "../dicom/charset.ts";
import type { DataSet, Element, Tag, VR } from "../dicom/dataset.ts";
import {
  formatTag,
  implicitVR,
  isPrivate,
  isPrivateCreator,
  keywordOf,
} from "../dicom/dictionary.ts";
import { numbers, strings } from "../dicom/values.ts";
import { VR_TRAITS } from "../dicom/vr.ts";
import { LimitError } from "../errors.ts";
import { QUERY_RETRIEVE_LEVEL } from "./information_model.ts";

/** Keys of one identifier: ten times what any workstation asks for. Each is in every response. */
export const MAX_KEYS = 1000;

/** One matching key. */
export interface Key {
  readonly tag: Tag;
  /** As a URL names it: keywords, or tags without one, joined by dots. */
  readonly name: string;
  /** At least one, each once. */
  readonly values: readonly string[];
}

/** What an identifier asks for. */
export interface Keys {
  readonly matched: readonly Key[];
  /** Names of attributes that match universally. */
  readonly returned: readonly string[];
  /** True where a key has a value that has no form in a URL. */
  readonly hasUnsupported: boolean;
}

/** SpecificCharacterSet, QueryRetrieveLevel, RetrieveAETitle, InstanceAvailability, TimezoneOffsetFromUTC: no keys. */
const NO_KEYS: ReadonlySet<Tag> = new Set([
  0x00080005,
  QUERY_RETRIEVE_LEVEL,
  0x00080054,
  0x00080056,
  0x00080201,
]);

/**
 * The keys of an identifier, inside of sequences too; `charset` is that of one which names none.
 *
 * @throws {LimitError} beyond {@linkcode MAX_KEYS}
 */
export function keysOf(identifier: DataSet, charset?: Charset): Keys {
  const keys = { count: 0, matched: [], returned: [], hasUnsupported: false };
  collect(identifier, "", charsetOf(identifier, charset), keys);
  return keys;
}

interface Collected {
  count: number;
  readonly matched: Key[];
  readonly returned: string[];
  hasUnsupported: boolean;
}

/** Sorts the keys of a data set, and of the items in it, by what they ask for. */
function collect(dataSet: DataSet, prefix: string, charset: Charset, keys: Collected): void {
  for (const element of dataSet.values()) {
    const { tag } = element;
    if (++keys.count > MAX_KEYS) throw new LimitError("MAX_KEYS", MAX_KEYS, "The identifier");
    if ((tag & 0xffff) === 0 || NO_KEYS.has(tag)) continue;
    const name = prefix + (keywordOf(tag) ?? formatTag(tag));
    if (isPrivate(tag)) {
      // Whose it is cannot be said in a URL: it is returned empty.
      if (!isPrivateCreator(tag) && !isEmpty(element)) keys.hasUnsupported = true;
    } else if (element.kind === "sequence") {
      const [item] = element.items;
      if (item === undefined || item.size === 0) keys.returned.push(name);
      else collect(item, `${name}.`, charsetOf(item, charset), keys);
    } else {
      const values = valuesOf(dataSet, tag, charset);
      if (values === undefined) keys.hasUnsupported = true;
      if (values === undefined || values.length === 0) keys.returned.push(name);
      else keys.matched.push({ tag, name, values });
    }
  }
}

function isEmpty(element: Element): boolean {
  return element.kind === "sequence"
    ? element.items.every((item) => item.size === 0)
    : element.kind === "value" && element.bytes.length === 0;
}

/** Whose values may be ranges, of which one without ends is none. */
const RANGED: ReadonlySet<VR> = new Set<VR>(["DA", "TM", "DT"]);

/** The values to match, none for a universal match; undefined where they have no form in a URL. */
function valuesOf(dataSet: DataSet, tag: Tag, charset: Charset): string[] | undefined {
  const element = dataSet.get(tag);
  if (element?.kind !== "value") return undefined;
  const vr = element.vr === "UN" ? implicitVR(tag, {}) : element.vr;
  switch (VR_TRAITS[vr].kind) {
    case "text": {
      const values = strings(dataSet, tag, charset).filter((value) => value !== "");
      const universal = RANGED.has(vr) ? /^(\*+|-)$/ : /^\*+$/;
      return values.some((value) => universal.test(value)) ? [] : [...new Set(values)];
    }
    case "number":
      return numbers(dataSet, tag).map(String);
    default:
      return element.bytes.length === 0 ? [] : undefined;
  }
}
