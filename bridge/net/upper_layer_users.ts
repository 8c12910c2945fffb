/**
 * Who is served by the upper layer on this side: the local users of PS3.8 7.
 * @module
 */
import type { AssociateAC, AssociateRJ, AssociateRQ, DataPiece } from "../../lib/pdu/pdu.ts";
import type { Ending } from "./association.ts";
import type { Expectation } from "./peer_patience.ts";

/** Who decides whether there is an association (PS3.8 7.1). */
export interface Negotiator {
  /** A peer asks for one: to be answered by accept or reject. Throws ProtocolError. */
  associateIndicated(request: AssociateRQ): void;
  /** The peer answered: whoever uses the association, where there is one. Throws ProtocolError. */
  associateConfirmed(answer: AssociateAC | AssociateRJ): AssociationUser | undefined;
  /** The association is over, or never came to be. Called once. */
  ended(ending: Ending): void;
}

/** Who uses an association that stands (PS3.8 7.2 to 7.6). */
export interface AssociationUser {
  /** Takes a piece of a message; nothing more is read before its promise resolves. Throws ProtocolError. */
  data(piece: DataPiece): void | Promise<void>;
  /** The peer asks for a release: to be answered by agreeToRelease. Throws ProtocolError. */
  releaseIndicated(): void;
  /** The peer will send nothing more: resolves when all that it waits for is sent. */
  inputEnded(): Promise<void>;
  /** The association is over. Called once. */
  end(ending: Ending): void;
  /** What the peer has to do next. */
  readonly expected: Expectation;
}
