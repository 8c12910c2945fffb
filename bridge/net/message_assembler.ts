/**
 * Messages out of the fragments that arrive (PS3.7 6.3, PS3.8 E): commands are collected, data sets
 * pass by. Messages may not interleave, so there is one at a time.
 * @module
 */
import { ByteWriter } from "../../lib/bytes/writer.ts";
import { type Command, hasDataSet } from "../../lib/dimse/command.ts";
import { decodeCommand, MAX_COMMAND_BYTES } from "../../lib/dimse/command_codec.ts";
import { ProtocolError } from "../../lib/errors.ts";
import type { DataPiece } from "../../lib/pdu/pdu.ts";

/** A-ABORT reason "unexpected PDU" (PS3.8 Table 9-26). */
const UNEXPECTED_PDU = 2;

/** Where the peer is in what it sends. */
export class MessageAssembler {
  /** The context of a message that has begun. */
  #contextId: number | undefined;
  /** True while the data set of a message is due, false while its command is. */
  #isInDataSet = false;
  readonly #command = new ByteWriter();

  /** Nothing has begun that is not complete. */
  get isBetweenMessages(): boolean {
    return this.#contextId === undefined;
  }

  /**
   * Takes a piece of a command; answers with the command once it is complete.
   *
   * @throws {ProtocolError} a command inside another message, too long, or not to be understood
   */
  command(piece: DataPiece): Command | undefined {
    if (this.#isInDataSet) throw unexpected("A command inside a data set that is not complete");
    if (this.#contextId !== undefined && this.#contextId !== piece.contextId) {
      throw unexpected("Fragments of two commands are interleaved");
    }
    if (this.#command.length + piece.data.length > MAX_COMMAND_BYTES) {
      throw new ProtocolError(`A command set has more than ${MAX_COMMAND_BYTES} bytes`, 6);
    }
    this.#contextId = piece.contextId;
    if (!piece.isLast || this.#command.length > 0) this.#command.bytes(piece.data);
    if (!piece.isLast) return undefined;
    const command = decodeCommand(this.#command.length > 0 ? this.#command.take() : piece.data);
    this.#isInDataSet = hasDataSet(command);
    if (!this.#isInDataSet) this.#contextId = undefined;
    return command;
  }

  /**
   * Takes notice of a piece of a data set.
   *
   * @throws {ProtocolError} a piece that belongs to no message, or to another context than its command
   */
  dataSet(piece: DataPiece): void {
    if (!this.#isInDataSet) throw unexpected("Data without a command that announces it");
    if (this.#contextId !== piece.contextId) {
      throw unexpected("A data set on another context than its command");
    }
    if (!piece.isLast) return;
    this.#isInDataSet = false;
    this.#contextId = undefined;
  }
}

function unexpected(message: string): ProtocolError {
  return new ProtocolError(message, UNEXPECTED_PDU);
}
