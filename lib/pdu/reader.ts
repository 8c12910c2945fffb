/**
 * Takes PDUs apart as their bytes arrive (PS3.8 9.3.1). The socket reads into the reader's own
 * buffer and data comes out as views of it, so that no byte of an image is copied or looked at.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { decodeAssociateAC, decodeAssociateRQ } from "./associate_decode.ts";
import { MAX_ASSOCIATE_BYTES } from "./limits.ts";
import type { Pdu } from "./pdu.ts";

/** Type bytes (PS3.8 9.3). */
export const PDU_TYPE = {
  "A-ASSOCIATE-RQ": 1,
  "A-ASSOCIATE-AC": 2,
  "A-ASSOCIATE-RJ": 3,
  "P-DATA-TF": 4,
  "A-RELEASE-RQ": 5,
  "A-RELEASE-RP": 6,
  "A-ABORT": 7,
} as const;

/** Type, a reserved byte, and the length of the rest. */
const HEADER_BYTES = 6;
/** What a PDU without items has after its header. */
const SHORT_BYTES = 4;
/** A PDV's length, presentation context ID and message control header. */
const PDV_HEADER_BYTES = 6;
/** What of the PDV's header its length counts. */
const PDV_COUNTED_BYTES = 2;
/** Several PDUs of the usual 64 KiB: few reads, and little to move. */
const BUFFER_BYTES = 256 * 1024;
/** Less room than this is not worth a read: what is there is moved to the front. */
const WORTH_READING_BYTES = 64 * 1024;

/** Reads one connection's PDUs. */
export class PduReader {
  readonly #maxPDataBytes: number;
  #bytes = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** Bytes of the P-DATA-TF under way beyond the current PDV; undefined outside of one. */
  #pduRest: number | undefined;
  /** Bytes of the current PDV that are still to come. */
  #pdvRest = 0;
  #contextId = 0;
  #isCommand = false;
  #isLast = false;

  /** @param maxPDataBytes length of a P-DATA-TF beyond which it is refused, see limits.ts */
  constructor(maxPDataBytes: number) {
    this.#maxPDataBytes = maxPDataBytes;
  }

  /** Bytes of memory that the reader holds. */
  get bufferBytes(): number {
    return this.#bytes.length;
  }

  /** True where a PDU has begun and not ended: the rest of it is due. */
  get isInsidePdu(): boolean {
    return this.#start < this.#end || this.#pduRest !== undefined;
  }

  /**
   * Where the next bytes go. Everything that {@linkcode next} can give must have been taken, and
   * views that it gave end here.
   */
  space(): Uint8Array {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      if (this.#bytes.length > BUFFER_BYTES) this.#bytes = new Uint8Array(BUFFER_BYTES);
    } else if (this.#bytes.length - this.#end < WORTH_READING_BYTES) {
      this.#makeRoom();
    }
    return this.#bytes.subarray(this.#end);
  }

  /** Says how many bytes were put there. */
  filled(bytes: number): void {
    this.#end += bytes;
  }

