/**
 * A connection that a peer has opened, from its first byte to its close: who may become an
 * association, and what the log says about it.
 * @module
 */
import { agreedContexts, agreedWindow } from "../../lib/dul/agreed.ts";
import { describeRejection, REJECTION } from "../../lib/dul/rejection.ts";
import { ProtocolError } from "../../lib/errors.ts";
import { errorFields, type Log, type LogRecord } from "../../lib/log.ts";
import type { AssociateRJ, AssociateRQ } from "../../lib/pdu/pdu.ts";
import type { Admission, Admit } from "./admission.ts";
import type { Ending } from "./association.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Timers } from "./connect_options.ts";
import { MessageExchange } from "./message_exchange.ts";
import { UpperLayer } from "./upper_layer.ts";
import type { Negotiator } from "./upper_layer_users.ts";

/** What the connections of a listener share. */
export interface AcceptOptions {
  readonly admit: Admit;
  readonly timers: Timers;
  /** The longest P-DATA-TF that any peer is told to send. */
  readonly maximumLength: number;
  readonly log: Log;
  /** False where there is no room for what a peer would send: it may come again. */
  readonly hasRoom: () => boolean;
  /** Takes one of the places for associations; undefined where there is none. */
  readonly takePlace: () => Disposable | undefined;
}

type Accepted = Extract<Admission, { readonly kind: "accepted" }>;

/** Refused contexts that the log tells of, of one association: a hostile peer may propose any number. */
const LOGGED_REFUSALS = 16;

/** A connection being served. */
export interface Served {
  /** Resolves when it is closed; never rejects. */
  readonly done: Promise<void>;
  readonly hasAssociation: boolean;
  /** Ends it at once, with an A-ABORT where there is an association. */
  stop(why: string): void;
}

/** Serves a connection. */
export function accept(stream: ByteStream, options: AcceptOptions): Served {
  return new Acceptor(stream, options);
}

class Acceptor implements Negotiator, Served {
  readonly done: Promise<void>;
  readonly #stream: ByteStream;
  readonly #options: AcceptOptions;
  readonly #layer: UpperLayer;
  #exchange: MessageExchange | undefined;
  #hasEnded = false;
  /** The decision about the request; never rejects. */
  #decided: Promise<void> = Promise.resolve();

  constructor(stream: ByteStream, options: AcceptOptions) {
    this.#stream = stream;
    this.#options = options;
    const { timers, maximumLength } = options;
    this.#layer = new UpperLayer({ stream, role: "acceptor", timers, maximumLength }, this);
    this.done = this.#serve();
  }

  get hasAssociation(): boolean {
    return this.#exchange !== undefined && !this.#hasEnded;
  }

  stop(why: string): void {
    if (this.hasAssociation) this.#layer.stop(why);
    else this.#stream.close();
  }

  associateIndicated(request: AssociateRQ): void {
    this.#decided = this.#decide(request).catch((error) => this.#undecided(error));
  }

  associateConfirmed(): undefined {
    // Only whoever asked for an association gets an answer.
  }

  ended(ending: Ending): void {
    this.#hasEnded = true;
    if (this.#exchange !== undefined || ending.kind !== "abortedHere") return;
    this.#log("A connection was closed that did not become an association", {
      address: this.#stream.remote.address,
      why: ending.why,
    });
  }

  async #serve(): Promise<void> {
    await this.#layer.serve().catch((error) => this.#fault(error));
    await this.#decided;
    await this.#exchange?.over;
  }

  async #decide(request: AssociateRQ): Promise<void> {
    const { admit, hasRoom, takePlace } = this.#options;
    using place = takePlace();
    if (place === undefined) {
      return this.#reject(request, REJECTION.localLimitExceeded, "Every association is taken");
    }
    if (!hasRoom()) {
      return this.#reject(
        request,
        REJECTION.temporaryCongestion,
        "There is no room for what it would send",
      );
    }
    const admission = await admit(request, this.#stream.remote);
    // The peer may not have waited.
    if (this.#hasEnded) return;
    if (admission.kind === "rejected") {
      return this.#reject(request, admission.answer, admission.why);
    }
    await this.#establish(request, admission).over;
  }

  #reject(request: AssociateRQ, answer: AssociateRJ, why: string): void {
    const rejection = describeRejection(answer);
    this.#log("An association was refused", { ...this.#caller(request), rejection, why });
    this.#layer.reject(answer);
  }

  #establish(request: AssociateRQ, { answer, services, refusals }: Accepted): MessageExchange {
    const { ImplementationClassUID, ImplementationVersionName } = request.user;
    const agreement = {
      localAETitle: request.calledAETitle,
      peer: {
        AETitle: request.callingAETitle,
        ...this.#stream.remote,
        ImplementationClassUID,
        ImplementationVersionName,
      },
      contexts: agreedContexts(request, answer, "acceptor"),
      peerInformation: request.user,
      window: agreedWindow(request, answer, "acceptor"),
      services,
    };
    const exchange = new MessageExchange(agreement, this.#layer, this.#options.log);
    this.#exchange = exchange;
    for (const why of refusals.slice(0, LOGGED_REFUSALS)) {
      this.#log("A presentation context was refused", { association: exchange.id, why });
    }
    this.#layer.accept(answer, exchange);
    return exchange;
  }

  #undecided(error: unknown): void {
    if (error instanceof ProtocolError) return this.#layer.fail(error);
    this.#fault(error);
    this.#layer.abort("A fault of this software");
  }

  #caller({ callingAETitle, calledAETitle }: AssociateRQ) {
    const { address, port } = this.#stream.remote;
    return { calling: callingAETitle, called: calledAETitle, address, port };
  }

  #log(message: string, fields: Omit<LogRecord, "level" | "message">): void {
    this.#options.log({ level: "info", message, ...fields });
  }

  #fault(error: unknown): void {
    const message = "A connection failed by a fault of this software";
    this.#options.log({ level: "error", message, ...errorFields(error) });
  }
}
