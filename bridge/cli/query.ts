/**
 * Keys of a query as a person writes them: `PatientName=DOE*`, `StudyDate=20240101-`, or a bare
 * keyword for an attribute that is only to be returned.
 * @module
 */
import type { DataSet, Element, Tag } from "../../lib/dicom/dataset.ts";
import { implicitVR, keywordOf, parseTag } from "../../lib/dicom/dictionary.ts";
import { announceCharset, dataSetOf, encodeValues } from "../../lib/dicom/encode_values.ts";
import { VR_TRAITS } from "../../lib/dicom/vr.ts";
import type { QueryRetrieveRoot } from "../../lib/dimse/sop_classes.ts";
import { DecodeError } from "../../lib/errors.ts";
import {
  QUERY_RETRIEVE_LEVEL,
  type QueryRetrieveLevel,
} from "../../lib/query/information_model.ts";
import { UsageError } from "./usage_error.ts";

/** What is asked for. */
export interface Query {
  readonly root: QueryRetrieveRoot;
  readonly level: QueryRetrieveLevel;
  /** Keys by tag, in the order in which they were written. */
  readonly keys: ReadonlyMap<Tag, Element>;
}

const LEVELS: readonly QueryRetrieveLevel[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
const ROOTS: readonly QueryRetrieveRoot[] = ["patient", "study"];

/** Unique keys, the deepest first: the first that has a value says which level is meant. */
const LEVEL_OF_KEY: readonly (readonly [Tag, QueryRetrieveLevel])[] = [
  [0x00080018, "IMAGE"],
  [0x0020000E, "SERIES"],
  [0x0020000D, "STUDY"],
  [0x00100020, "PATIENT"],
];

/** What a search shows where nothing else is asked for. */
const SHOWN: Readonly<Record<QueryRetrieveLevel, string>> = {
  PATIENT: "PatientID PatientName PatientBirthDate PatientSex NumberOfPatientRelatedStudies",
  STUDY: "StudyDate PatientID PatientName ModalitiesInStudy StudyDescription AccessionNumber " +
    "NumberOfStudyRelatedInstances StudyInstanceUID",
  SERIES: "SeriesNumber Modality SeriesDescription NumberOfSeriesRelatedInstances " +
    "SeriesInstanceUID",
  IMAGE: "InstanceNumber SOPClassUID SOPInstanceUID",
};

/** Reads keys. Throws UsageError. */
export function readQuery(
  operands: readonly string[],
  level: string | undefined,
  root: string | undefined,
): Query {
  const keys = new Map(operands.map((operand) => {
    const key = readKey(operand);
    return [key.tag, key];
  }));
  const named = oneOf("--level", LEVELS, level?.toUpperCase());
  const meant = named ?? LEVEL_OF_KEY.find(([tag]) => hasValue(keys, tag))?.[1] ?? "STUDY";
  return {
    level: meant,
    root: oneOf("--root", ROOTS, root?.toLowerCase()) ??
      (meant === "PATIENT" ? "patient" : "study"),
    keys,
  };
}

function hasValue(keys: Query["keys"], tag: Tag): boolean {
  const key = keys.get(tag);
  return key?.kind === "value" && key.bytes.length > 0;
}

function oneOf<T extends string>(
  option: string,
  allowed: readonly T[],
  text: string | undefined,
): T | undefined {
  const found = allowed.find((each) => each === text);
  if (text !== undefined && found === undefined) {
    throw new UsageError(`${option} is one of ${allowed.join(", ")}`);
  }
  return found;
}

function readKey(operand: string): Element {
  const [, name = "", value = ""] = /^([^=]*)(?:=(.*))?$/s.exec(operand) ?? [];
  const tag = parseTag(name);
  const vr = tag === undefined ? undefined : implicitVR(tag, {});
  if (tag === undefined || vr === undefined) {
    throw new UsageError(`${name} is no keyword of DICOM, as PatientID or StudyInstanceUID are`);
  }
  if (vr === "SQ") throw new UsageError(`${name} is a sequence, which cannot be a key here`);
  const values = value === "" ? [] : VR_TRAITS[vr].multiValued ? value.split("\\") : [value];
  try {
    return encodeValues(tag, vr, values);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new UsageError(`${name} cannot have the value ${value}`);
  }
}

/** The identifier of a search: with the keys what is usually shown at the level. */
export function findIdentifier({ level, keys }: Query): DataSet {
  const shown = SHOWN[level].split(" ").map((keyword) => readKey(keyword));
  return identifierOf(level, [...shown, ...keys.values()]);
}

/** The identifier of a retrieval. Throws UsageError where the level's unique key is missing. */
export function retrieveIdentifier({ level, keys }: Query): DataSet {
  const [unique] = LEVEL_OF_KEY.find(([, each]) => each === level)!;
  if (!hasValue(keys, unique)) throw new UsageError(`Say which: ${keywordOf(unique)}=…`);
  return identifierOf(level, [...keys.values()]);
}

function identifierOf(level: QueryRetrieveLevel, keys: readonly Element[]): DataSet {
  const named = encodeValues(QUERY_RETRIEVE_LEVEL, "CS", [level]);
  const once = new Map([named, ...keys].map((key) => [key.tag, key]));
  return announceCharset(dataSetOf(once.values()));
}

/** The attributes that a search shows, in the order of its columns. */
export function columnsOf({ level, keys }: Query): Tag[] {
  const shown = SHOWN[level].split(" ").map((keyword) => readKey(keyword).tag);
  return [...new Set([...shown, ...keys.keys()])];
}
