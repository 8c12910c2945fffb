/**
 * Packs messages into P-DATA-TF PDUs (PS3.8 9.3.5), as many as fit into one buffer, so that one
 * write sends headers, commands and data together: a small write that waits for another's
 * acknowledgement costs more than the rest of a message.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { MAX_SENT_BYTES, MIN_MAXIMUM_LENGTH } from "./limits.ts";
import { PDU_TYPE } from "./reader.ts";

/** Header of the PDU and of its one PDV. */
const OVERHEAD_BYTES = 12;
/** What of them counts towards the peer's maximum. */
const PDV_HEADER_BYTES = 6;
/** Less room than this is left for the next write. */
const WORTH_PACKING_BYTES = 1024;

/** Packs one association's outgoing fragments. Each PDU has one PDV, whose fragment is even unless its data is not. */
export class PDataPacker {
  readonly #bytes: Uint8Array;
  readonly #fragmentBytes: number;
  #contextId = 0;
  #isCommand = false;
  /** Where the PDU that is being filled begins; undefined where there is none. */
  #pdu: number | undefined;
  /** Where its fragment ends at most. */
  #limit = 0;
  #end = 0;

  /**
   * @param maximumLength what the peer takes (PS3.8 D.1): bytes of PDVs in one PDU, 0 for any
   * @throws {ProtocolError} where that is too little to send anything
   */
  constructor(maximumLength: number) {
    if (maximumLength !== 0 && maximumLength < MIN_MAXIMUM_LENGTH) {
      throw new ProtocolError(`The peer takes only ${maximumLength} bytes in a PDU`, 6);
    }
    const most = maximumLength === 0 ? MAX_SENT_BYTES : Math.min(maximumLength, MAX_SENT_BYTES);
    this.#fragmentBytes = (most - PDV_HEADER_BYTES) & ~1;
    this.#bytes = new Uint8Array(MAX_SENT_BYTES + OVERHEAD_BYTES + WORTH_PACKING_BYTES);
  }

  /** Begins a command set or a data set on a context; the one before must have ended. */
  begin(contextId: number, isCommand: boolean): void {
    this.#contextId = contextId;
    this.#isCommand = isCommand;
  }

  /**
   * Copies bytes in from an offset and returns how many fitted: where not all did,
   * {@linkcode take} has to be sent before the rest.
   */
  push(data: Uint8Array, offset: number): number {
    let at = offset;
    while (at < data.length) {
      if (this.#pdu === undefined && !this.#open()) break;
      const fitting = Math.min(data.length - at, this.#limit - this.#end);
      this.#bytes.set(data.subarray(at, at + fitting), this.#end);
      this.#end += fitting;
      at += fitting;
      // A full one stays open as long as it may be the last, which only the next bytes can tell.
      if (at < data.length) this.#close(false);
    }
    return at - offset;
  }

  /** Ends the command set or data set. False where {@linkcode take} has to be sent first, and this called again. */
  end(): boolean {
    if (this.#pdu === undefined && !this.#open()) return false;
    this.#close(true);
    return true;
  }

  /**
   * What is to be written now: whole PDUs, as a view that is valid until the packer is used again.
   * To be called when {@linkcode push} or {@linkcode end} found no room, and after the last end.
   */
  take(): Uint8Array {
    const complete = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    return complete;
  }

  #open(): boolean {
    const room = this.#bytes.length - this.#end - OVERHEAD_BYTES;
    if (room < WORTH_PACKING_BYTES) return false;
    this.#pdu = this.#end;
    this.#end += OVERHEAD_BYTES;
    this.#limit = this.#end + Math.min(this.#fragmentBytes, room & ~1);
    return true;
  }

  #close(isLast: boolean): void {
    const at = this.#pdu!;
    const fragment = this.#end - at - OVERHEAD_BYTES;
    this.#bytes[at] = PDU_TYPE["P-DATA-TF"];
    this.#bytes[at + 1] = 0;
    this.#u32(at + 2, fragment + PDV_HEADER_BYTES);
    this.#u32(at + 6, fragment + 2);
    this.#bytes[at + 10] = this.#contextId;
    this.#bytes[at + 11] = Number(this.#isCommand) | (isLast ? 2 : 0);
    this.#pdu = undefined;
  }

  #u32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }
}
