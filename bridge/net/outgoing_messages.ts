/**
 * Messages on their way out (PS3.7 6.3, PS3.8 E): one after another, each in as few writes as it
 * takes.
 * @module
 */
import type { Command } from "../../lib/dimse/command.ts";
import { encodeCommand } from "../../lib/dimse/command_codec.ts";
import { PDataWriter } from "../../lib/pdu/p_data.ts";
import type { DataSetSource } from "./association.ts";

/** The messages that one association sends. */
export class OutgoingMessages {
  readonly #writer: PDataWriter;
  readonly #write: (pdus: Uint8Array) => Promise<void>;
  #last: Promise<void> = Promise.resolve();

  /**
   * @param maximumLength of the peer's User Information
   * @param write takes whole PDUs
   * @throws {ProtocolError} the peer takes too little to send it anything
   */
  constructor(maximumLength: number | undefined, write: (pdus: Uint8Array) => Promise<void>) {
    this.#writer = new PDataWriter(maximumLength);
    this.#write = write;
  }

  /** Sends a message when all before it are sent. Rejects as the data set or `write` does, with part of it sent. */
  send(contextId: number, command: Command, dataSet: DataSetSource | undefined): Promise<void> {
    const sent = this.#last.then(() => this.#send(contextId, command, dataSet));
    this.#last = sent.catch(() => {});
    return sent;
  }

  /** Resolves when every message is sent, or was in vain. */
  sent(): Promise<void> {
    return this.#last;
  }

  async #send(
    contextId: number,
    command: Command,
    dataSet: DataSetSource | undefined,
  ): Promise<void> {
    this.#writer.begin(contextId, true);
    await this.#add(encodeCommand(command));
    this.#writer.end();
    if (dataSet !== undefined) {
      this.#writer.begin(contextId, false);
      if (dataSet instanceof Uint8Array) await this.#add(dataSet);
      else for await (const piece of dataSet) await this.#add(piece);
      this.#writer.end();
    }
    await this.#write(this.#writer.take());
  }

  async #add(piece: Uint8Array): Promise<void> {
    let added = this.#writer.add(piece);
    while (added < piece.length) {
      await this.#write(this.#writer.take());
      added += this.#writer.add(piece.subarray(added));
    }
  }
}
