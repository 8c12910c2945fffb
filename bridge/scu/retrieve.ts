/**
 * What C-MOVE and C-GET have in common as SCU: responses that count sub-operations (PS3.4 C.4.2,
 * C.4.3).
 * @module
 */
import { readDataSet } from "../../lib/dicom/data_set_bytes.ts";
import { strings } from "../../lib/dicom/values.ts";
import type { Command } from "../../lib/dimse/command.ts";
import type { SuboperationCounts } from "../../lib/dimse/responses.ts";
import { STATUS, statusKind } from "../../lib/dimse/status.ts";
import type { Association, PresentationContext } from "../net/association.ts";
import { requestFailed } from "./client.ts";

/** Milliseconds without a response: a peer may say nothing until all is done. */
export const RETRIEVE_TIMEOUT = 30 * 60_000;

/** How a retrieval ended that was not refused: with a success, a warning, or after a cancel. */
export interface RetrieveEnd {
  readonly status: number;
  readonly counts: SuboperationCounts;
  /** SOP Instance UIDs that the peer names as failed. */
  readonly failed: readonly string[];
}

/**
 * Sends one request and yields the counts of each response; returns how it ended. Rejects with
 * RequestFailed where nothing was retrieved, and AssociationEnded.
 */
export async function* retrieve(
  association: Association,
  context: PresentationContext,
  command: Command,
  identifier: Uint8Array,
  cancel?: AbortSignal,
): AsyncGenerator<SuboperationCounts, RetrieveEnd, undefined> {
  const options = { timeout: RETRIEVE_TIMEOUT, ...(cancel && { cancel }) };
  let end: RetrieveEnd = { status: STATUS.success, counts: countsOf(command), failed: [] };
  for await (const response of association.request(context.id, command, identifier, options)) {
    const status = response.command.Status ?? STATUS.processingFailure;
    const counts = countsOf(response.command);
    switch (statusKind(status)) {
      case "failure":
        throw requestFailed(response);
      case "pending":
        yield counts;
        break;
      case "success":
      case "warning":
      case "cancel":
        end = { status, counts, failed: failedOf(response.dataSet, context) };
    }
  }
  return end;
}

/** Peers leave out what is none, and sometimes all. */
function countsOf(command: Command): SuboperationCounts {
  return {
    remaining: command.NumberOfRemainingSuboperations ?? 0,
    completed: command.NumberOfCompletedSuboperations ?? 0,
    failed: command.NumberOfFailedSuboperations ?? 0,
    warning: command.NumberOfWarningSuboperations ?? 0,
  };
}

function failedOf(bytes: Uint8Array | undefined, context: PresentationContext): readonly string[] {
  return bytes === undefined ? [] : strings(readDataSet(bytes, context.transferSyntax), 0x00080058);
}
