/**
 * Reads A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3). Nothing that they return is a view of
 * what was read. Items that are not known are passed over, reserved bytes are not looked at.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { FieldReader, itemsOf, nameOf, uidOf } from "./item_decode.ts";
import type {
  AnsweredContext,
  AssociateAC,
  AssociateRQ,
  ProposedContext,
  UserInformation,
} from "./pdu.ts";
import { AE_BYTES, ASSOCIATE_FIELDS_BYTES, ITEM, TITLE_BYTES } from "./types.ts";
import { decodeUserInformation, NO_USER_INFORMATION } from "./user_information_decode.ts";

/** Reads the bytes after the header of an A-ASSOCIATE-RQ. Throws ProtocolError. */
export function decodeAssociateRQ(body: Uint8Array): AssociateRQ {
  const { protocolVersion, titleBytes } = decodeFields(body);
  const contexts: ProposedContext[] = [];
  const common = decodeItems(body, (type, value) => {
    if (type === ITEM.proposedContext) contexts.push(decodeProposed(value));
  });
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion,
    calledAETitle: nameOf(titleBytes.subarray(0, AE_BYTES)),
    callingAETitle: nameOf(titleBytes.subarray(AE_BYTES, 2 * AE_BYTES)),
    titleBytes,
    ...common,
    contexts,
  };
}

/** Reads the bytes after the header of an A-ASSOCIATE-AC. Throws ProtocolError. */
export function decodeAssociateAC(body: Uint8Array): AssociateAC {
  const fields = decodeFields(body);
  const contexts: AnsweredContext[] = [];
  const common = decodeItems(body, (type, value) => {
    if (type === ITEM.answeredContext) contexts.push(decodeAnswered(value));
  });
  return { type: "A-ASSOCIATE-AC", ...fields, ...common, contexts };
}

function decodeFields(body: Uint8Array): { protocolVersion: number; titleBytes: Uint8Array } {
  if (body.length < ASSOCIATE_FIELDS_BYTES) {
    throw new ProtocolError("An A-ASSOCIATE PDU is too short", 6);
  }
  const fields = new FieldReader(body);
  const protocolVersion = fields.u16();
  fields.bytes(2);
  return { protocolVersion, titleBytes: fields.bytes(TITLE_BYTES).slice() };
}

function decodeItems(
  body: Uint8Array,
  context: (type: number, value: Uint8Array) => void,
): { applicationContext: string; user: UserInformation } {
  let applicationContext = "";
  let user = NO_USER_INFORMATION;
  for (const { type, value } of itemsOf(body.subarray(ASSOCIATE_FIELDS_BYTES))) {
    if (type === ITEM.applicationContext) applicationContext = uidOf(value);
    else if (type === ITEM.userInformation) user = decodeUserInformation(value);
    else context(type, value);
  }
  return { applicationContext, user };
}

function decodeProposed(value: Uint8Array): ProposedContext {
  const fields = new FieldReader(value);
  const id = fields.u8();
  fields.bytes(3);
  let abstractSyntax = "";
  const transferSyntaxes: string[] = [];
  for (const item of itemsOf(fields.rest())) {
    if (item.type === ITEM.abstractSyntax) abstractSyntax = uidOf(item.value);
    else if (item.type === ITEM.transferSyntax) transferSyntaxes.push(uidOf(item.value));
  }
  return { id, abstractSyntax, transferSyntaxes };
}

function decodeAnswered(value: Uint8Array): AnsweredContext {
  const fields = new FieldReader(value);
  const id = fields.u8();
  fields.u8();
  const result = fields.u8();
  fields.u8();
  let transferSyntax = "";
  for (const item of itemsOf(fields.rest())) {
    if (item.type === ITEM.transferSyntax) transferSyntax = uidOf(item.value);
  }
  return { id, result, transferSyntax };
}
