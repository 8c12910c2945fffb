/**
 * Feeds a reader of PDUs as sockets do, and writes PDUs again that it read.
 * @module
 */
import {
  encodeAbort,
  encodeAssociateAC,
  encodeAssociateRJ,
  encodeAssociateRQ,
  encodeReleaseRP,
  encodeReleaseRQ,
} from "../../lib/pdu/encode.ts";
import { PDataWriter } from "../../lib/pdu/p_data.ts";
import type { DataPiece, Pdu } from "../../lib/pdu/pdu.ts";
import { PduReader } from "../../lib/pdu/reader.ts";
import { PDU } from "./dimse_bytes.ts";
import { concat } from "./part10_builder.ts";

/** Hands the reader bytes in chunks of these sizes, one after another, and takes what it has each time. */
export function* feed(
  reader: PduReader,
  bytes: Uint8Array,
  sizes: readonly number[] = [],
): Generator<Pdu, void, undefined> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const space = reader.space();
    const size = Math.min(sizes[turn % sizes.length] ?? bytes.length, space.length);
    const chunk = bytes.subarray(at, at + Math.max(1, size));
    space.set(chunk);
    reader.filled(chunk.length);
    at += chunk.length;
    for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) yield pdu;
  }
}

/** The PDUs of a stream; all that is between two ends of commands or data sets is one piece. */
export function readPdus(bytes: Uint8Array, sizes: readonly number[] = []): Pdu[] {
  const pdus: Pdu[] = [];
  let parts: Uint8Array[] = [];
  for (const pdu of feed(new PduReader(), bytes, sizes)) {
    if (pdu.type !== "P-DATA-TF") {
      pdus.push(pdu);
      continue;
    }
    parts.push(pdu.data.slice());
    if (!pdu.isLast) continue;
    pdus.push({ ...pdu, data: concat(parts) });
    parts = [];
  }
  return pdus;
}

/** The bytes of a PDU; those of a piece in PDUs that a peer takes with this maximum length. */
export function writePdu(pdu: Pdu, maximumLength: number): Uint8Array {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return encodeAssociateRQ(pdu);
    case "A-ASSOCIATE-AC":
      return encodeAssociateAC(pdu);
    case "A-ASSOCIATE-RJ":
      return encodeAssociateRJ(pdu);
    case "P-DATA-TF":
      return writePiece(pdu, maximumLength);
    case "A-RELEASE-RQ":
      return encodeReleaseRQ();
    case "A-RELEASE-RP":
      return encodeReleaseRP();
    case "A-ABORT":
      return encodeAbort(pdu.source, pdu.reason);
  }
}

/** A PDU of DCMTK as ours would be: it sets a reserved byte of each proposed context to FF. */
export function withoutNoise(pdu: Uint8Array): Uint8Array {
  if (pdu[0] !== PDU.RQ) return pdu;
  const quiet = pdu.slice();
  for (let at = 74; at < quiet.length; at += 4 + (quiet[at + 2]! << 8 | quiet[at + 3]!)) {
    if (quiet[at] === 0x20) quiet[at + 6] = 0;
  }
  return quiet;
}

function writePiece({ contextId, isCommand, data }: DataPiece, maximumLength: number): Uint8Array {
  const writer = new PDataWriter(maximumLength);
  const taken: Uint8Array[] = [];
  writer.begin(contextId, isCommand);
  for (let at = 0; at < data.length;) {
    at += writer.add(data.subarray(at));
    if (at < data.length) taken.push(writer.take().slice());
  }
  writer.end();
  return concat([...taken, writer.take()]);
}
