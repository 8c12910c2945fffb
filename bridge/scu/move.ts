/**
 * C-MOVE as SCU (PS3.4 C.4.2): a peer sends instances to an AE that it knows by its title.
 * @module
 */
import { writeDataSet } from "../../lib/dicom/data_set_bytes.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { cMoveRQ } from "../../lib/dimse/requests.ts";
import type { SuboperationCounts } from "../../lib/dimse/responses.ts";
import { QUERY_RETRIEVE, type QueryRetrieveRoot } from "../../lib/dimse/sop_classes.ts";
import type { ProposedContext } from "../../lib/pdu/pdu.ts";
import type { Association } from "../net/association.ts";
import { contextOf, messageContext } from "./client.ts";
import { retrieve, type RetrieveEnd } from "./retrieve.ts";

/** What to propose. */
export function moveContexts(root: QueryRetrieveRoot): ProposedContext[] {
  return [messageContext(1, QUERY_RETRIEVE[root].move)];
}

/** Sends one C-MOVE; yields, returns and rejects as `retrieve` does. */
export async function* move(
  association: Association,
  root: QueryRetrieveRoot,
  identifier: DataSet,
  MoveDestination: string,
  cancel?: AbortSignal,
): AsyncGenerator<SuboperationCounts, RetrieveEnd, undefined> {
  const context = contextOf(association, QUERY_RETRIEVE[root].move);
  const command = cMoveRQ({
    MessageID: association.nextMessageID(),
    AffectedSOPClassUID: context.abstractSyntax,
    MoveDestination,
  });
  const bytes = writeDataSet(identifier, context.transferSyntax);
  return yield* retrieve(association, context, command, bytes, cancel);
}
