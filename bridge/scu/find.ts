/**
 * C-FIND as SCU (PS3.4 C.4.1): the matches of an identifier, as they come.
 * @module
 */
import { readDataSet, writeDataSet } from "../../lib/dicom/data_set_bytes.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { cFindRQ } from "../../lib/dimse/requests.ts";
import { QUERY_RETRIEVE, type QueryRetrieveRoot } from "../../lib/dimse/sop_classes.ts";
import { STATUS, statusKind } from "../../lib/dimse/status.ts";
import type { ProposedContext } from "../../lib/pdu/pdu.ts";
import type { Association } from "../net/association.ts";
import { contextOf, messageContext, requestFailed } from "./client.ts";

/** Milliseconds until the next match: a large archive may have to look for it. */
export const FIND_TIMEOUT = 5 * 60_000;

/** How a query ended that did not fail. */
export type FindEnd =
  /** Every match was there. */
  | "complete"
  /** The peer left out what is beyond its limit. */
  | "limited"
  | "cancelled";

/** What to propose. */
export function findContexts(root: QueryRetrieveRoot): ProposedContext[] {
  return [messageContext(1, QUERY_RETRIEVE[root].find)];
}

/**
 * Sends one C-FIND and yields its matches; returns how it ended. Rejects with RequestFailed,
 * AssociationEnded, and DecodeError or LimitError where a match is no data set.
 *
 * @param cancel when it aborts, the peer is asked to stop; what it still sends is yielded
 */
export async function* find(
  association: Association,
  root: QueryRetrieveRoot,
  identifier: DataSet,
  cancel?: AbortSignal,
): AsyncGenerator<DataSet, FindEnd, undefined> {
  const context = contextOf(association, QUERY_RETRIEVE[root].find);
  const command = cFindRQ({
    MessageID: association.nextMessageID(),
    AffectedSOPClassUID: context.abstractSyntax,
  });
  const dataSet = writeDataSet(identifier, context.transferSyntax);
  const options = { timeout: FIND_TIMEOUT, ...(cancel && { cancel }) };
  let status: number = STATUS.success;
  for await (const response of association.request(context.id, command, dataSet, options)) {
    status = response.command.Status ?? STATUS.processingFailure;
    const kind = statusKind(status);
    if (kind === "failure") throw requestFailed(response);
    if (kind === "pending" && response.dataSet !== undefined) {
      yield readDataSet(response.dataSet, context.transferSyntax);
    }
  }
  if (status === STATUS.cancel) return "cancelled";
  return status === STATUS.matchingReachedResponseLimit ? "limited" : "complete";
}
