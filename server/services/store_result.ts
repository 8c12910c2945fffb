/**
 * What became of each instance of a store request, in the codes of PS3.18 Annex I.2.
 * @module
 */
import { DecodeError, LimitError, UnsupportedError } from "../../lib/errors.ts";
import { OutOfSpaceError } from "../blobs/blob_store.ts";
import { UnavailableError } from "../unavailable.ts";

/** Failure Reason (0008,1197): PS3.18 Table I.2-2, PS3.7 Annex C and, for C409, dcm4chee's extension. */
export const FAILURE_REASON = {
  /** Something went wrong that is not the sender's fault. */
  processingFailure: 0x0110,
  /** Another object has this SOP Instance UID. */
  duplicateSOPInstance: 0x0111,
  SOPClassNotSupported: 0x0122,
  outOfResources: 0xa700,
  /** A required UID is missing or cannot be one. */
  dataSetDoesNotMatchSOPClass: 0xa900,
  cannotUnderstand: 0xc000,
  transferSyntaxNotSupported: 0xc122,
  /** The Study Instance UID is not that of the URL. */
  studyMismatch: 0xc409,
} as const;

/** A value of {@linkcode FAILURE_REASON}. */
export type FailureReason = typeof FAILURE_REASON[keyof typeof FAILURE_REASON];

/** Warning Reason (0008,1196): the data set is stored as it came, though something in it is not right. */
export const WARNING_DATA_SET_DOES_NOT_MATCH = 0xb007;

/** The UIDs of an instance. */
export interface InstanceUIDs {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
  readonly SOPClassUID: string;
}

/** An instance that is stored, durably. */
export interface StoredResult {
  /** `already`: an equal one was there and is kept. */
  readonly kind: "stored" | "already";
  readonly instance: InstanceUIDs;
  /** What is not right with it, one sentence each. Never values of a data set. */
  readonly warnings: readonly string[];
}

/** An instance that is not stored. */
export interface FailedResult {
  readonly kind: "failed";
  /** As far as they are known. */
  readonly SOPClassUID: string | undefined;
  readonly SOPInstanceUID: string | undefined;
  readonly reason: FailureReason;
  /** For people; no values of a data set. At most 64 characters, so that it fits an Error Comment. */
  readonly explanation: string;
  /** Where a service was out of reach: it may be stored when it is sent again. */
  readonly outage?: UnavailableError;
}

/** What became of one part of a request. */
export type StoreResult = StoredResult | FailedResult;

/** Why an instance cannot be stored; thrown inside the service and answered as a result. */
export class StoreRefusal extends Error {
  override readonly name = "StoreRefusal";
  constructor(readonly reason: FailureReason, explanation: string) {
    super(explanation);
  }
}

/** The result for an error. `report` hears of those that are nobody's but ours. */
export function failedResult(
  error: unknown,
  uids: { readonly SOPClassUID?: string; readonly SOPInstanceUID?: string },
  report: (error: unknown) => void,
): FailedResult {
  const { reason, explanation } = diagnosis(error, report);
  return {
    ...(error instanceof UnavailableError ? { outage: error } : {}),
    kind: "failed",
    SOPClassUID: uids.SOPClassUID,
    SOPInstanceUID: uids.SOPInstanceUID,
    reason,
    explanation: explanation.slice(0, EXPLANATION_MAX),
  };
}

/** VR of Error Comment (0000,0902) is LO. */
const EXPLANATION_MAX = 64;

function diagnosis(
  error: unknown,
  report: (error: unknown) => void,
): { readonly reason: FailureReason; readonly explanation: string } {
  if (error instanceof StoreRefusal) return { reason: error.reason, explanation: error.message };
  if (error instanceof DecodeError || error instanceof LimitError) {
    return { reason: FAILURE_REASON.cannotUnderstand, explanation: error.message };
  }
  if (error instanceof UnsupportedError) {
    return { reason: FAILURE_REASON.transferSyntaxNotSupported, explanation: error.message };
  }
  report(error);
  if (error instanceof UnavailableError) {
    const explanation = `${error.message}; send it again`;
    return { reason: FAILURE_REASON.outOfResources, explanation };
  }
  return error instanceof OutOfSpaceError
    ? { reason: FAILURE_REASON.outOfResources, explanation: "No space left to store it" }
    : { reason: FAILURE_REASON.processingFailure, explanation: "Failure inside the server" };
}
