/**
 * C-GET as SCU (PS3.4 C.4.3): a peer sends instances over the association that asks for them.
 * @module
 */
import { writeDataSet } from "../../lib/dicom/data_set_bytes.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { cGetRQ } from "../../lib/dimse/requests.ts";
import type { SuboperationCounts } from "../../lib/dimse/responses.ts";
import { QUERY_RETRIEVE, type QueryRetrieveRoot } from "../../lib/dimse/sop_classes.ts";
import type { ProposedContext, RoleSelection } from "../../lib/pdu/pdu.ts";
import type { Association, Services } from "../net/association.ts";
import type { Proposal } from "../net/connect_options.ts";
import { contextOf, messageContext } from "./client.ts";
import { retrieve, type RetrieveEnd } from "./retrieve.ts";
import { OFTEN_STORED } from "./store_contexts.ts";

const STORAGE = "1.2.840.10008.5.1.4.1.1.";

/** Images that archives often keep compressed: CT, MR, CR, DX, MG, US, US multi-frame, SC, XA, PET. */
const COMPRESSED = "2 4 1 1.1 1.2 6.1 3.1 7 12.1 128".split(" ");

/** What else is kept, as many as an association has room for. */
const OTHERS = (
  "88.11 88.22 88.33 88.34 88.59 88.67 11.1 11.2 66.4 66.1 481.1 481.2 481.3 481.5 " + // SR, PR, SEG, REG, RT
  "2.1 4.1 20 12.2 12.1.1 12.2.1 13.1.3 7.1 7.2 7.3 7.4 104.1 104.2 " + // enhanced, NM, RF, DBT, SC, PDF, CDA
  "1.1.1 1.2.1 1.3 1.3.1 130 30 66 67 66.2 66.5 4.2 4.3 13.1.1 13.1.2 6.2 " +
  "9.1.1 9.1.2 9.1.3 9.2.1 77.1.1 77.1.1.1 77.1.2 77.1.4 77.1.4.1 77.1.5.1 77.1.5.4 " +
  "77.1.6 88.50 481.4 481.7"
).split(" ");

/**
 * What to propose to take instances of the usual classes: a requestor must name them before it
 * knows what will come. Others can be had by C-MOVE.
 *
 * @param storage answers the C-STORE requests of the peer
 */
export function getProposal(
  root: QueryRetrieveRoot,
  storage: Services,
): Pick<Proposal, "contexts" | "roles" | "services"> {
  const classes = [...COMPRESSED, ...OTHERS].map((suffix) => STORAGE + suffix);
  const contexts: ProposedContext[] = [messageContext(1, QUERY_RETRIEVE[root].get)];
  const roles: RoleSelection[] = [];
  for (const SOPClassUID of classes) {
    contexts.push(messageContext(2 * contexts.length + 1, SOPClassUID));
    roles.push({ SOPClassUID, scu: false, scp: true });
  }
  // Of several syntaxes in a context the peer chooses one, which need not be that of an image.
  for (const abstractSyntax of classes.slice(0, COMPRESSED.length)) {
    for (const uid of OFTEN_STORED) {
      const id = 2 * contexts.length + 1;
      contexts.push({ id, abstractSyntax, transferSyntaxes: [uid] });
    }
  }
  return { contexts, roles, services: storage };
}

/** Sends one C-GET; yields, returns and rejects as `retrieve` does. */
export async function* get(
  association: Association,
  root: QueryRetrieveRoot,
  identifier: DataSet,
  cancel?: AbortSignal,
): AsyncGenerator<SuboperationCounts, RetrieveEnd, undefined> {
  const context = contextOf(association, QUERY_RETRIEVE[root].get);
  const command = cGetRQ({
    MessageID: association.nextMessageID(),
    AffectedSOPClassUID: context.abstractSyntax,
  });
  const bytes = writeDataSet(identifier, context.transferSyntax);
  return yield* retrieve(association, context, command, bytes, cancel);
}
