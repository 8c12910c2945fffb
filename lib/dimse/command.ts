/**
 * Command sets (PS3.7 6.3, E): what every DIMSE message begins with.
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";

/** Command Field (0000,0100), PS3.7 E.1. A response is its request with bit 15. */
export const COMMAND = {
  "C-STORE-RQ": 0x0001,
  "C-STORE-RSP": 0x8001,
  "C-GET-RQ": 0x0010,
  "C-GET-RSP": 0x8010,
  "C-FIND-RQ": 0x0020,
  "C-FIND-RSP": 0x8020,
  "C-MOVE-RQ": 0x0021,
  "C-MOVE-RSP": 0x8021,
  "C-ECHO-RQ": 0x0030,
  "C-ECHO-RSP": 0x8030,
  "N-EVENT-REPORT-RQ": 0x0100,
  "N-EVENT-REPORT-RSP": 0x8100,
  "N-GET-RQ": 0x0110,
  "N-GET-RSP": 0x8110,
  "N-SET-RQ": 0x0120,
  "N-SET-RSP": 0x8120,
  "N-ACTION-RQ": 0x0130,
  "N-ACTION-RSP": 0x8130,
  "N-CREATE-RQ": 0x0140,
  "N-CREATE-RSP": 0x8140,
  "N-DELETE-RQ": 0x0150,
  "N-DELETE-RSP": 0x8150,
  "C-CANCEL-RQ": 0x0fff,
} as const;

/** Command Data Set Type (0000,0800) of a message without a data set; any other value announces one. */
export const NO_DATA_SET = 0x0101;
/** What this software writes where there is one. */
export const DATA_SET_FOLLOWS = 0x0001;

/** Priority (0000,0700). Some peers refuse a request without it. */
export const PRIORITY = { medium: 0, high: 1, low: 2 } as const;

/**
 * A command set. Each message has the fields that PS3.7 9.3 and 10.3 give it; group length is left
 * to the encoder, and elements that are not here are passed over by the decoder.
 */
export interface Command {
  /** A value of {@linkcode COMMAND}, or whatever a peer sent. */
  readonly CommandField: number;
  readonly CommandDataSetType: number;
  readonly MessageID?: number;
  readonly MessageIDBeingRespondedTo?: number;
  readonly AffectedSOPClassUID?: string;
  readonly RequestedSOPClassUID?: string;
  readonly AffectedSOPInstanceUID?: string;
  readonly RequestedSOPInstanceUID?: string;
  readonly Priority?: number;
  readonly Status?: number;
  /** Tags that a failure is about (PS3.7 C). */
  readonly OffendingElement?: readonly Tag[];
  /** At most 64 characters; never a value of a data set. */
  readonly ErrorComment?: string;
  readonly ErrorID?: number;
  readonly MoveDestination?: string;
  readonly MoveOriginatorApplicationEntityTitle?: string;
  readonly MoveOriginatorMessageID?: number;
  readonly NumberOfRemainingSuboperations?: number;
  readonly NumberOfCompletedSuboperations?: number;
  readonly NumberOfFailedSuboperations?: number;
  readonly NumberOfWarningSuboperations?: number;
  readonly EventTypeID?: number;
  readonly ActionTypeID?: number;
  readonly AttributeIdentifierList?: readonly Tag[];
}

/** True where a data set follows the command. */
export function hasDataSet(command: Command): boolean {
  return command.CommandDataSetType !== NO_DATA_SET;
}

/** True for the answer to a request. */
export function isResponse(command: Command): boolean {
  return (command.CommandField & 0x8000) !== 0;
}
