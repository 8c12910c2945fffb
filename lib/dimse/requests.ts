/**
 * Requests (PS3.7 9.3 and 10.3), each with all the fields that it needs.
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";
import { COMMAND, type Command, DATA_SET_FOLLOWS, NO_DATA_SET, PRIORITY } from "./command.ts";
import { VERIFICATION } from "./sop_classes.ts";

/** What every request has but C-CANCEL. */
interface Message {
  readonly MessageID: number;
}

/** A request about instances of a class that may not exist yet. */
interface AffectedInstance extends Message {
  readonly AffectedSOPClassUID: string;
  readonly AffectedSOPInstanceUID: string;
}

/** A request to an instance that exists. */
interface RequestedInstance extends Message {
  readonly RequestedSOPClassUID: string;
  readonly RequestedSOPInstanceUID: string;
}

/** C-ECHO-RQ (PS3.7 9.3.5.1). */
export function cEchoRQ({ MessageID }: Message): Command {
  return {
    CommandField: COMMAND["C-ECHO-RQ"],
    CommandDataSetType: NO_DATA_SET,
    MessageID,
    AffectedSOPClassUID: VERIFICATION,
  };
}

/** What a C-STORE-RQ says. */
export interface StoreRequest extends AffectedInstance {
  /** Of the C-MOVE-RQ that this is a sub-operation of. */
  readonly moveOriginator?:
    | { readonly AETitle: string; readonly MessageID: number }
    | undefined;
}

/** C-STORE-RQ (PS3.7 9.3.1.1); the instance follows. */
export function cStoreRQ({ moveOriginator, ...instance }: StoreRequest): Command {
  return {
    CommandField: COMMAND["C-STORE-RQ"],
    CommandDataSetType: DATA_SET_FOLLOWS,
    Priority: PRIORITY.medium,
    ...instance,
    ...(moveOriginator && {
      MoveOriginatorApplicationEntityTitle: moveOriginator.AETitle,
      MoveOriginatorMessageID: moveOriginator.MessageID,
    }),
  };
}

/** What C-FIND-RQ, C-GET-RQ and C-MOVE-RQ say; the identifier follows. */
export interface QueryRequest extends Message {
  readonly AffectedSOPClassUID: string;
}

/** C-FIND-RQ (PS3.7 9.3.2.1). */
export function cFindRQ(request: QueryRequest): Command {
  return query(COMMAND["C-FIND-RQ"], request);
}

/** C-GET-RQ (PS3.7 9.3.3.1). */
export function cGetRQ(request: QueryRequest): Command {
  return query(COMMAND["C-GET-RQ"], request);
}

/** C-MOVE-RQ (PS3.7 9.3.4.1), to the AE of that title. */
export function cMoveRQ(request: QueryRequest & { readonly MoveDestination: string }): Command {
  return query(COMMAND["C-MOVE-RQ"], request);
}

function query(CommandField: number, request: QueryRequest): Command {
  return {
    CommandField,
    CommandDataSetType: DATA_SET_FOLLOWS,
    Priority: PRIORITY.medium,
    ...request,
  };
}

/** C-CANCEL-RQ (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3) of the request with that Message ID. */
export function cCancelRQ(MessageIDBeingRespondedTo: number): Command {
  return {
    CommandField: COMMAND["C-CANCEL-RQ"],
    CommandDataSetType: NO_DATA_SET,
    MessageIDBeingRespondedTo,
  };
}

/** N-EVENT-REPORT-RQ (PS3.7 10.3.1.1). */
export function nEventReportRQ(
  request: AffectedInstance & { readonly EventTypeID: number },
  hasDataSet: boolean,
): Command {
  return normalized(COMMAND["N-EVENT-REPORT-RQ"], request, hasDataSet);
}

/** N-GET-RQ (PS3.7 10.3.2.1): of the named attributes, or of all. */
export function nGetRQ(
  request: RequestedInstance & { readonly AttributeIdentifierList?: readonly Tag[] },
): Command {
  return normalized(COMMAND["N-GET-RQ"], request, false);
}

/** N-SET-RQ (PS3.7 10.3.3.1); the modifications follow. */
export function nSetRQ(request: RequestedInstance): Command {
  return normalized(COMMAND["N-SET-RQ"], request, true);
}

/** N-ACTION-RQ (PS3.7 10.3.4.1). */
export function nActionRQ(
  request: RequestedInstance & { readonly ActionTypeID: number },
  hasDataSet: boolean,
): Command {
  return normalized(COMMAND["N-ACTION-RQ"], request, hasDataSet);
}

/** N-CREATE-RQ (PS3.7 10.3.5.1); without a UID the peer makes one. */
export function nCreateRQ(
  request: Omit<AffectedInstance, "AffectedSOPInstanceUID"> & {
    readonly AffectedSOPInstanceUID?: string;
  },
  hasDataSet: boolean,
): Command {
  return normalized(COMMAND["N-CREATE-RQ"], request, hasDataSet);
}

/** N-DELETE-RQ (PS3.7 10.3.6.1). */
export function nDeleteRQ(request: RequestedInstance): Command {
  return normalized(COMMAND["N-DELETE-RQ"], request, false);
}

function normalized(CommandField: number, request: Message, hasDataSet: boolean): Command {
  return {
    CommandField,
    CommandDataSetType: hasDataSet ? DATA_SET_FOLLOWS : NO_DATA_SET,
    ...request,
  };
}
