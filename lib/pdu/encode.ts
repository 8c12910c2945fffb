/**
 * Writes every PDU but P-DATA-TF (PS3.8 9.3). Reserved bytes are zero, UIDs are not padded.
 * @module
 */
import { AE_BYTES, ITEM, TITLE_BYTES } from "./item_types.ts";
import type { AssociateAC, AssociateRJ, AssociateRQ, UserInformation } from "./pdu.ts";
import { PDU_TYPE } from "./reader.ts";

/** Numbers below 256, and bytes. */
type Part = number | Uint8Array;

/** Version 1: bit 0. */
const PROTOCOL_VERSION = [0, 1];

/** Writes an A-ASSOCIATE-RQ; `titleBytes` and `protocolVersion` are not looked at. */
export function encodeAssociateRQ(request: AssociateRQ): Uint8Array {
  return pdu(PDU_TYPE["A-ASSOCIATE-RQ"], [
    ...PROTOCOL_VERSION,
    ...[0, 0],
    title(request.calledAETitle),
    title(request.callingAETitle),
    new Uint8Array(TITLE_BYTES - 2 * AE_BYTES),
    item(ITEM.applicationContext, [text(request.applicationContext)]),
    ...request.contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
      item(ITEM.proposedContext, [
        ...[id, 0, 0, 0],
        item(ITEM.abstractSyntax, [text(abstractSyntax)]),
        ...transferSyntaxes.map((uid) => item(ITEM.transferSyntax, [text(uid)])),
      ])
    ),
    userInformation(request.user),
  ]);
}

/** Writes an A-ASSOCIATE-AC, with the bytes of the request's titles. */
export function encodeAssociateAC(answer: AssociateAC): Uint8Array {
  return pdu(PDU_TYPE["A-ASSOCIATE-AC"], [
    ...PROTOCOL_VERSION,
    ...[0, 0],
    answer.titleBytes,
    item(ITEM.applicationContext, [text(answer.applicationContext)]),
    ...answer.contexts.map(({ id, result, transferSyntax }) =>
      item(ITEM.answeredContext, [
        ...[id, 0, result, 0],
        // PS3.8 9.3.3.2 wants one even where its value means nothing.
        item(ITEM.transferSyntax, [text(transferSyntax)]),
      ])
    ),
    userInformation(answer.user),
  ]);
}

/** Writes an A-ASSOCIATE-RJ. */
export function encodeAssociateRJ(answer: Omit<AssociateRJ, "type">): Uint8Array {
  return pdu(PDU_TYPE["A-ASSOCIATE-RJ"], [0, answer.result, answer.source, answer.reason]);
}

/** Writes an A-RELEASE-RQ. */
export function encodeReleaseRQ(): Uint8Array {
  return pdu(PDU_TYPE["A-RELEASE-RQ"], [0, 0, 0, 0]);
}

/** Writes an A-RELEASE-RP. */
export function encodeReleaseRP(): Uint8Array {
  return pdu(PDU_TYPE["A-RELEASE-RP"], [0, 0, 0, 0]);
}

/** Writes an A-ABORT; the reason of a service user (source 0) is 0. */
export function encodeAbort(source: number, reason: number): Uint8Array {
  return pdu(PDU_TYPE["A-ABORT"], [0, 0, source, reason]);
}

function userInformation(user: UserInformation): Uint8Array {
  const parts: Uint8Array[] = [];
  if (user.maximumLength !== undefined) {
    parts.push(item(ITEM.maximumLength, u32(user.maximumLength)));
  }
  if (user.ImplementationClassUID !== undefined) {
    parts.push(item(ITEM.ImplementationClassUID, [text(user.ImplementationClassUID)]));
  }
  if (user.asynchronousOperations !== undefined) {
    const { invoked, performed } = user.asynchronousOperations;
    parts.push(item(ITEM.asynchronousOperations, [...u16(invoked), ...u16(performed)]));
  }
  for (const { SOPClassUID, scu, scp } of user.roles) {
    parts.push(item(ITEM.roleSelection, [...counted(text(SOPClassUID)), Number(scu), Number(scp)]));
  }
  if (user.ImplementationVersionName !== undefined) {
    parts.push(item(ITEM.ImplementationVersionName, [text(user.ImplementationVersionName)]));
  }
  for (const { SOPClassUID, information } of user.extended) {
    parts.push(item(ITEM.extendedNegotiation, [...counted(text(SOPClassUID)), information]));
  }
  for (const { SOPClassUID, serviceClassUID, relatedSOPClassUIDs } of user.commonExtended) {
    const related = concatenate(relatedSOPClassUIDs.flatMap((uid) => counted(text(uid))));
    parts.push(item(ITEM.commonExtendedNegotiation, [
      ...counted(text(SOPClassUID)),
      ...counted(text(serviceClassUID)),
      ...counted(related),
    ]));
  }
  if (user.userIdentity !== undefined) {
    const { type, positiveResponseRequested, primary, secondary } = user.userIdentity;
    parts.push(item(ITEM.userIdentity, [
      ...[type, Number(positiveResponseRequested)],
      ...counted(primary),
      ...counted(secondary),
    ]));
  }
  if (user.userIdentityResponse !== undefined) {
    parts.push(item(ITEM.userIdentityResponse, counted(user.userIdentityResponse)));
  }
  return item(ITEM.userInformation, parts);
}

function pdu(type: number, parts: readonly Part[]): Uint8Array {
  const body = concatenate(parts);
  return concatenate([type, 0, ...u32(body.length), body]);
}

function item(type: number, parts: readonly Part[]): Uint8Array {
  return concatenate([type, 0, ...counted(concatenate(parts))]);
}

/** Bytes after two that say how many they are. */
function counted(bytes: Uint8Array): Part[] {
  if (bytes.length > 0xffff) throw new RangeError("An item of a PDU has at most 65535 bytes");
  return [...u16(bytes.length), bytes];
}

function u16(value: number): number[] {
  return [value >>> 8 & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

function title(value: string): Uint8Array {
  return text(value.slice(0, AE_BYTES).padEnd(AE_BYTES));
}

/** UIDs, titles and names have one byte a character. */
function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

function concatenate(parts: readonly Part[]): Uint8Array {
  const length = parts.reduce<number>(
    (sum, part) => sum + (typeof part === "number" ? 1 : part.length),
    0,
  );
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") {
      bytes[at++] = part;
    } else {
      bytes.set(part, at);
      at += part.length;
    }
  }
  return bytes;
}
