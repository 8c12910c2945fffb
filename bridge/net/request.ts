/**
 * A connection that this side has opened, from its request for an association to its close.
 * @module
 */
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../../lib/dicom/part10.ts";
import { agreedContexts, agreedWindow } from "../../lib/dul/agreed.ts";
import { describeAbort, describeRejection } from "../../lib/dul/rejection.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import {
  type AssociateAC,
  type AssociateRJ,
  type AssociateRQ,
  DICOM_APPLICATION_CONTEXT,
} from "../../lib/pdu/pdu.ts";
import type { Association, Ending } from "./association.ts";
import type { ByteStream } from "./byte_stream.ts";
import {
  AssociationRejected,
  ConnectFailed,
  type Proposal,
  type Timers,
} from "./connect_options.ts";
import { MessageExchange } from "./message_exchange.ts";
import { UpperLayer } from "./upper_layer.ts";
import type { AssociationUser, Negotiator } from "./upper_layer_users.ts";

/** Bytes of a P-DATA-TF that peers may send without a word of the proposal. */
const DEFAULT_MAXIMUM_LENGTH = 65_536;

/**
 * Asks for an association on an open connection, which is closed with it. Rejects with
 * AssociationRejected or ConnectFailed.
 */
export function requestAssociation(
  stream: ByteStream,
  calledAETitle: string,
  proposal: Proposal,
  timers: Timers,
  log: Log,
): Promise<Association> {
  return new Requestor(stream, calledAETitle, proposal, timers, log).answered;
}

class Requestor implements Negotiator {
  readonly #answered = Promise.withResolvers<Association>();
  readonly #stream: ByteStream;
  readonly #calledAETitle: string;
  readonly #proposal: Proposal;
  readonly #log: Log;
  readonly #layer: UpperLayer;
  readonly #request: AssociateRQ;

  constructor(
    stream: ByteStream,
    calledAETitle: string,
    proposal: Proposal,
    timers: Timers,
    log: Log,
  ) {
    this.#stream = stream;
    this.#calledAETitle = calledAETitle;
    this.#proposal = proposal;
    this.#log = log;
    this.#request = associateRQ(calledAETitle, proposal);
    const maximumLength = this.#request.user.maximumLength ?? DEFAULT_MAXIMUM_LENGTH;
    this.#layer = new UpperLayer({ stream, role: "requestor", timers, maximumLength }, this);
    this.#layer.request(this.#request).catch((error) => this.#fault(error));
  }

  /** Settles with the peer's answer, or for want of one. */
  get answered(): Promise<Association> {
    return this.#answered.promise;
  }

  associateIndicated(): void {
    // Nobody asks whoever asks: the state machine has no such transition.
  }

  associateConfirmed(answer: AssociateAC | AssociateRJ): AssociationUser | undefined {
    if (answer.type === "A-ASSOCIATE-RJ") {
      const why = `${this.#calledAETitle} refused: ${describeRejection(answer)}`;
      this.#answered.reject(new AssociationRejected(answer, why));
      return undefined;
    }
    const { callingAETitle, services } = this.#proposal;
    const { ImplementationClassUID, ImplementationVersionName } = answer.user;
    const agreement = {
      localAETitle: callingAETitle,
      peer: {
        AETitle: this.#calledAETitle,
        ...this.#stream.remote,
        ImplementationClassUID,
        ImplementationVersionName,
      },
      contexts: agreedContexts(this.#request, answer, "requestor"),
      peerInformation: answer.user,
      window: agreedWindow(this.#request, answer, "requestor"),
      services,
    };
    const exchange = new MessageExchange(agreement, this.#layer, this.#log);
    this.#answered.resolve(exchange);
    return exchange;
  }

  ended(ending: Ending): void {
    // Where there was an answer this comes too late to matter.
    const why = `${this.#calledAETitle} gave no answer: ${inWords(ending)}`;
    this.#answered.reject(new ConnectFailed(why));
  }

  #fault(error: unknown): void {
    const message = "An association failed by a fault of this software";
    this.#log({ level: "error", message, ...errorFields(error) });
  }
}

function associateRQ(calledAETitle: string, proposal: Proposal): AssociateRQ {
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAETitle,
    callingAETitle: proposal.callingAETitle,
    titleBytes: new Uint8Array(0),
    applicationContext: DICOM_APPLICATION_CONTEXT,
    contexts: proposal.contexts,
    user: {
      maximumLength: proposal.maximumLength ?? DEFAULT_MAXIMUM_LENGTH,
      ImplementationClassUID: IMPLEMENTATION_CLASS_UID,
      ImplementationVersionName: IMPLEMENTATION_VERSION_NAME,
      asynchronousOperations: proposal.asynchronousOperations,
      roles: proposal.roles ?? [],
      extended: proposal.extended ?? [],
      commonExtended: proposal.commonExtended ?? [],
      userIdentity: proposal.userIdentity,
      userIdentityResponse: undefined,
    },
  };
}

function inWords(ending: Ending): string {
  switch (ending.kind) {
    case "released":
      return "it refused";
    case "aborted":
      return `it aborted, ${describeAbort(ending.source, ending.reason)}`;
    case "lost":
      return "the connection broke";
    case "abortedHere":
      return ending.why;
  }
}
