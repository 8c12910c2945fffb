/**
 * Writes PDUs, all but P-DATA-TF (PS3.8 9.3). UIDs are not padded, AE titles are with spaces, and
 * what is reserved is zero.
 * @module
 */
import { LimitError } from "../errors.ts";
import { item, join, text, u16, u32 } from "./item_encode.ts";
import type {
  Abort,
  AnsweredContext,
  AssociateAC,
  AssociateRJ,
  AssociateRQ,
  ProposedContext,
} from "./pdu.ts";
import { AE_BYTES, ITEM, PDU_TYPE, TITLE_BYTES } from "./types.ts";
import { encodeUserInformation } from "./user_information_encode.ts";

/**
 * A-ASSOCIATE-RQ (PS3.8 9.3.2); `titleBytes` is not looked at.
 *
 * @throws {LimitError} where an AE title is longer than 16 characters, or an item than 65,535 bytes
 */
export function encodeAssociateRQ(request: AssociateRQ): Uint8Array {
  return pdu(
    PDU_TYPE["A-ASSOCIATE-RQ"],
    u16(request.protocolVersion),
    new Uint8Array(2),
    title(request.calledAETitle),
    title(request.callingAETitle),
    new Uint8Array(TITLE_BYTES - 2 * AE_BYTES),
    item(ITEM.applicationContext, text(request.applicationContext)),
    ...request.contexts.map(encodeProposed),
    encodeUserInformation(request.user),
  );
}

/**
 * A-ASSOCIATE-AC (PS3.8 9.3.3), with the 64 title bytes of the request.
 *
 * @throws {LimitError} where an item is longer than 65,535 bytes
 */
export function encodeAssociateAC(answer: AssociateAC): Uint8Array {
  return pdu(
    PDU_TYPE["A-ASSOCIATE-AC"],
    u16(answer.protocolVersion),
    new Uint8Array(2),
    answer.titleBytes,
    item(ITEM.applicationContext, text(answer.applicationContext)),
    ...answer.contexts.map(encodeAnswered),
    encodeUserInformation(answer.user),
  );
}

/** A-ASSOCIATE-RJ (PS3.8 9.3.4). */
export function encodeAssociateRJ({ result, source, reason }: AssociateRJ): Uint8Array {
  return pdu(PDU_TYPE["A-ASSOCIATE-RJ"], Uint8Array.of(0, result, source, reason));
}

/** A-RELEASE-RQ (PS3.8 9.3.6). */
export function encodeReleaseRQ(): Uint8Array {
  return pdu(PDU_TYPE["A-RELEASE-RQ"], new Uint8Array(4));
}

/** A-RELEASE-RP (PS3.8 9.3.7). */
export function encodeReleaseRP(): Uint8Array {
  return pdu(PDU_TYPE["A-RELEASE-RP"], new Uint8Array(4));
}

/** A-ABORT (PS3.8 9.3.8). */
export function encodeAbort(source: Abort["source"], reason: Abort["reason"]): Uint8Array {
  return pdu(PDU_TYPE["A-ABORT"], Uint8Array.of(0, 0, source, reason));
}

function pdu(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts);
  return join([Uint8Array.of(type, 0), u32(body.length), body]);
}

function title(value: string): Uint8Array {
  if (value.length > AE_BYTES) throw new LimitError("AE title", AE_BYTES, "An AE title");
  return text(value.padEnd(AE_BYTES));
}

function encodeProposed({ id, abstractSyntax, transferSyntaxes }: ProposedContext): Uint8Array {
  return item(
    ITEM.proposedContext,
    Uint8Array.of(id, 0, 0, 0),
    item(ITEM.abstractSyntax, text(abstractSyntax)),
    ...transferSyntaxes.map((syntax) => item(ITEM.transferSyntax, text(syntax))),
  );
}

function encodeAnswered({ id, result, transferSyntax }: AnsweredContext): Uint8Array {
  return item(
    ITEM.answeredContext,
    Uint8Array.of(id, 0, result, 0),
    item(ITEM.transferSyntax, text(transferSyntax)),
  );
}
