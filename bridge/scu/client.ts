/**
 * What the clients of all services have in common: an association for as long as it is used, the
 * context of a service on it, and the failures that a peer answers with.
 * @module
 */
import { describeStatus } from "../../lib/dimse/status.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import type { ProposedContext } from "../../lib/pdu/pdu.ts";
import type { Association, PresentationContext, Response } from "../net/association.ts";
import type { Proposal } from "../net/connect_options.ts";

/** Opens an association to one peer. Rejects with AssociationRejected or ConnectFailed. */
export type Connect = (proposal: Omit<Proposal, "callingAETitle">) => Promise<Association>;

/** The peer answered a request with a failure, or does not take such requests. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
  /** @param status the one of the answer; undefined where the request could not be sent */
  constructor(message: string, readonly status: number | undefined) {
    super(message);
  }
}

/** Opens an association, and releases it when `use` is done with it. Rejects as both do. */
export async function withAssociation<Result>(
  connect: Connect,
  proposal: Parameters<Connect>[0],
  use: (association: Association) => Promise<Result>,
): Promise<Result> {
  const association = await connect(proposal);
  try {
    return await use(association);
  } finally {
    await association.release();
  }
}

/** A context for messages whose data sets are written anew for each peer. */
export function messageContext(id: number, abstractSyntax: string): ProposedContext {
  const transferSyntaxes = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
  return { id, abstractSyntax, transferSyntaxes };
}

/** The context on which requests of a SOP class can be sent. Throws RequestFailed where the peer took none. */
export function contextOf(association: Association, SOPClassUID: string): PresentationContext {
  const context = association.contexts.find(({ abstractSyntax, isOursToRequest }) =>
    isOursToRequest && abstractSyntax === SOPClassUID
  );
  if (context !== undefined) return context;
  throw new RequestFailed(`The peer does not accept ${SOPClassUID}`, undefined);
}

/** What a final response that is no success says. */
export function requestFailed({ command }: Response): RequestFailed {
  const status = command.Status ?? 0;
  const comment = command.ErrorComment === undefined ? "" : `: ${command.ErrorComment}`;
  return new RequestFailed(`The peer answered ${describeStatus(status)}${comment}`, status);
}
