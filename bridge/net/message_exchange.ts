/**
 * An association that stands: messages in and out of it (PS3.7 6), between the upper layer on one
 * side and the services and clients of this side on the other.
 * @module
 */
import { COMMAND, type Command, isResponse } from "../../lib/dimse/command.ts";
import { response } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { ProtocolError } from "../../lib/errors.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import type { DataPiece, UserInformation } from "../../lib/pdu/pdu.ts";
import {
  type Association,
  AssociationEnded,
  type DataSetSource,
  type Ending,
  type IncomingRequest,
  type Operation,
  type Peer,
  type PresentationContext,
  type RequestOptions,
  type Response,
  type Services,
} from "./association.ts";
import { Invoker } from "./invoker.ts";
import { MessageAssembler } from "./message_assembler.ts";
import { OutgoingMessages } from "./outgoing_messages.ts";
import { Performer } from "./performer.ts";
import type { UpperLayer } from "./upper_layer.ts";
import type { AssociationUser } from "./upper_layer_users.ts";

/** Everything about an association that its negotiation decided. */
export interface Agreement {
  readonly localAETitle: string;
  readonly peer: Peer;
  readonly contexts: readonly PresentationContext[];
  readonly peerInformation: UserInformation;
  readonly window: number;
  /** For requests of the peer; without it they are answered with 0211. */
  readonly services: Services | undefined;
}

let lastId = 0;

/** The association, for the upper layer and for everyone else. */
export class MessageExchange implements Association, AssociationUser {
  readonly id = ++lastId;
  readonly localAETitle: string;
  readonly peer: Peer;
  readonly contexts: readonly PresentationContext[];
  readonly peerInformation: UserInformation;
  readonly window: number;
  readonly #contextOf: ReadonlyMap<number, PresentationContext>;
  readonly #services: Services | undefined;
  readonly #layer: UpperLayer;
  readonly #log: Log;
  readonly #incoming = new MessageAssembler();
  readonly #outgoing: OutgoingMessages;
  readonly #invoker: Invoker;
  readonly #performer: Performer;
  /** Who takes the data set that is arriving. */
  #dataSetTaker: Invoker | Performer | undefined;
  /** Requests of the peer so far. */
  #requests = 0;
  readonly #begun = performance.now();
  readonly #ended = Promise.withResolvers<Ending>();
  readonly #over = Promise.withResolvers<void>();
  readonly #aborter = new AbortController();

