/**
 * Values that came as text or numbers, in JSON or XML, as the bytes of a data element. Text
 * becomes UTF-8; lengths become even (PS3.18 F.2, PS3.19 A.1).
 * @module
 */

import { DecodeError } from "../errors.ts";
import { isNumberVR, type NumberVR, writeNumbers, writeTags } from "./binary_values.ts";
import type { DataSet, Element, Tag, ValueElement, VR } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import { layoutOf } from "./value_layout.ts";
import { VR_TRAITS } from "./vr.ts";

const SPECIFIC_CHARACTER_SET = 0x00080005;

/** The largest length of a DS value (PS3.5 Table 6.2-1). */
const DECIMAL_STRING_LENGTH = 16;

const encoder = new TextEncoder();

/** Specific Character Set of what is made here. */
const UNICODE: ValueElement = {
  kind: "value",
  tag: SPECIFIC_CHARACTER_SET,
  vr: "CS",
  bytes: encoder.encode("ISO_IR 192"),
};

/** One value as JSON or XML has it; null where it is empty. */
export type PlainValue = string | number | null;

/**
 * The element of these values. Person names are given with their component groups joined by `=`.
 *
 * @throws {DecodeError} where a value is not what the VR takes
 */
export function encodeValues(tag: Tag, vr: VR, values: readonly PlainValue[]): ValueElement {
  return { kind: "value", tag, vr, bytes: bytesOf(tag, vr, values) };
}

/**
 * The element of an octet stream in base64 (PS3.18 F.2.7).
 *
 * @throws {DecodeError} where the VR is of another kind, or the text is not base64
 */
export function encodeBase64(tag: Tag, vr: VR, base64: string): ValueElement {
  if (VR_TRAITS[vr].kind !== "bytes") throw elementError(tag, `${vr} takes no InlineBinary`);
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(base64);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw elementError(tag, "InlineBinary is no base64");
    throw cause;
  }
  return { kind: "value", tag, vr, bytes: padded(vr, bytes) };
}

/** Parts of a person name joined by their delimiter, without those at the end that are empty (PS3.5 6.2.1). */
export function joinParts(parts: readonly string[], delimiter: "=" | "^"): string {
  return parts.slice(0, parts.findLastIndex((part) => part !== "") + 1).join(delimiter);
}

/**
 * The data set of these elements, in ascending order. Specific Character Set says UTF-8 wherever
 * it is there, since that is what the text has become.
 */
export function dataSetOf(elements: Iterable<Element>): DataSet {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  return new Map(
    sorted.map((element) => [
      element.tag,
      element.tag === SPECIFIC_CHARACTER_SET ? UNICODE : element,
    ]),
  );
}

/**
 * The same data set, with Specific Character Set added where it lacks one and any text in it or
 * in its items is beyond ASCII.
 */
export function announceCharset(dataSet: DataSet): DataSet {
  if (dataSet.has(SPECIFIC_CHARACTER_SET) || !isBeyondASCII(dataSet)) return dataSet;
  return dataSetOf([UNICODE, ...dataSet.values()]);
}

/** The error that names the element which is wrong. */
export function elementError(tag: Tag, what: string): DecodeError {
  return new DecodeError(`Attribute ${formatTag(tag)}: ${what}`);
}

function isBeyondASCII(dataSet: DataSet): boolean {
  for (const element of dataSet.values()) {
    if (element.kind === "sequence" && element.items.some(isBeyondASCII)) return true;
    if (element.kind !== "value" || !VR_TRAITS[element.vr].characterSet) continue;
    if (element.bytes.some((byte) => byte > 0x7F)) return true;
  }
  return false;
}

function bytesOf(tag: Tag, vr: VR, values: readonly PlainValue[]): Uint8Array {
  if (values.every((value) => value === null || value === "")) {
    // Several empty values of a text are still several.
    return VR_TRAITS[vr].kind === "text" ? textBytes(tag, vr, values) : new Uint8Array();
  }
  if (isNumberVR(vr)) {
    const bytes = writeNumbers(vr, values.map((value) => numberOf(tag, vr, value)));
    if (bytes === undefined) throw elementError(tag, `a number is out of the range of ${vr}`);
    return bytes;
  }
  switch (VR_TRAITS[vr].kind) {
    case "tag":
      return writeTags(values.map((value) => tagValueOf(tag, value)));
    case "text":
      return textBytes(tag, vr, values);
    default:
      throw elementError(tag, `${vr} takes no Value`);
  }
}

function textBytes(tag: Tag, vr: VR, values: readonly PlainValue[]): Uint8Array {
  const { multiValued, characterSet } = VR_TRAITS[vr];
  if (values.length > 1 && !multiValued) throw elementError(tag, `${vr} takes one value only`);
  const text = values.map((value) => textValueOf(tag, vr, value)).join("\\");
  if (characterSet) return padded(vr, encoder.encode(text));
  // The inverse of decodeText: what a file wrongly had comes back as it was.
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  if (codes.some((code) => code > 0xFF)) throw elementError(tag, `${vr} takes no such characters`);
  return padded(vr, Uint8Array.from(codes));
}

function textValueOf(tag: Tag, vr: VR, value: PlainValue): string {
  if (typeof value !== "number") return value ?? "";
  switch (vr) {
    case "DS":
      if (Number.isFinite(value)) return decimalString(value);
      break;
    case "IS":
      if (Number.isSafeInteger(value)) return String(value);
      break;
  }
  throw elementError(tag, `${vr} takes no such number`);
}

/** The number with as many of its digits as a DS has room for. */
function decimalString(value: number): string {
  let text = String(value);
  for (let digits = DECIMAL_STRING_LENGTH; text.length > DECIMAL_STRING_LENGTH; digits--) {
    const rounded = Number(value.toPrecision(digits));
    const plain = String(rounded);
    // The plain form of large numbers has every digit before the point; the largest round to infinity.
    const fits = plain.length <= DECIMAL_STRING_LENGTH && Number.isFinite(rounded);
    text = fits ? plain : value.toExponential(digits - 1);
  }
  return text;
}

function numberOf(tag: Tag, vr: NumberVR, value: PlainValue): number | bigint {
  if (typeof value === "number") return value;
  const text = value?.trim() ?? "";
  if (vr === "FD" || vr === "FL") {
    if (/^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text) && !Number.isNaN(Number(text))) {
      return Number(text);
    }
    const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
    if (special) return special[2] ? NaN : special[1] === "-" ? -Infinity : Infinity;
  } else if (/^[+-]?\d{1,20}$/.test(text)) {
    return BigInt(text.replace("+", ""));
  }
  throw elementError(tag, `${vr} takes numbers only`);
}

function tagValueOf(tag: Tag, value: PlainValue): Tag {
  if (typeof value !== "string" || !/^[0-9A-Fa-f]{8}$/.test(value)) {
    throw elementError(tag, "AT takes eight hexadecimal digits");
  }
  return parseInt(value, 16);
}

function padded(vr: VR, bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = layoutOf(vr).padding;
  return even;
}
