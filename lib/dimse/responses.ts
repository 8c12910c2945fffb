/**
 * Responses (PS3.7 9.3 and 10.3), made from the requests that they answer.
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";
import { type Command, DATA_SET_FOLLOWS, NO_DATA_SET } from "./command.ts";
import { STATUS, statusKind } from "./status.ts";

/** What a response may say beside its status. */
export interface ResponseDetails {
  /** Whether a data set follows; none without it. */
  readonly hasDataSet?: boolean;
  /** Cut to 64 characters; never a value of a data set. */
  readonly ErrorComment?: string | undefined;
  readonly ErrorID?: number;
  readonly OffendingElement?: readonly Tag[];
  /** The UID that N-CREATE made up. */
  readonly AffectedSOPInstanceUID?: string;
}

/**
 * The response to any request, known or not: it repeats what the request was about. A refusal in
 * general is `response(request, STATUS.unrecognizedOperation)`.
 */
export function response(
  request: Command,
  status: number,
  { hasDataSet = false, ...details }: ResponseDetails = {},
): Command {
  return {
    CommandField: request.CommandField | 0x8000,
    CommandDataSetType: hasDataSet ? DATA_SET_FOLLOWS : NO_DATA_SET,
    Status: status,
    ...present({
      MessageIDBeingRespondedTo: request.MessageID,
      AffectedSOPClassUID: request.AffectedSOPClassUID ?? request.RequestedSOPClassUID,
      AffectedSOPInstanceUID: request.AffectedSOPInstanceUID ?? request.RequestedSOPInstanceUID,
      EventTypeID: request.EventTypeID,
      ActionTypeID: request.ActionTypeID,
    }),
    ...present(details),
  };
}

/** C-ECHO-RSP (PS3.7 9.3.5.2). */
export function cEchoRSP(request: Command, status: number = STATUS.success): Command {
  return response(request, status);
}

/** C-STORE-RSP (PS3.7 9.3.1.2). */
export function cStoreRSP(request: Command, status: number, ErrorComment?: string): Command {
  return response(request, status, { ErrorComment });
}

/** C-FIND-RSP (PS3.7 9.3.2.2): a pending one is followed by its match, no other by anything. */
export function cFindRSP(request: Command, status: number, ErrorComment?: string): Command {
  return response(request, status, {
    hasDataSet: statusKind(status) === "pending",
    ErrorComment,
  });
}

/** Numbers of sub-operations (PS3.7 9.1.3.1, 9.1.4.1). */
export interface SuboperationCounts {
  readonly remaining: number;
  readonly completed: number;
  readonly failed: number;
  readonly warning: number;
}

/** What C-MOVE-RSP and C-GET-RSP say beside their status. */
export interface RetrieveDetails {
  /** Undefined where none was begun, as in a refusal. */
  readonly counts?: SuboperationCounts | undefined;
  /** Whether the Failed SOP Instance UID List follows. */
  readonly hasDataSet?: boolean;
  readonly ErrorComment?: string | undefined;
}

/**
 * C-MOVE-RSP or C-GET-RSP (PS3.7 9.3.4.2, 9.3.3.2), whichever the request asks for. How many
 * sub-operations remain is told while they are under way and after a cancel only (PS3.4
 * C.4.2.1.6).
 */
export function retrieveRSP(
  request: Command,
  status: number,
  { counts, ...details }: RetrieveDetails = {},
): Command {
  const kind = statusKind(status);
  const tellsRemaining = kind === "pending" || kind === "cancel";
  return {
    ...response(request, status, details),
    ...(counts && {
      ...(tellsRemaining && { NumberOfRemainingSuboperations: counts.remaining }),
      NumberOfCompletedSuboperations: counts.completed,
      NumberOfFailedSuboperations: counts.failed,
      NumberOfWarningSuboperations: counts.warning,
    }),
  };
}

/** The fields that have values. */
function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
