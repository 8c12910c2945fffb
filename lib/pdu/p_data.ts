/**
 * Packs messages into P-DATA-TF (PS3.8 9.3.5), as many to a buffer as go with one write. Each PDU
 * has one PDV, since there are receivers that overlook a second.
 * @module
 */
import { sentPDataBytes } from "./limits.ts";
import {
  CONTROL,
  PDU_HEADER_BYTES,
  PDU_TYPE,
  PDV_COUNTED_BYTES,
  PDV_HEADER_BYTES,
} from "./types.ts";

/** What a PDU with one PDV has before its data. */
const HEADERS_BYTES = PDU_HEADER_BYTES + PDV_HEADER_BYTES;
/** Enough for commands; data sets make the buffer grow. */
const FIRST_BYTES = 1024;
/** From here on the buffer is full: larger writes gain nothing. */
const FULL_BYTES = 256 * 1024;

/**
 * Packs the messages that one association sends: `begin` a command or a data set, `add` its pieces,
 * `end` it. Whenever `add` leaves a part of its piece, and after the message, what `take` gives is
 * to be sent.
 */
export class PDataWriter {
  /** Data of one PDV. */
  readonly #maxDataBytes: number;
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  /** Where the PDU begins that is still being filled; undefined where none is. */
  #pdu: number | undefined;
  #contextId = 0;
  #control = 0;

  /**
   * @param maximumLength Maximum Length of the peer's User Information
   * @throws {ProtocolError} where that is too little to be sent anything
   */
  constructor(maximumLength: number | undefined) {
    this.#maxDataBytes = sentPDataBytes(maximumLength) - PDV_HEADER_BYTES;
  }

  /** Begins a command, or a data set. */
  begin(contextId: number, isCommand: boolean): void {
    this.#contextId = contextId;
    this.#control = isCommand ? CONTROL.command : 0;
  }

  /**
   * Adds a piece, which is copied. Answers with how many of its bytes found room: where not all
   * did, the buffer has to be taken before the others are added.
   */
  add(piece: Uint8Array): number {
    let added = 0;
    while (added < piece.length) {
      // Only now is it known that the fragment before is not the last one.
      if (this.#pdu !== undefined && this.#room(this.#pdu) === 0) this.#closePdu(this.#pdu, 0);
      if (this.#pdu === undefined && this.#length >= FULL_BYTES) break;
      const part = piece.subarray(added, added + this.#room(this.#pdu ??= this.#openPdu()));
      this.#reserve(part.length);
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
      added += part.length;
    }
    return added;
  }

  /** Ends the command or data set: the fragment that is last says so. */
  end(): void {
    this.#closePdu(this.#pdu ?? this.#openPdu(), CONTROL.last);
  }

  /** Whole PDUs to be sent: a view, valid until the writer is used again. */
  take(): Uint8Array {
    if (this.#pdu !== undefined) this.#closePdu(this.#pdu, 0);
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #room(pdu: number): number {
    return this.#maxDataBytes - (this.#length - pdu - HEADERS_BYTES);
  }

  #openPdu(): number {
    const pdu = this.#length;
    this.#reserve(HEADERS_BYTES);
    this.#length += HEADERS_BYTES;
    return pdu;
  }

  #closePdu(pdu: number, last: number): void {
    const headers = new DataView(this.#bytes.buffer, pdu, HEADERS_BYTES);
    headers.setUint16(0, PDU_TYPE["P-DATA-TF"] << 8);
    headers.setUint32(2, this.#length - pdu - PDU_HEADER_BYTES);
    headers.setUint32(6, this.#length - pdu - HEADERS_BYTES + PDV_COUNTED_BYTES);
    headers.setUint8(10, this.#contextId);
    headers.setUint8(11, this.#control | last);
    this.#pdu = undefined;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
