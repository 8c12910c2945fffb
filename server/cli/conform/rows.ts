/**
 * Data sets in the DICOM JSON Model (PS3.18 F.2), the one form in which checks look at them, whether
 * they came as JSON, as XML or in a file.
 * @module
 */
import { formatTag, tagOf } from "../../../lib/dicom/dictionary.ts";
import { encodeJson } from "../../../lib/dicom/json.ts";
import { decodeXml } from "../../../lib/dicom/xml_decode.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { textOf } from "./http.ts";

/** An attribute. */
export interface Attribute {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly BulkDataURI?: string;
  readonly InlineBinary?: string;
}

/** A data set: attributes by tag, eight uppercase hexadecimal digits. */
export type Row = Readonly<Record<string, Attribute>>;

/** The tag of a standard keyword as it stands in JSON. Throws RangeError for no keyword. */
export function hexTag(keyword: string): string {
  const tag = tagOf(keyword);
  if (tag === undefined) throw new RangeError(`${keyword} is no keyword`);
  return formatTag(tag);
}

/** The array that an answer in JSON holds. Throws DecodeError where it is none, or not of data sets. */
export function rowsOfJson(body: Uint8Array): readonly Row[] {
  const value = parsed(body);
  if (!Array.isArray(value)) throw new DecodeError("The JSON is no array");
  return value.map(rowOf);
}

/** The data set that an answer in JSON holds, alone or as the only one of an array. Throws DecodeError. */
export function rowOfJson(body: Uint8Array): Row {
  const value = parsed(body);
  return rowOf(Array.isArray(value) && value.length === 1 ? value[0] : value);
}

/** The data set of a Native DICOM Model (PS3.19 A.1). Throws DecodeError, LimitError. */
export function rowOfXml(body: Uint8Array): Row {
  const json = encodeJson(decodeXml(textOf(body)), { bulkDataURI: (path) => path });
  return rowOf(JSON.parse(json));
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch {
    throw new DecodeError("It is no JSON");
  }
}

function rowOf(value: unknown): Row {
  if (!isObject(value)) throw new DecodeError("A data set in JSON is an object");
  const attributes = Object.entries(value).map(([tag, attribute]) => {
    if (!/^[0-9A-F]{8}$/.test(tag)) {
      throw new DecodeError("An attribute's name in JSON is no tag of eight uppercase hex digits");
    }
    return [tag, attributeOf(tag, attribute)] as const;
  });
  return Object.fromEntries(attributes);
}

function attributeOf(tag: string, value: unknown): Attribute {
  if (!isObject(value)) throw new DecodeError(`The attribute ${tag} in JSON is no object`);
  const { vr, Value, BulkDataURI, InlineBinary } = value;
  if (typeof vr !== "string" || !/^[A-Z]{2}$/.test(vr)) {
    throw new DecodeError(`The attribute ${tag} in JSON has no vr`);
  }
  if (Value !== undefined && !Array.isArray(Value)) {
    throw new DecodeError(`The Value of ${tag} in JSON is no array`);
  }
  const uris = [BulkDataURI, InlineBinary];
  if (!uris.every((uri) => uri === undefined || typeof uri === "string")) {
    throw new DecodeError(`The attribute ${tag} in JSON has a value that is no string`);
  }
  return {
    vr,
    ...(Value === undefined ? {} : { Value }),
    ...(typeof BulkDataURI === "string" ? { BulkDataURI } : {}),
    ...(typeof InlineBinary === "string" ? { InlineBinary } : {}),
  };
}

/** The attribute of a keyword. */
export function attributeIn(row: Row, keyword: string): Attribute | undefined {
  return row[hexTag(keyword)];
}

/** The values of an attribute as text: of a person name its alphabetic group; none where it is empty. */
export function textsIn(row: Row, keyword: string): readonly string[] {
  return (attributeIn(row, keyword)?.Value ?? []).map((value) => {
    if (typeof value === "string" || typeof value === "number") return String(value).trim();
    return isObject(value) && typeof value.Alphabetic === "string" ? value.Alphabetic : "";
  });
}

/** The first value as text; empty where there is none. */
export function textIn(row: Row, keyword: string): string {
  return textsIn(row, keyword)[0] ?? "";
}

/** Values in a form that is the same where they mean the same: IS and DS may be strings (F.2.3). */
export function canonical(values: readonly unknown[] = []): string {
  return values.map((value) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value).trim();
    return text !== "" && Number.isFinite(Number(text)) ? String(Number(text)) : text;
  }).join("\\");
}

/** The first value as a number; NaN where there is none. */
export function numberIn(row: Row, keyword: string): number {
  return Number(textIn(row, keyword) || NaN);
}

/** The items of a sequence. Throws DecodeError where they are no data sets. */
export function itemsIn(row: Row, keyword: string): readonly Row[] {
  return (attributeIn(row, keyword)?.Value ?? []).map(rowOf);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
