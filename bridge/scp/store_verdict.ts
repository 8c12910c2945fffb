/**
 * What a C-STORE is answered with (PS3.4 B.2.3), and what it takes to be stored.
 * @module
 */
import { isUsableUID } from "../../lib/dicom/uids.ts";
import { hasDataSet } from "../../lib/dimse/command.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import type { StoreOutcome } from "../gateway/gateway.ts";
import type { IncomingRequest } from "../net/association.ts";
import type { Origin } from "../spool/origin.ts";
import { OutOfRoomError } from "../spool/room.ts";
import type { CheckedDataSet, InstanceUIDs } from "./data_set_check.ts";

/** Status (0000,0900) of a C-STORE-RSP, and what to say beside it. */
export interface StoreVerdict {
  readonly status: number;
  /** Without values of the data set. */
  readonly comment?: string;
}

/** An instance that cannot be stored: the sender's fault. */
export class StoreRefusal extends Error {
  override readonly name = "StoreRefusal";
  constructor(readonly status: number, comment: string) {
    super(comment);
  }
}

/** What the command and its association say of the instance. Throws StoreRefusal where that is not enough. */
export function originOf({ association, context, command }: IncomingRequest): Origin {
  const { AffectedSOPClassUID = "", AffectedSOPInstanceUID = "" } = command;
  if (!isUsableUID(AffectedSOPClassUID)) {
    throw cannotUnderstand("Affected SOP Class UID is missing or is no UID");
  }
  if (!isUsableUID(AffectedSOPInstanceUID)) {
    throw cannotUnderstand("Affected SOP Instance UID is missing or is no UID");
  }
  if (!hasDataSet(command)) throw cannotUnderstand("The command announces no data set");
  return {
    SOPClassUID: AffectedSOPClassUID,
    SOPInstanceUID: AffectedSOPInstanceUID,
    transferSyntaxUID: context.transferSyntax,
    callingAETitle: association.peer.AETitle,
    calledAETitle: association.localAETitle,
  };
}

/** Throws StoreRefusal where a data set is damaged, or is not the one that the command announced. */
export function assertMatch({ uids, damage }: CheckedDataSet, origin: Origin): void {
  if (damage !== undefined) throw cannotUnderstand(damage);
  for (const [name, words] of NAMES) {
    const uid = uids[name];
    if (uid === undefined || uid === "") throw doesNotMatch(`${words} is missing in the data set`);
    if (!isUsableUID(uid)) throw doesNotMatch(`${words} in the data set is no UID`);
  }
  if (uids.SOPClassUID !== origin.SOPClassUID) {
    throw doesNotMatch("SOP Class UID of command and data set differ");
  }
  if (uids.SOPInstanceUID !== origin.SOPInstanceUID) {
    throw doesNotMatch("SOP Instance UID of command and data set differ");
  }
}

const NAMES: readonly (readonly [keyof InstanceUIDs, string])[] = [
  ["SOPClassUID", "SOP Class UID"],
  ["SOPInstanceUID", "SOP Instance UID"],
  ["StudyInstanceUID", "Study Instance UID"],
  ["SeriesInstanceUID", "Series Instance UID"],
];

/** The answer for what the server made of an instance: its reasons are statuses (PS3.18 I.2). */
export function verdictOnOutcome(outcome: StoreOutcome): StoreVerdict {
  switch (outcome.kind) {
    case "stored":
      return { status: outcome.warning ?? STATUS.success };
    case "refused":
      return { status: outcome.reason, comment: outcome.explanation };
    case "failed":
      return { status: STATUS.outOfResources, comment: outcome.explanation };
  }
}

/**
 * The answer for what went wrong here. What is not the sender's fault is a want of resources, for
 * which senders try again.
 */
export function verdictOnError(error: unknown): StoreVerdict {
  if (error instanceof StoreRefusal) return { status: error.status, comment: error.message };
  if (error instanceof DecodeError || error instanceof LimitError) {
    return { status: STATUS.cannotUnderstand, comment: error.message };
  }
  const comment = error instanceof OutOfRoomError ? error.message : "Failure inside the bridge";
  return { status: STATUS.outOfResources, comment };
}

function cannotUnderstand(comment: string): StoreRefusal {
  return new StoreRefusal(STATUS.cannotUnderstand, comment);
}

function doesNotMatch(comment: string): StoreRefusal {
  return new StoreRefusal(STATUS.dataSetDoesNotMatchSOPClass, comment);
}
