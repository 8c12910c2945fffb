/**
 * The Store Instances Response Module (PS3.18 Annex I).
 * @module
 */
import {
  type FailedResult,
  type StoredResult,
  type StoreResult,
  WARNING_DATA_SET_DOES_NOT_MATCH,
} from "./store_result.ts";

/** An attribute in the DICOM JSON Model (PS3.18 F.2). */
interface JsonAttribute {
  readonly vr: string;
  readonly Value?: readonly (string | number | JsonObject)[];
}

/** A data set or item in the DICOM JSON Model. */
export type JsonObject = { readonly [tag: string]: JsonAttribute };

/** An answer to a store request. */
export interface StoreResponse {
  /** PS3.18 Table 10.5.3-1. */
  readonly status: 200 | 202 | 409;
  readonly module: JsonObject;
  /** URL of the study, where all that is stored belongs to one. */
  readonly studyURL: string | undefined;
}

/** Retrieve URL (0008,1190), Error Comment (0000,0902) and the rest of Table I.1-1. */
const TAG = {
  ErrorComment: "00000902",
  ReferencedSOPClassUID: "00081150",
  ReferencedSOPInstanceUID: "00081155",
  RetrieveURL: "00081190",
  WarningReason: "00081196",
  FailureReason: "00081197",
  FailedSOPSequence: "00081198",
  ReferencedSOPSequence: "00081199",
  OtherFailuresSequence: "0008119A",
} as const;

/** Characters of a value of VR LO. */
const COMMENT_MAX = 64;

/** The answer to a request with these results; `base` is the URL of the archive's DICOMweb root. */
export function storeResponse(results: readonly StoreResult[], base: string): StoreResponse {
  const stored = results.filter((result) => result.kind !== "failed");
  const failed = results.filter((result) => result.kind === "failed");
  const studies = new Set(stored.map(({ instance }) => instance.StudyInstanceUID));
  const [study] = studies;
  const studyURL = studies.size === 1 ? `${base}/studies/${study}` : undefined;
  const flawless = failed.length === 0 && stored.every(({ warnings }) => warnings.length === 0);
  return {
    status: stored.length === 0 ? 409 : flawless ? 200 : 202,
    studyURL,
    module: {
      [TAG.RetrieveURL]: attribute("UR", studyURL),
      ...sequence(TAG.FailedSOPSequence, failed.filter(isIdentified).map(failedItem)),
      ...sequence(TAG.ReferencedSOPSequence, stored.map((result) => storedItem(result, base))),
      ...sequence(
        TAG.OtherFailuresSequence,
        failed.filter((result) => !isIdentified(result)).map(failureItem),
      ),
    },
  };
}

function storedItem({ instance, warnings }: StoredResult, base: string): JsonObject {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID } = instance;
  const url = `${base}/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}` +
    `/instances/${SOPInstanceUID}`;
  return {
    ...(warnings.length > 0 && { [TAG.ErrorComment]: comment(warnings.join("; ")) }),
    [TAG.ReferencedSOPClassUID]: attribute("UI", SOPClassUID),
    [TAG.ReferencedSOPInstanceUID]: attribute("UI", SOPInstanceUID),
    [TAG.RetrieveURL]: attribute("UR", url),
    ...(warnings.length > 0 && {
      [TAG.WarningReason]: attribute("US", WARNING_DATA_SET_DOES_NOT_MATCH),
    }),
  };
}

/** True where the failure can be referenced by its UIDs (PS3.3 Table 10-11 has both as type 1). */
function isIdentified(result: FailedResult): boolean {
  return result.SOPClassUID !== undefined && result.SOPInstanceUID !== undefined;
}

function failedItem(result: FailedResult): JsonObject {
  return {
    [TAG.ErrorComment]: comment(result.explanation),
    [TAG.ReferencedSOPClassUID]: attribute("UI", result.SOPClassUID),
    [TAG.ReferencedSOPInstanceUID]: attribute("UI", result.SOPInstanceUID),
    [TAG.FailureReason]: attribute("US", result.reason),
  };
}

function failureItem(result: FailedResult): JsonObject {
  return {
    [TAG.ErrorComment]: comment(result.explanation),
    [TAG.FailureReason]: attribute("US", result.reason),
  };
}

function comment(text: string): JsonAttribute {
  return attribute("LO", text.slice(0, COMMENT_MAX));
}

function attribute(vr: string, value: string | number | undefined): JsonAttribute {
  return value === undefined ? { vr } : { vr, Value: [value] };
}

function sequence(tag: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [tag]: { vr: "SQ", Value: items } };
}
