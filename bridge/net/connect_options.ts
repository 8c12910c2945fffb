/**
 * What it takes to open an association to a peer, and how that can fail.
 * @module
 */
import type { ClientTls } from "../../lib/config/remote_aes.ts";
import type {
  AssociateRJ,
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  ProposedContext,
  RoleSelection,
  UserIdentity,
} from "../../lib/pdu/pdu.ts";
import type { Services } from "./association.ts";

/** Where a peer is, and what it is called. */
export interface Target {
  readonly calledAETitle: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: ClientTls | undefined;
}

/** What this side asks for. */
export interface Proposal {
  readonly callingAETitle: string;
  readonly contexts: readonly ProposedContext[];
  readonly roles?: readonly RoleSelection[];
  readonly extended?: readonly ExtendedNegotiation[];
  readonly commonExtended?: readonly CommonExtendedNegotiation[];
  readonly userIdentity?: UserIdentity;
  /** Asynchronous Operations Window to ask for; without it none is asked for. */
  readonly asynchronousOperations?: { readonly invoked: number; readonly performed: number };
  /** Bytes of a P-DATA-TF that the peer may send; the bridge's default without it. */
  readonly maximumLength?: number;
  /** For requests of the peer, as C-STORE during C-GET; without it they are answered with 0211. */
  readonly services?: Services;
}

/** The peer answered with A-ASSOCIATE-RJ. */
export class AssociationRejected extends Error {
  override readonly name = "AssociationRejected";
  constructor(readonly answer: AssociateRJ, explanation: string) {
    super(explanation);
  }
  /** Worth another try (PS3.8 Table 9-21). */
  get isTransient(): boolean {
    return this.answer.result === 2;
  }
}

/** There was no answer: no connection, a broken one, an abort, or silence. */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";
}

/** Milliseconds that each wait may last. */
export interface Timers {
  /** TCP and TLS connection. */
  readonly connect: number;
  /** ARTIM (PS3.8 9.1.4): the whole A-ASSOCIATE-RQ after the connection; the peer's close after our last word. */
  readonly artim: number;
  /** The answer to our A-ASSOCIATE-RQ or A-RELEASE-RQ. */
  readonly negotiation: number;
  /** The rest of a PDU that has begun. */
  readonly pdu: number;
  /** The rest of a message that has begun. */
  readonly message: number;
  /** An association on which nothing is under way. */
  readonly idle: number;
  /** A peer that takes no byte of what is written. */
  readonly write: number;
}

/** The defaults. */
export const DEFAULT_TIMERS: Timers = {
  connect: 10_000,
  artim: 30_000,
  negotiation: 30_000,
  pdu: 30_000,
  message: 120_000,
  idle: 300_000,
  write: 60_000,
};
