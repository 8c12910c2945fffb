/**
 * DICOM JSON (PS3.18 F.2) back to a data set.
 * @module
 */

import { DecodeError, LimitError } from "../errors.ts";
import type { DataSet, Element, Tag, VR } from "./dataset.ts";
import {
  announceCharset,
  dataSetOf,
  elementError,
  encodeBase64,
  encodeValues,
  joinParts,
  type PlainValue,
} from "./encode_values.ts";
import { SEQUENCE_DEPTH } from "./scan_limits.ts";
import { PERSON_NAME_GROUPS } from "./values.ts";
import { isVR } from "./vr.ts";

/**
 * The data set that a DICOM JSON Model Object describes, its text in UTF-8. Values that it names
 * by BulkDataURI become elements of kind `uri`. Group lengths are left out, as F.2.2 has it.
 *
 * @param value what JSON.parse made of the object; nothing of its form is taken for granted
 * @throws {DecodeError} where it is no such object; the message names the attribute
 * @throws {LimitError} where sequences nest deeper than {@linkcode SEQUENCE_DEPTH}
 */
export function decodeJson(value: unknown): DataSet {
  return announceCharset(decodeObject(value, 0));
}

function decodeObject(value: unknown, depth: number): DataSet {
  if (!isObject(value)) throw new DecodeError("A DICOM JSON Model Object is a JSON object");
  if (depth > SEQUENCE_DEPTH) {
    throw new LimitError("SEQUENCE_DEPTH", SEQUENCE_DEPTH, "The nesting of sequences");
  }
  const elements = new Map<Tag, Element>();
  for (const [name, attribute] of Object.entries(value)) {
    if (!/^[0-9A-Fa-f]{8}$/.test(name)) {
      throw new DecodeError("The names in a DICOM JSON Model Object are eight hexadecimal digits");
    }
    const tag = parseInt(name, 16);
    if (elements.has(tag)) throw elementError(tag, "it is there twice");
    if ((tag & 0xFFFF) !== 0) elements.set(tag, decodeAttribute(tag, attribute, depth));
  }
  return dataSetOf(elements.values());
}

function decodeAttribute(tag: Tag, attribute: unknown, depth: number): Element {
  if (!isObject(attribute)) throw elementError(tag, "it is no JSON object");
  const { vr, Value: values, BulkDataURI: uri, InlineBinary: base64 } = attribute;
  if (typeof vr !== "string" || !isVR(vr)) throw elementError(tag, "vr is no VR of DICOM");
  if ([values, uri, base64].filter((content) => content !== undefined).length > 1) {
    throw elementError(tag, "it may have one of Value, BulkDataURI and InlineBinary");
  }
  if (uri !== undefined) return decodeURI(tag, vr, uri);
  if (base64 !== undefined) {
    if (typeof base64 !== "string") throw elementError(tag, "InlineBinary is a string");
    return encodeBase64(tag, vr, base64);
  }
  if (values !== undefined && !Array.isArray(values)) throw elementError(tag, "Value is no array");
  return decodeValues(tag, vr, values ?? [], depth);
}

function decodeURI(tag: Tag, vr: VR, uri: unknown): Element {
  if (typeof uri !== "string" || vr === "SQ") {
    throw elementError(tag, "BulkDataURI is out of place");
  }
  return { kind: "uri", tag, vr, uri };
}

function decodeValues(tag: Tag, vr: VR, values: readonly unknown[], depth: number): Element {
  switch (vr) {
    case "SQ":
      if (!values.every(isObject)) throw elementError(tag, "its items are objects");
      return {
        kind: "sequence",
        tag,
        vr,
        items: values.map((item) => decodeObject(item, depth + 1)),
      };
    case "PN":
      return encodeValues(tag, vr, values.map((value) => personName(tag, value)));
    default:
      return encodeValues(tag, vr, values.map((value) => plainValue(tag, value)));
  }
}

function plainValue(tag: Tag, value: unknown): PlainValue {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw elementError(tag, "its values are strings, numbers or null");
}

function personName(tag: Tag, value: unknown): PlainValue {
  if (value === null) return null;
  if (!isObject(value)) throw elementError(tag, "a person name is an object of component groups");
  const groups = PERSON_NAME_GROUPS.map((name) => {
    const group = value[name] ?? "";
    if (typeof group !== "string") throw elementError(tag, "a component group is a string");
    return group;
  });
  return joinParts(groups, "=");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
