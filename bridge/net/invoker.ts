/**
 * This side's requests of one association, and the responses that they wait for.
 * @module
 */
import { ByteWriter } from "../../lib/bytes/writer.ts";
import { type Command, hasDataSet } from "../../lib/dimse/command.ts";
import { cCancelRQ } from "../../lib/dimse/requests.ts";
import { statusKind } from "../../lib/dimse/status.ts";
import { ProtocolError } from "../../lib/errors.ts";
import type { DataPiece } from "../../lib/pdu/pdu.ts";
import {
  AssociationEnded,
  type DataSetSource,
  type Ending,
  type RequestOptions,
  type Response,
} from "./association.ts";
import { Deadline } from "./deadline.ts";
import { ResponseQueue } from "./response_queue.ts";

/**
 * Bytes of a response's data set, which is kept whole: a match of a query, or a list of UIDs, for
 * which this is room for 200,000.
 */
export const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/** Message IDs have 16 bits; zero is left out, since some peers take it for none. */
const LAST_MESSAGE_ID = 0xffff;

/** What the invoker needs of its association. */
export interface InvokerDeps {
  /** Rejects with AssociationEnded. */
  readonly send: (contextId: number, command: Command, dataSet?: DataSetSource) => Promise<void>;
  readonly abort: (why: string) => void;
  /** A final response has come. */
  readonly settled: () => void;
}

/** Keeps requests and responses together. */
export class Invoker {
  readonly #deps: InvokerDeps;
  /** Requests without their final response, by Message ID. */
  readonly #outstanding = new Map<number, ResponseQueue>();
  #lastMessageID = 0;
  /** The response whose data set is arriving. */
  #receiving: Command | undefined;
  readonly #dataSet = new ByteWriter();
  #ending: Ending | undefined;

  constructor(deps: InvokerDeps) {
    this.#deps = deps;
  }

  /** Someone waits for a response. */
  get isWaiting(): boolean {
    return this.#outstanding.values().some((queue) => !queue.isAbandoned);
  }

  /** See Association. */
  nextMessageID(): number {
    do {
      this.#lastMessageID = this.#lastMessageID % LAST_MESSAGE_ID + 1;
    } while (this.#outstanding.has(this.#lastMessageID));
    return this.#lastMessageID;
  }

  /** See Association. */
  async *request(
    contextId: number,
    command: Command,
    dataSet: DataSetSource | undefined,
    { timeout = Infinity, cancel }: RequestOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const queue = this.#expect(command.MessageID);
    const silence = new Deadline(() => this.#deps.abort(`No response within ${timeout} ms`));
    const sendCancel = () => {
      const cancelling = cCancelRQ(command.MessageID ?? 0);
      // Where it cannot be sent any more, the wait for responses tells.
      this.#deps.send(contextId, cancelling).catch(() => {});
    };
    try {
      await this.#deps.send(contextId, command, dataSet);
      if (cancel?.aborted) sendCancel();
      else cancel?.addEventListener("abort", sendCancel, { once: true });
      for (;;) {
        silence.start(timeout);
        const response = await queue.next();
        silence.stop();
        yield response;
        if (isFinal(response.command)) return;
      }
    } finally {
      silence[Symbol.dispose]();
      cancel?.removeEventListener("abort", sendCancel);
      queue.abandon();
    }
  }

  /** Takes the command of a response. One that nobody waits for is passed over. */
  response(command: Command): void | Promise<void> {
    if (!hasDataSet(command)) return this.#deliver(command, undefined);
    this.#receiving = this.#outstanding.has(repliedTo(command)) ? command : undefined;
  }

  /** Takes a piece of the data set of the last response. Throws ProtocolError. */
  dataSet({ data, isLast }: DataPiece): void | Promise<void> {
    const command = this.#receiving;
    if (command === undefined) return;
    if (this.#dataSet.length + data.length > MAX_RESPONSE_BYTES) {
      throw new ProtocolError(`A response has more than ${MAX_RESPONSE_BYTES} bytes`, 0);
    }
    this.#dataSet.bytes(data);
    if (!isLast) return;
    this.#receiving = undefined;
    return this.#deliver(command, this.#dataSet.take());
  }

  /** The association has ended: no response will come. */
  end(ending: Ending): void {
    this.#ending = ending;
    for (const queue of this.#outstanding.values()) queue.end(ending);
    this.#outstanding.clear();
  }

  #expect(messageID: number | undefined): ResponseQueue {
    if (this.#ending !== undefined) throw new AssociationEnded(this.#ending);
    if (messageID === undefined || this.#outstanding.has(messageID)) {
      throw new TypeError("A request needs a Message ID that no other has");
    }
    const queue = new ResponseQueue();
    this.#outstanding.set(messageID, queue);
    return queue;
  }

  #deliver(command: Command, dataSet: Uint8Array | undefined): void | Promise<void> {
    const messageID = repliedTo(command);
    const queue = this.#outstanding.get(messageID);
    if (queue === undefined) return;
    const isLast = isFinal(command);
    if (isLast) this.#outstanding.delete(messageID);
    const taken = queue.put({ command, dataSet });
    if (isLast) this.#deps.settled();
    return taken;
  }
}

function repliedTo({ MessageIDBeingRespondedTo = 0 }: Command): number {
  return MessageIDBeingRespondedTo;
}

function isFinal({ Status }: Command): boolean {
  return Status === undefined || statusKind(Status) !== "pending";
}
