/**
 * DICOM JSON (PS3.18 F.2) of a data set. It is made for every instance that is stored, so it is
 * written straight as text.
 * @module
 */

import { isNumberVR, readNumbers, readTags } from "./binary_values.ts";
import { type Charset, charsetOf, decodeText, DEFAULT_CHARSET, trimEnd } from "./charset.ts";
import type { DataSet, Element, ValueElement, VR } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import { PERSON_NAME_GROUPS } from "./values.ts";
import { VR_TRAITS } from "./vr.ts";

/** What the text depends on beside the data set. */
export interface JsonOptions {
  /**
   * The BulkDataURI of a value that is not in memory. Its path is the tag, or for a value in an
   * item the way to it with items counted from 1: `7FE00010`, `00400260/1/00081140`.
   */
  readonly bulkDataURI: (path: string) => string;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;

/** No character of JSON text, where a null is always escaped. */
const CUT = "\0";

/** What may be said of the text of a DS or an IS. */
interface NumberGrammar {
  /** JSON's own form (RFC 8259 6) and surely in range, as nearly every value is. */
  readonly plain: RegExp;
  readonly valid: RegExp;
  readonly isInRange: (value: number) => boolean;
}

const DECIMAL_STRING: NumberGrammar = {
  plain: /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/,
  valid: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
  isInRange: Number.isFinite,
};
const INTEGER_STRING: NumberGrammar = {
  plain: /^-?(?:0|[1-9]\d{0,14})$/,
  valid: /^[+-]?\d+$/,
  isInRange: Number.isSafeInteger,
};

/** Options, and what stands before each BulkDataURI. */
interface Writing extends JsonOptions {
  readonly base: "" | typeof CUT;
}

/** The DICOM JSON Model Object of a data set. */
export function encodeJson(dataSet: DataSet, options: JsonOptions): string {
  return objectOf(dataSet, "", DEFAULT_CHARSET, { ...options, base: "" });
}

/**
 * The same, cut wherever a base URL goes that is not known yet: `bulkDataURI` gives what follows
 * it. With n such values there are n + 1 pieces.
 */
export function encodeJsonPieces(dataSet: DataSet, options: JsonOptions): string[] {
  return objectOf(dataSet, "", DEFAULT_CHARSET, { ...options, base: CUT }).split(CUT);
}

function objectOf(dataSet: DataSet, path: string, inherited: Charset, writing: Writing): string {
  const charset = charsetOf(dataSet, inherited);
  const members: string[] = [];
  for (const element of ascending(dataSet)) {
    // Group lengths have no place in it (F.2.2).
    if ((element.tag & 0xFFFF) === 0) continue;
    const name = formatTag(element.tag);
    const content = contentOf(element, path + name, charset, writing);
    members.push(`"${name}":{"vr":"${element.vr}"${content}}`);
  }
  // Joined, the text of an item is one string; added up, it would stay a tree of all its parts.
  return `{${members.join(",")}}`;
}

function contentOf(element: Element, path: string, charset: Charset, writing: Writing): string {
  switch (element.kind) {
    case "value":
      return valueOf(element, charset);
    case "sequence": {
      const objects = element.items.map((item, index) =>
        objectOf(item, `${path}/${index + 1}/`, charset, writing)
      );
      return arrayOf(objects);
    }
    case "bulk":
    case "fragments": {
      const uri = JSON.stringify(writing.bulkDataURI(path));
      return `,"BulkDataURI":"${writing.base}${uri.slice(1)}`;
    }
    case "uri":
      return `,"BulkDataURI":${JSON.stringify(element.uri)}`;
  }
}

function valueOf({ tag, vr, bytes }: ValueElement, charset: Charset): string {
  // An element that is empty has no Value (F.2.5).
  if (bytes.length === 0) return "";
  if (isNumberVR(vr)) return arrayOf(readNumbers(vr, bytes).map(numberText));
  const { kind, multiValued } = VR_TRAITS[vr];
  if (kind === "tag") return arrayOf(readTags(bytes).map((value) => `"${formatTag(value)}"`));
  if (kind !== "text") return `,"InlineBinary":"${bytes.toBase64()}"`;
  // The text is Unicode from here on (F.2), whatever it was.
  if (tag === SPECIFIC_CHARACTER_SET) return `,"Value":["ISO_IR 192"]`;
  const text = decodeText(bytes, vr, charset);
  if (text === "") return "";
  return multiValued && text.includes("\\")
    ? arrayOf(text.split("\\").map((value) => singleText(vr, trimEnd(value))))
    : arrayOf([singleText(vr, text)]);
}

function arrayOf(values: readonly string[]): string {
  return values.length === 0 ? "" : `,"Value":[${values.join(",")}]`;
}

/** One value of a text; empty ones among several are null (F.2.5). */
function singleText(vr: VR, text: string): string {
  if (text === "") return "null";
  switch (vr) {
    case "DS":
      return decimalText(text.trim(), DECIMAL_STRING);
    case "IS":
      return decimalText(text.trim(), INTEGER_STRING);
    case "PN":
      return personNameText(text);
    default:
      return JSON.stringify(text);
  }
}

/**
 * A number, with its digits as they are where JSON's grammar allows it; else a string, which F.2.3
 * permits in order to lose nothing.
 */
function decimalText(text: string, grammar: NumberGrammar): string {
  if (grammar.plain.test(text)) return text;
  const value = Number(text);
  return grammar.valid.test(text) && grammar.isInRange(value)
    ? numberText(value)
    : JSON.stringify(text);
}

/** F.2.3 has no word for what JSON has no number for; these strings are read back by JavaScript, Java and Python. */
function numberText(value: number | bigint): string {
  if (typeof value === "bigint") {
    const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    return safe ? `${value}` : `"${value}"`;
  }
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : `${value}`;
}

/** The component groups of PS3.5 6.2.1 that are not empty. */
function personNameText(text: string): string {
  if (!text.includes("=")) return `{"Alphabetic":${JSON.stringify(text)}}`;
  const groups = text.split("=").map(trimEnd);
  const members = PERSON_NAME_GROUPS.flatMap((name, index) => {
    const group = groups[index];
    return group ? [`"${name}":${JSON.stringify(group)}`] : [];
  });
  return members.length === 0 ? "null" : `{${members.join(",")}}`;
}

/** The elements by ascending tag, as F.2.2 wants them; files that are not sound have them otherwise. */
export function ascending(dataSet: DataSet): Iterable<Element> {
  let last = -1;
  for (const tag of dataSet.keys()) {
    if (tag < last) return [...dataSet.values()].sort((a, b) => a.tag - b.tag);
    last = tag;
  }
  return dataSet.values();
}