  /** @throws {ProtocolError} the peer takes too little to send it anything */
  constructor(agreement: Agreement, layer: UpperLayer, log: Log) {
    this.localAETitle = agreement.localAETitle;
    this.peer = agreement.peer;
    this.contexts = agreement.contexts;
    this.peerInformation = agreement.peerInformation;
    this.window = agreement.window;
    this.#contextOf = new Map(this.contexts.map((context) => [context.id, context]));
    this.#services = agreement.services;
    this.#layer = layer;
    this.#log = log;
    this.#outgoing = new OutgoingMessages(
      agreement.peerInformation.maximumLength,
      (pdus) => layer.writeData(pdus),
    );
    const settled = () => layer.expectationChanged();
    this.#invoker = new Invoker({
      send: (contextId, command, dataSet) => this.send(contextId, command, dataSet),
      abort: (why) => this.abort(why),
      settled,
    });
    this.#performer = new Performer({
      open: (request) => this.#open(request),
      failed: (request, error) => this.#failed(request, error),
      settled,
    });
    this.#logBegin();
  }

  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Resolves when it has ended and no operation is under way any more. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  nextMessageID(): number {
    return this.#invoker.nextMessageID();
  }

  async send(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void> {
    try {
      await this.#outgoing.send(contextId, command, dataSet);
    } catch (error) {
      if (!(error instanceof AssociationEnded)) {
        this.abort("A data set could not be read to its end");
      }
      throw error;
    }
  }

  request(
    contextId: number,
    command: Command,
    dataSet?: DataSetSource,
    options: RequestOptions = {},
  ): AsyncGenerator<Response, void, undefined> {
    return this.#invoker.request(contextId, command, dataSet, options);
  }

  async release(): Promise<void> {
    await this.#outgoing.sent();
    this.#layer.release();
    await this.ended;
  }

  abort(why: string): void {
    this.#layer.abort(why);
  }

  /** For the upper layer, as everything below. */
  get expected(): AssociationUser["expected"] {
    if (!this.#incoming.isBetweenMessages) return "rest of message";
    return this.#performer.outstanding > 0 || this.#invoker.isWaiting ? "nothing" : "request";
  }

  data(piece: DataPiece): void | Promise<void> {
    const context = this.#contextOf.get(piece.contextId);
    if (context === undefined) {
      throw new ProtocolError("Data on a presentation context that was not accepted", 6);
    }
    if (!piece.isCommand) {
      this.#incoming.dataSet(piece);
      return this.#dataSetTaker?.dataSet(piece);
    }
    const command = this.#incoming.command(piece);
    if (command !== undefined) return this.#take(context, command);
  }

  releaseIndicated(): void {
    if (!this.#incoming.isBetweenMessages) {
      throw new ProtocolError("A release before the message under way is complete", 2);
    }
    this.#settled().then(() => this.#layer.agreeToRelease());
  }

  async inputEnded(): Promise<void> {
    this.#invoker.end({ kind: "lost" });
    await this.#settled();
  }

  end(ending: Ending): void {
    this.#logEnd(ending);
    this.#invoker.end(ending);
    this.#ended.resolve(ending);
    this.#aborter.abort(new AssociationEnded(ending));
    this.#performer.end().then(() => this.#over.resolve());
  }

  #take(context: PresentationContext, command: Command): void | Promise<void> {
    this.#dataSetTaker = undefined;
    if (isResponse(command)) {
      this.#dataSetTaker = this.#invoker;
      return this.#invoker.response(command);
    }
    if (command.CommandField === COMMAND["C-CANCEL-RQ"]) {
      return this.#performer.cancel(command.MessageIDBeingRespondedTo);
    }
    this.#requests++;
    this.#dataSetTaker = this.#performer;
    return this.#performer.request({ association: this, context, command });
  }

  #open(request: IncomingRequest): Operation {
    if (this.#services === undefined) return this.#refusal(request, STATUS.unrecognizedOperation);
    if (!isAllowed(request)) return this.#refusal(request, STATUS.sopClassNotSupported);
    return this.#services(request);
  }

  #refusal({ context, command }: IncomingRequest, status: number): Operation {
    return { run: () => this.send(context.id, response(command, status)) };
  }

  async #failed({ context, command }: IncomingRequest, error: unknown): Promise<void> {
    if (error instanceof AssociationEnded) return;
    if (error instanceof ProtocolError) return this.#layer.fail(error);
    const message = "An operation of an association failed";
    this.#log({ level: "error", message, association: this.id, ...errorFields(error) });
    // Where the association has ended, nobody waits for it.
    await this.send(context.id, response(command, STATUS.processingFailure)).catch(() => {});
  }

  #logBegin(): void {
    const { AETitle, ImplementationClassUID, ImplementationVersionName, address, port } = this.peer;
    this.#log({
      level: "info",
      message: "An association has begun",
      association: this.id,
      local: this.localAETitle,
      peer: AETitle,
      address,
      port,
      implementation: ImplementationClassUID,
      version: ImplementationVersionName,
      contexts: this.contexts.length,
    });
  }

  #logEnd({ kind, ...details }: Ending): void {
    this.#log({
      level: "info",
      message: "An association has ended",
      association: this.id,
      ending: kind,
      ...details,
      requests: this.#requests,
      milliseconds: Math.round(performance.now() - this.#begun),
    });
  }

  async #settled(): Promise<void> {
    await this.#performer.idle();
    await this.#outgoing.sent();
  }
}

/**
 * Whether the peer has the role that the request is for (PS3.7 D.3.3.4). A request without it is
 * answered with 0122, and the association goes on: it is one class that the two disagree about.
 */
function isAllowed({ context, command }: IncomingRequest): boolean {
  return command.CommandField === COMMAND["N-EVENT-REPORT-RQ"]
    ? context.isOursToRequest
    : context.isPeersToRequest;
}
