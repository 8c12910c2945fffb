/**
 * What a request for an association and its answer amount to, for either side.
 * @module
 */
import {
  type AssociateAC,
  type AssociateRQ,
  CONTEXT_RESULT,
  type RoleSelection,
} from "../pdu/pdu.ts";
import type { Role } from "./state_machine.ts";

/** A presentation context that both sides agreed on. */
export interface PresentationContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  /** This side may send requests on it (the role SCU). */
  readonly isOursToRequest: boolean;
  /** The peer may send requests on it. */
  readonly isPeersToRequest: boolean;
}

/**
 * The contexts that both agreed on, by their ids, as `side` sees them. An answer to what was not
 * proposed, an id or a transfer syntax, counts for nothing: what is sent on such a context could not be
 * understood. Without an answer on roles the requestor is SCU (PS3.7 D.3.3.4), and no role is
 * granted that was not asked for.
 */
export function agreedContexts(
  request: AssociateRQ,
  answer: AssociateAC,
  side: Role,
): PresentationContext[] {
  const agreed = new Map<number, PresentationContext>();
  for (const { id, result, transferSyntax } of answer.contexts) {
    const proposed = request.contexts.find((context) => context.id === id);
    if (result !== CONTEXT_RESULT.acceptance || proposed === undefined || agreed.has(id)) continue;
    if (!proposed.transferSyntaxes.includes(transferSyntax)) continue;
    const { abstractSyntax } = proposed;
    const requestor = requestorRoles(abstractSyntax, request.user.roles, answer.user.roles);
    const isRequestor = side === "requestor";
    agreed.set(id, {
      id,
      abstractSyntax,
      transferSyntax,
      isOursToRequest: isRequestor ? requestor.scu : requestor.scp,
      isPeersToRequest: isRequestor ? requestor.scp : requestor.scu,
    });
  }
  return [...agreed.values()].sort((a, b) => a.id - b.id);
}

function requestorRoles(
  abstractSyntax: string,
  asked: readonly RoleSelection[],
  answered: readonly RoleSelection[],
): { readonly scu: boolean; readonly scp: boolean } {
  const ofClass = ({ SOPClassUID }: RoleSelection) => SOPClassUID === abstractSyntax;
  const wanted = asked.find(ofClass);
  const granted = answered.find(ofClass);
  if (wanted === undefined || granted === undefined) return { scu: true, scp: false };
  return { scu: wanted.scu && granted.scu, scp: wanted.scp && granted.scp };
}

/**
 * How many requests `side` may have outstanding (PS3.7 D.3.3.3): one where that was not negotiated,
 * Infinity where unlimited, and never more than was asked for.
 */
export function agreedWindow(request: AssociateRQ, answer: AssociateAC, side: Role): number {
  const asked = request.user.asynchronousOperations;
  const answered = answer.user.asynchronousOperations;
  if (asked === undefined || answered === undefined) return 1;
  const field = side === "requestor" ? "invoked" : "performed";
  return Math.min(asked[field] || Infinity, answered[field] || Infinity);
}
