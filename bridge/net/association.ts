/**
 * An association as services and clients see it: contexts, messages out, requests in. What carries
 * it (sockets, the state machine, timers) is behind this interface.
 * @module
 */
import type { Command } from "../../lib/dimse/command.ts";
import type { PresentationContext } from "../../lib/dul/agreed.ts";
import type { UserInformation } from "../../lib/pdu/pdu.ts";

export type { PresentationContext };

/** Who is at the other end. */
export interface Peer {
  readonly AETitle: string;
  readonly address: string;
  readonly port: number;
  readonly ImplementationClassUID: string | undefined;
  readonly ImplementationVersionName: string | undefined;
}

/** How an association ended. */
export type Ending =
  | { readonly kind: "released" }
  /** A-ABORT from the peer. */
  | { readonly kind: "aborted"; readonly source: number; readonly reason: number }
  /** The connection broke or closed without a release. */
  | { readonly kind: "lost" }
  /** A-ABORT from here, with the reason in words for the log: a protocol error, a timer, a stop. */
  | { readonly kind: "abortedHere"; readonly why: string };

/** Bytes of a data set to send: in one piece, or as they come. */
export type DataSetSource = Uint8Array | AsyncIterable<Uint8Array>;

/** An answer to a request of ours. */
export interface Response {
  readonly command: Command;
  /** Its data set, whole; undefined where there is none. */
  readonly dataSet: Uint8Array | undefined;
}

/** How long, and until when, a request is worth waiting for. */
export interface RequestOptions {
  /** Milliseconds without any response before the association is aborted; without it any time. */
  readonly timeout?: number;
  /** When it aborts, C-CANCEL-RQ is sent once; the final response still ends the request. */
  readonly cancel?: AbortSignal;
}

/** An association that stands. All methods reject with {@linkcode AssociationEnded} once it does not. */
export interface Association {
  /** Number of the association in this process, for logs. */
  readonly id: number;
  /** The AE title by which this side was called, or calls itself. */
  readonly localAETitle: string;
  readonly peer: Peer;
  /** Accepted contexts in the order of their ids. */
  readonly contexts: readonly PresentationContext[];
  /** What the peer said of itself when it asked or answered. */
  readonly peerInformation: UserInformation;
  /** Requests that this side may have outstanding; Infinity where unlimited. */
  readonly window: number;
  /** A Message ID that no outstanding request of this side has. */
  nextMessageID(): number;
  /**
   * Sends one message, whole, before the next one begins. Where a data set fails while it is sent,
   * the association is aborted, since a message cannot be taken back.
   */
  send(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void>;
  /** Sends a request and yields its responses: pending ones first, the final one last. */
  request(
    contextId: number,
    command: Command,
    dataSet?: DataSetSource,
    options?: RequestOptions,
  ): AsyncGenerator<Response, void, undefined>;
  /** Ends it in order; resolves when it has ended, in whatever way. */
  release(): Promise<void>;
  /** A-ABORT; `why` is for the log. */
  abort(why: string): void;
  /** Aborted when it has ended. */
  readonly signal: AbortSignal;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<Ending>;
}

/** The association is over: what was asked of it cannot be done. */
export class AssociationEnded extends Error {
  override readonly name = "AssociationEnded";
  constructor(readonly ending: Ending) {
    super(`The association has ended: ${ending.kind}`);
  }
}

/** A request of the peer whose command has arrived. */
export interface IncomingRequest {
  readonly association: Association;
  readonly context: PresentationContext;
  readonly command: Command;
}

/**
 * What a service makes of one request. The driver calls `write` for each piece of the data set,
 * then `run` once; meanwhile it reads on, so that C-CANCEL-RQ and the end of the association are
 * seen at once, until too many operations are under way.
 */
export interface Operation {
  /**
   * Takes the next piece of the data set: a view that is valid until this returns, or until its
   * promise resolves. Nothing more is read from the peer before that. Without it the data set is
   * passed over.
   */
  write?(piece: Uint8Array): void | Promise<void>;
  /** The request is complete: does the work and sends every response. A rejection is logged and answered with 0110. */
  run(): Promise<void>;
  /** C-CANCEL-RQ for this request has come, while `run` is under way. */
  cancel?(): void;
  /** The association ended before the data set was complete: leaves nothing behind. `run` is not called. */
  discard?(): Promise<void>;
}

/** Decides what becomes of each request of a peer. Throws ProtocolError to abort the association. */
export type Services = (request: IncomingRequest) => Operation;
