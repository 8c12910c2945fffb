/**
 * C-ECHO as SCU (PS3.4 A): is the peer there?
 * @module
 */
import { cEchoRQ } from "../../lib/dimse/requests.ts";
import { VERIFICATION } from "../../lib/dimse/sop_classes.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import type { Association } from "../net/association.ts";
import { contextOf, messageContext, requestFailed } from "./client.ts";

/** What to propose. */
export const ECHO_CONTEXTS = [messageContext(1, VERIFICATION)];

/** Sends one C-ECHO. Rejects with RequestFailed where the answer is no success, and AssociationEnded. */
export async function echo(association: Association): Promise<void> {
  const context = contextOf(association, VERIFICATION);
  const command = cEchoRQ({ MessageID: association.nextMessageID() });
  for await (const response of association.request(context.id, command)) {
    if (response.command.Status !== STATUS.success) throw requestFailed(response);
  }
}
