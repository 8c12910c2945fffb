/**
 * What a command cannot do without (PS3.7 9.3, 10.3). Fields that change nothing, such as Priority,
 * are not asked for, since there are peers that leave them out.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { COMMAND, type Command, hasDataSet, isResponse } from "./command.ts";

/** What a request has beside its Message ID. */
interface Required {
  readonly fields: readonly (keyof Command)[];
  /** Whether it means nothing without a data set. */
  readonly hasDataSet: boolean;
}

const REQUIRED: ReadonlyMap<number, Required> = new Map([
  [COMMAND["C-STORE-RQ"], withDataSet("AffectedSOPClassUID", "AffectedSOPInstanceUID")],
  [COMMAND["C-FIND-RQ"], withDataSet()],
  [COMMAND["C-GET-RQ"], withDataSet()],
  [COMMAND["C-MOVE-RQ"], withDataSet("MoveDestination")],
  [COMMAND["N-EVENT-REPORT-RQ"], {
    fields: ["AffectedSOPClassUID", "AffectedSOPInstanceUID", "EventTypeID"],
    hasDataSet: false,
  }],
  [COMMAND["N-GET-RQ"], requestedInstance()],
  [COMMAND["N-SET-RQ"], { ...requestedInstance(), hasDataSet: true }],
  [COMMAND["N-ACTION-RQ"], requestedInstance("ActionTypeID")],
  [COMMAND["N-CREATE-RQ"], { fields: ["AffectedSOPClassUID"], hasDataSet: false }],
  [COMMAND["N-DELETE-RQ"], requestedInstance()],
]);

function withDataSet(...fields: readonly (keyof Command)[]): Required {
  return { fields, hasDataSet: true };
}

function requestedInstance(...more: readonly (keyof Command)[]): Required {
  return {
    fields: ["RequestedSOPClassUID", "RequestedSOPInstanceUID", ...more],
    hasDataSet: false,
  };
}

/**
 * What a request lacks, in words for the Error Comment of a response with status 0212 (mistyped
 * argument); undefined where it lacks nothing, and for messages that are not known.
 */
export function missingFrom(request: Command): string | undefined {
  const required = REQUIRED.get(request.CommandField);
  const field = required?.fields.find((name) => request[name] === undefined);
  if (field !== undefined) return `${field} is missing`;
  return required?.hasDataSet && !hasDataSet(request) ? "The data set is missing" : undefined;
}

/**
 * Makes sure that a request can be answered, and that a response or C-CANCEL-RQ can be taken for
 * what it is about.
 *
 * @throws {ProtocolError} what can be neither: there is nobody to tell but the association
 */
export function requireMessageIDs(command: Command): void {
  if (isResponse(command)) {
    demand(command, "MessageIDBeingRespondedTo");
    demand(command, "Status");
  } else if (command.CommandField === COMMAND["C-CANCEL-RQ"]) {
    demand(command, "MessageIDBeingRespondedTo");
  } else {
    demand(command, "MessageID");
  }
}

function demand(command: Command, field: keyof Command): void {
  if (command[field] === undefined) {
    throw new ProtocolError(`A command set has no ${field}`, 6);
  }
}
