/**
 * One directory record (PS3.3 F.3.2.2 and F.5): the keys that its type must have, out of an instance
 * that may lack them.
 * @module
 */
import { changeCharset } from "./change_charset.ts";
import { DEFAULT_CHARSET } from "./charset.ts";
import { writeDataSet } from "./data_set_bytes.ts";
import type { DataSet, Element, SequenceElement, Tag, ValueElement, VR } from "./dataset.ts";
import { implicitVR, tagOf } from "./dictionary.ts";
import {
  keysOf,
  type RecordKey,
  type RecordType,
  VERIFYING_OBSERVER_SEQUENCE,
} from "./directory_types.ts";
import { encodeValues, type PlainValue } from "./encode_values.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "./uids.ts";
import { items, text } from "./values.ts";
import { VR_TRAITS } from "./vr.ts";

/** The file that a record stands for (PS3.3 F.3.2.2). */
export interface ReferencedFile {
  /** Components of its File ID. */
  readonly fileId: readonly string[];
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
  readonly TransferSyntaxUID: string;
}

/** Bytes of a record; what would make it longer is left out of it: sequences that need not be there. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** Where the two offsets lie in a record: it begins with them, the In-use Flag between. */
export const NEXT_RECORD_AT = 8;
export const LOWER_LEVEL_AT = 30;

const SPECIFIC_CHARACTER_SET = 0x00080005;
const CONCEPT_NAME_CODE_SEQUENCE = 0x0040A043;
const STUDY_DATE = 0x00080020;
const CONTENT_DATE = 0x00080023;
const STUDY_TIME = 0x00080030;
const CONTENT_TIME = 0x00080033;
const REFERENCED_IMAGE_SEQUENCE = 0x00081140;
/** Class, instance, frames. */
const SOP_REFERENCE: ReadonlySet<Tag> = new Set([0x00081150, 0x00081155, 0x00081160]);
const VERIFICATION_DATE_TIME = 0x0040A030;
const CONTENT_SEQUENCE = 0x0040A730;
const RELATIONSHIP_TYPE = 0x0040A010;
const IN_USE = 0xffff;

/** Bytes of a date or time that are looked at. */
const LONGEST_MOMENT = 32;

/** Says in a file of another maker's that its record is one of ours. */
const PRIVATE_RECORD_UID = "2.25.139932876391473628260132716785535695018";

/** What stands for a missing value that a record must have; other text is `UNKNOWN`. */
const MISSING: Readonly<Record<string, PlainValue>> = {
  Modality: "OT",
  CompletionFlag: "PARTIAL",
  VerificationFlag: "UNVERIFIED",
  MIMETypeOfEncapsulatedDocument: "application/octet-stream",
};

/** The same by value representation: dates long before any image. */
const MISSING_OF_VR: { readonly [vr in VR]?: PlainValue } = {
  DA: "19000101",
  TM: "000000",
  DT: "19000101000000",
  US: 1,
  UL: 1,
};

/** A code that says that it says nothing, for a document without a title. */
const UNKNOWN_CODE: DataSet = new Map(
  [
    encodeValues(0x00080100, "SH", ["UNKNOWN"]),
    encodeValues(0x00080102, "SH", ["99GANTRY"]),
    encodeValues(0x00080104, "LO", ["Unknown"]),
  ].map((element) => [element.tag, element]),
);

/**
 * The bytes of a record in Explicit VR Little Endian, its offsets 0.
 *
 * @param dataSet of an instance, its text in UTF-8; values that are elsewhere count as missing
 * @param number what stands for a number that the instance does not have: its place among others
 */
export function encodeRecord(
  type: RecordType,
  dataSet: DataSet,
  number: number,
  file: ReferencedFile | undefined,
): Uint8Array {
  const keys = new Map<Tag, Element>();
  for (const key of keysOf(type)) {
    const element = keyElement(key, dataSet, number);
    if (element !== undefined) keys.set(element.tag, element);
  }
  const bytes = encoded(type, keys, file);
  if (bytes.length <= MAX_RECORD_BYTES) return bytes;
  const small = [...keys].filter(([tag, { kind }]) =>
    kind === "value" || tag === CONCEPT_NAME_CODE_SEQUENCE
  );
  return encoded(type, new Map(small), file);
}

