/**
 * A match of a search as the identifier of a C-FIND response (PS3.4 C.4.1.1.3.2): every attribute
 * that was asked for, without a value where none is known, and no other.
 * @module
 */
import { changeCharset } from "../dicom/change_charset.ts";
import { type Charset, charsetOf, DEFAULT_CHARSET } from "../dicom/charset.ts";
import type { DataSet, Element, Tag, VR } from "../dicom/dataset.ts";
import { implicitVR, isPrivateCreator } from "../dicom/dictionary.ts";
import { encodeValues } from "../dicom/encode_values.ts";
import { QUERY_RETRIEVE_LEVEL } from "./information_model.ts";

const SPECIFIC_CHARACTER_SET: Tag = 0x00080005;
const RETRIEVE_AE_TITLE: Tag = 0x00080054;
const INSTANCE_AVAILABILITY: Tag = 0x00080056;

/** What is the same in all responses to a request. */
export interface ResponseContext {
  /** The request's identifier. */
  readonly identifier: DataSet;
  /** For text where the identifier names no character set; undefined for the smallest that has it. */
  readonly charset: Charset | undefined;
  /** Title under which the matches can be retrieved. */
  readonly RetrieveAETitle: string;
}

/** The identifier of the response for one match, whose text is UTF-8 as DICOM JSON is. */
export function responseIdentifier(match: DataSet, context: ResponseContext): DataSet {
  const { identifier, RetrieveAETitle } = context;
  const answered = new Map(requested(identifier, match));
  answered.set(RETRIEVE_AE_TITLE, encodeValues(RETRIEVE_AE_TITLE, "AE", [RetrieveAETitle]));
  const availability = match.get(INSTANCE_AVAILABILITY);
  if (availability !== undefined) answered.set(INSTANCE_AVAILABILITY, availability);
  const level = identifier.get(QUERY_RETRIEVE_LEVEL);
  if (level !== undefined) answered.set(QUERY_RETRIEVE_LEVEL, level);

  const { dataSet, charset } = changeCharset(answered, wantedCharset(context));
  const isDefault = charset.terms === DEFAULT_CHARSET.terms;
  if (isDefault && !identifier.has(SPECIFIC_CHARACTER_SET)) return dataSet;
  const terms = encodeValues(SPECIFIC_CHARACTER_SET, "CS", [...charset.terms.split("\\")]);
  return new Map([[SPECIFIC_CHARACTER_SET, terms], ...dataSet]);
}

/** The caller's own, if it said so: it can read that. */
function wantedCharset({ identifier, charset }: ResponseContext): Charset | undefined {
  const element = identifier.get(SPECIFIC_CHARACTER_SET);
  const isNamed = element?.kind === "value" && element.bytes.length > 0;
  return isNamed ? charsetOf(identifier) : charset;
}

/** The attributes of a request with their values in a match. */
function* requested(request: DataSet, match: DataSet): Generator<[Tag, Element], void, undefined> {
  for (const element of request.values()) {
    const { tag } = element;
    if ((tag & 0xffff) === 0 || tag === SPECIFIC_CHARACTER_SET) continue;
    // Whose private attributes follow is repeated, though they come without values.
    yield [tag, isPrivateCreator(tag) ? element : answerOf(element, match.get(tag))];
  }
}

function answerOf(asked: Element, found: Element | undefined): Element {
  const { tag } = asked;
  switch (found?.kind) {
    case "value":
      return found;
    case "sequence":
      return { ...found, items: found.items.map((item) => itemOf(asked, item)) };
    default:
      return asked.kind === "sequence"
        ? { kind: "sequence", tag, vr: "SQ", items: [] }
        : { kind: "value", tag, vr: vrOf(asked), bytes: new Uint8Array() };
  }
}

/** Of an item what the request's item asks for; all of it where that is empty. */
function itemOf(asked: Element, item: DataSet): DataSet {
  const request = asked.kind === "sequence" ? asked.items[0] : undefined;
  return request === undefined || request.size === 0 ? item : new Map(requested(request, item));
}

function vrOf({ tag, vr }: Element): VR {
  return vr === "UN" ? implicitVR(tag, {}) : vr;
}