  /**
   * The next PDU, or piece of a PDV, that is there; undefined where more bytes are needed.
   *
   * @throws {ProtocolError} where the bytes are no PDU of the upper layer; nothing can be read after
   */
  next(): Pdu | undefined {
    while (true) {
      if (this.#pdvRest > 0) return this.#piece();
      if (this.#pduRest === 0) this.#pduRest = undefined;
      if (this.#pduRest === undefined) {
        const type = this.#beginPdu();
        if (type === undefined) return undefined;
        if (type !== PDU_TYPE["P-DATA-TF"]) return this.#whole(type);
      } else {
        if (!this.#beginPdv(this.#pduRest)) return undefined;
        if (this.#pdvRest === 0) return this.#data(0);
      }
    }
  }

  #makeRoom(): void {
    const rest = this.#end - this.#start;
    const larger = rest > this.#bytes.length - WORTH_READING_BYTES;
    const target = larger ? new Uint8Array(2 * this.#bytes.length) : this.#bytes;
    if (larger) target.set(this.#bytes.subarray(this.#start, this.#end));
    else target.copyWithin(0, this.#start, this.#end);
    this.#bytes = target;
    this.#start = 0;
    this.#end = rest;
  }

  #piece(): Pdu | undefined {
    const there = Math.min(this.#pdvRest, this.#end - this.#start);
    return there === 0 ? undefined : this.#data(there);
  }

  #data(length: number): Pdu {
    const data = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#pdvRest -= length;
    return {
      type: "P-DATA-TF",
      contextId: this.#contextId,
      isCommand: this.#isCommand,
      isLast: this.#isLast && this.#pdvRest === 0,
      data,
    };
  }

  /** False where the PDV's header is not there yet. */
  #beginPdv(rest: number): boolean {
    if (rest < PDV_HEADER_BYTES) throw new ProtocolError("A P-DATA-TF ends inside a PDV", 6);
    if (this.#end - this.#start < PDV_HEADER_BYTES) return false;
    const length = this.#u32(this.#start);
    if (length < PDV_COUNTED_BYTES || length > rest - 4) {
      throw new ProtocolError("The length of a PDV does not fit its P-DATA-TF", 6);
    }
    const control = this.#bytes[this.#start + 5]!;
    this.#contextId = this.#bytes[this.#start + 4]!;
    this.#isCommand = (control & 1) !== 0;
    this.#isLast = (control & 2) !== 0;
    this.#start += PDV_HEADER_BYTES;
    this.#pdvRest = length - PDV_COUNTED_BYTES;
    this.#pduRest = rest - 4 - length;
    return true;
  }

  /** The type of the PDU that begins: its header is there, and unless it is P-DATA-TF its body too. */
  #beginPdu(): number | undefined {
    const there = this.#end - this.#start;
    if (there === 0) return undefined;
    const type = this.#bytes[this.#start]!;
    // Before the length is read: other protocols have something else in its place.
    if (type < PDU_TYPE["A-ASSOCIATE-RQ"] || type > PDU_TYPE["A-ABORT"]) {
      throw new ProtocolError("Not a PDU of the DICOM upper layer", 1);
    }
    if (there < HEADER_BYTES) return undefined;
    const length = this.#u32(this.#start + 2);
    this.#checkLength(type, length);
    if (type === PDU_TYPE["P-DATA-TF"]) {
      this.#start += HEADER_BYTES;
      this.#pduRest = length;
      return type;
    }
    return there < HEADER_BYTES + length ? undefined : type;
  }

  #whole(type: number): Pdu {
    const body = this.#start + HEADER_BYTES;
    this.#start = body + this.#u32(this.#start + 2);
    return decodeWhole(type, this.#bytes.subarray(body, this.#start));
  }

  #checkLength(type: number, length: number): void {
    if (type === PDU_TYPE["P-DATA-TF"]) {
      if (length <= this.#maxPDataBytes) return;
      throw new ProtocolError(`A P-DATA-TF of more than ${this.#maxPDataBytes} bytes`, 6);
    }
    const isAssociate = type <= PDU_TYPE["A-ASSOCIATE-AC"];
    if (isAssociate ? length <= MAX_ASSOCIATE_BYTES : length === SHORT_BYTES) return;
    throw new ProtocolError("The length of a PDU is not one that it can have", 6);
  }

  #u32(at: number): number {
    const bytes = this.#bytes;
    return bytes[at]! * 0x1000000 +
      (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
  }
}

function decodeWhole(type: number, body: Uint8Array): Pdu {
  switch (type) {
    case PDU_TYPE["A-ASSOCIATE-RQ"]:
      return decodeAssociateRQ(body);
    case PDU_TYPE["A-ASSOCIATE-AC"]:
      return decodeAssociateAC(body);
    case PDU_TYPE["A-ASSOCIATE-RJ"]:
      return { type: "A-ASSOCIATE-RJ", result: body[1]!, source: body[2]!, reason: body[3]! };
    case PDU_TYPE["A-RELEASE-RQ"]:
      return { type: "A-RELEASE-RQ" };
    case PDU_TYPE["A-RELEASE-RP"]:
      return { type: "A-RELEASE-RP" };
    default:
      return { type: "A-ABORT", source: body[2]!, reason: body[3]! };
  }
}