function encoded(type: RecordType, keys: DataSet, file: ReferencedFile | undefined): Uint8Array {
  const record = new Map<Tag, Element>();
  const set = (tag: Tag, vr: VR, ...values: readonly PlainValue[]) =>
    record.set(tag, encodeValues(tag, vr, values));
  set(0x00041400, "UL", 0);
  set(0x00041410, "US", IN_USE);
  set(0x00041420, "UL", 0);
  set(0x00041430, "CS", type);
  if (type === "PRIVATE") set(0x00041432, "UI", PRIVATE_RECORD_UID);
  if (file !== undefined) {
    set(0x00041500, "CS", ...file.fileId);
    set(0x00041510, "UI", file.SOPClassUID);
    set(0x00041511, "UI", file.SOPInstanceUID);
    set(0x00041512, "UI", file.TransferSyntaxUID);
  }
  const { dataSet, charset } = changeCharset(keys, undefined);
  if (charset.terms !== DEFAULT_CHARSET.terms) set(SPECIFIC_CHARACTER_SET, "CS", charset.terms);
  for (const [tag, element] of dataSet) record.set(tag, element);
  return writeDataSet(record, EXPLICIT_VR_LITTLE_ENDIAN);
}

function keyElement(
  [keyword, type]: RecordKey,
  dataSet: DataSet,
  number: number,
): Element | undefined {
  const tag = tagOf(keyword) ?? 0;
  const own = held(sourceOf(tag, dataSet));
  // Under another VR it is not what a reader of directories looks for.
  if (own?.vr === implicitVR(tag, {})) return { ...own, tag };
  switch (type) {
    case "1C":
      return undefined;
    case "2":
      return implicitVR(tag, {}) === "SQ"
        ? { kind: "sequence", tag, vr: "SQ", items: [] }
        : encodeValues(tag, implicitVR(tag, {}), []);
    case "1":
      return missing(keyword, tag, number);
  }
}

/** The element that a key is taken from. */
function sourceOf(tag: Tag, dataSet: DataSet): Element | undefined {
  switch (tag) {
    case STUDY_DATE:
      return held(dataSet.get(tag)) ?? dataSet.get(CONTENT_DATE);
    case STUDY_TIME:
      return held(dataSet.get(tag)) ?? dataSet.get(CONTENT_TIME);
    case VERIFICATION_DATE_TIME: {
      // The latest of them (PS3.3 F.5.16).
      const moments = items(dataSet, VERIFYING_OBSERVER_SEQUENCE)
        .flatMap((item) => text(item, tag) ?? []).sort();
      return encodeValues(tag, "DT", moments.slice(-1));
    }
    default:
      return dataSet.get(tag);
  }
}

/** The element as a record takes it; undefined where it has no value at hand. */
function held(element: Element | undefined): Element | undefined {
  switch (element?.kind) {
    case "value":
      return hasValue(element) ? element : undefined;
    case "sequence": {
      const items = listedItems(element);
      const isHeld = items.length > 0 && items.every(isWhole);
      return isHeld ? { ...element, items } : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether it has a value that its VR allows: a day that is none is no key to look for. */
function hasValue({ vr, bytes }: ValueElement): boolean {
  const value = String.fromCharCode(...bytes.subarray(0, LONGEST_MOMENT));
  switch (vr) {
    case "DA":
      return /^\d{4}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\.\d\d\.\d\d) *$/.test(value);
    case "TM":
      return /^[0-2]\d(?::?[0-5]\d){0,2}(?:\.\d+)? *$/.test(value);
    default:
      // Padding alone is no text.
      return bytes.some((byte) => byte !== 0x20 || VR_TRAITS[vr].kind !== "text");
  }
}

/** What a record has of a sequence. */
function listedItems({ tag, items }: SequenceElement): readonly DataSet[] {
  switch (tag) {
    case CONTENT_SEQUENCE:
      // Of the content of a document, what modifies its title (PS3.3 F.5.16).
      return items.filter((item) => text(item, RELATIONSHIP_TYPE) === "HAS CONCEPT MOD");
    case REFERENCED_IMAGE_SEQUENCE:
      return items.map((item) => new Map([...item].filter(([tag]) => SOP_REFERENCE.has(tag))));
    default:
      return items;
  }
}

/** Whether all values of an item are in memory. */
function isWhole(item: DataSet): boolean {
  return [...item.values()].every((element) =>
    element.kind === "value" || (element.kind === "sequence" && element.items.every(isWhole))
  );
}

function missing(keyword: string, tag: Tag, number: number): Element {
  const vr = implicitVR(tag, {});
  if (vr === "SQ") return { kind: "sequence", tag, vr, items: [UNKNOWN_CODE] };
  const value = MISSING[keyword] ?? MISSING_OF_VR[vr];
  if (value !== undefined) return encodeValues(tag, vr, [value]);
  const isNumber = vr === "IS" || keyword === "StudyID";
  // Patients without an ID are told apart by their names, and are not one patient in the DICOMDIR.
  const unknown = keyword === "PatientID" ? `UNKNOWN_${number}` : "UNKNOWN";
  return encodeValues(tag, vr, [isNumber ? String(number) : unknown]);
}
