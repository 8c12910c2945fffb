/**
 * Takes PDUs apart as their bytes arrive (PS3.8 9.3.1). The socket reads into the reader's own
 * buffer and data comes out as views of it, so that no byte of an image is copied or looked at.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { decodeAssociateAC, decodeAssociateRQ } from "./associate_decode.ts";
import { MAX_ASSOCIATE_BYTES, MAX_P_DATA_BYTES } from "./limits.ts";
import type { DataPiece, Pdu } from "./pdu.ts";
import {
  CONTROL,
  PDU_HEADER_BYTES,
  PDU_TYPE,
  PDV_COUNTED_BYTES,
  PDV_HEADER_BYTES,
} from "./types.ts";

/** What a PDU without items has after its header. */
const SHORT_BYTES = 4;
/** What a connection has that says nothing yet: there may be thousands. */
const FIRST_BYTES = 16 * 1024;
/** What one has that sends as fast as it can: several PDUs a read, and little enough for a cache. */
const FULL_BYTES = 256 * 1024;

/** Reads one connection's PDUs. */
export class PduReader {
  readonly #maxPDataBytes: number;
  #bytes = new Uint8Array(FIRST_BYTES);
  /** What of the buffer was filled and is not taken yet. */
  #start = 0;
  #end = 0;
  /** Bytes of the P-DATA-TF under way after the current PDV; undefined outside of one. */
  #pduRest: number | undefined;
  /** Bytes of the current PDV that are still to come. */
  #pdvRest = 0;
  #contextId = 0;
  #control = 0;

  /** @param maxPDataBytes length beyond which a P-DATA-TF is refused, see `acceptedPDataBytes` */
  constructor(maxPDataBytes: number = MAX_P_DATA_BYTES) {
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
   * Where the next bytes go, never empty. {@linkcode next} must have answered undefined before; the
   * views that it gave are valid no longer.
   */
  space(): Uint8Array<ArrayBuffer> {
    const size = this.#sizeOf(this.#end - this.#start);
    if (size !== this.#bytes.length) {
      const bytes = new Uint8Array(size);
      bytes.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = bytes;
    } else if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    }
    this.#end -= this.#start;
    this.#start = 0;
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
      if (this.#pdvRest > 0) return this.#start === this.#end ? undefined : this.#piece();
      if (this.#pduRest === 0) this.#pduRest = undefined;
      if (this.#pduRest === undefined) {
        const type = this.#beginPdu();
        if (type === undefined) return undefined;
        if (type !== PDU_TYPE["P-DATA-TF"]) return this.#whole(type);
      } else {
        if (!this.#beginPdv(this.#pduRest)) return undefined;
        if (this.#pdvRest === 0) return this.#piece();
      }
    }
  }

  /** The size that the buffer is to have, of which `rest` is in use: a header in part, or an A-ASSOCIATE. */
  #sizeOf(rest: number): number {
    const size = this.#bytes.length;
    const isBusy = this.#end === size && size < FULL_BYTES;
    if (isBusy || rest > size / 2) return 2 * size;
    return rest === 0 ? Math.min(size, FULL_BYTES) : size;
  }

  #piece(): DataPiece {
    const end = Math.min(this.#start + this.#pdvRest, this.#end);
    const data = this.#bytes.subarray(this.#start, end);
    this.#start = end;
    this.#pdvRest -= data.length;
    return {
      type: "P-DATA-TF",
      contextId: this.#contextId,
      isCommand: (this.#control & CONTROL.command) !== 0,
      isLast: (this.#control & CONTROL.last) !== 0 && this.#pdvRest === 0,
      data,
    };
  }

  /** False where the PDV's header is not there yet. */
  #beginPdv(rest: number): boolean {
    if (rest < PDV_HEADER_BYTES) throw new ProtocolError("A P-DATA-TF ends inside a PDV", 6);
    if (this.#end - this.#start < PDV_HEADER_BYTES) return false;
    const length = this.#u32(this.#start);
    const afterLength = rest - (PDV_HEADER_BYTES - PDV_COUNTED_BYTES);
    if (length < PDV_COUNTED_BYTES || length > afterLength) {
      throw new ProtocolError("The length of a PDV does not fit its P-DATA-TF", 6);
    }
    this.#contextId = this.#bytes[this.#start + 4]!;
    this.#control = this.#bytes[this.#start + 5]!;
    this.#start += PDV_HEADER_BYTES;
    this.#pdvRest = length - PDV_COUNTED_BYTES;
    this.#pduRest = afterLength - length;
    return true;
  }

  /** The type of the PDU that begins, once its header is there, and its body too unless it is P-DATA-TF. */
  #beginPdu(): number | undefined {
    const there = this.#end - this.#start;
    if (there === 0) return undefined;
    const type = this.#bytes[this.#start]!;
    // Before the length is read: other protocols have something else in its place.
    if (type < PDU_TYPE["A-ASSOCIATE-RQ"] || type > PDU_TYPE["A-ABORT"]) {
      throw new ProtocolError("Not a PDU of the DICOM upper layer", 1);
    }
    if (there < PDU_HEADER_BYTES) return undefined;
    const length = this.#u32(this.#start + 2);
    this.#checkLength(type, length);
    if (type === PDU_TYPE["P-DATA-TF"]) {
      this.#start += PDU_HEADER_BYTES;
      this.#pduRest = length;
      return type;
    }
    return there < PDU_HEADER_BYTES + length ? undefined : type;
  }

  #checkLength(type: number, length: number): void {
    if (type === PDU_TYPE["P-DATA-TF"]) {
      if (length <= this.#maxPDataBytes) return;
      throw new ProtocolError(`A P-DATA-TF of more than ${this.#maxPDataBytes} bytes`, 6);
    }
    const isAssociate = type <= PDU_TYPE["A-ASSOCIATE-AC"];
    if (isAssociate ? length <= MAX_ASSOCIATE_BYTES : length === SHORT_BYTES) return;
    throw new ProtocolError("A PDU of a length that its type cannot have", 6);
  }

  #whole(type: number): Pdu {
    const body = this.#start + PDU_HEADER_BYTES;
    this.#start = body + this.#u32(this.#start + 2);
    return decode(type, this.#bytes.subarray(body, this.#start));
  }

  #u32(at: number): number {
    const bytes = this.#bytes;
    return bytes[at]! * 0x1000000 +
      (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
  }
}

/** A PDU other than P-DATA-TF. */
function decode(type: number, body: Uint8Array): Pdu {
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
