/**
 * Makes the bytes of DICOM's upper layer and of DIMSE messages, valid or not. It shares no code with
 * lib/pdu and lib/dimse, so that what reads these bytes is not checked against itself.
 * @module
 */
import { concat } from "./part10_builder.ts";

/** Types of PDUs (PS3.8 9.3). */
export const PDU = { RQ: 1, AC: 2, RJ: 3, data: 4, releaseRQ: 5, releaseRP: 6, abort: 7 } as const;

/** What is in a PDV (PS3.8 E.2). */
export const PDV = { data: 0, command: 1, lastOfData: 2, lastOfCommand: 3 } as const;

/** UIDs that messages name. */
export const UID = {
  applicationContext: "1.2.840.10008.3.1.1.1",
  verification: "1.2.840.10008.1.1",
  ctImage: "1.2.840.10008.5.1.4.1.1.2",
  mrImage: "1.2.840.10008.5.1.4.1.1.4",
  studyRootFind: "1.2.840.10008.5.1.4.1.2.2.1",
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
} as const;

/** Latin-1 bytes of a text. */
export function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

/** A number in so many bytes, the highest first. */
export function big(value: number, width: number): Uint8Array {
  return Uint8Array.from(
    { length: width },
    (_, index) => Math.floor(value / 256 ** (width - 1 - index)) % 256,
  );
}

/** A number in so many bytes, the lowest first. */
export function little(value: number, width: number): Uint8Array {
  return big(value, width).reverse();
}

/** A PDU; `length` may be another than that of its body. */
export function pdu(type: number, body: Uint8Array, length = body.length): Uint8Array {
  return concat([Uint8Array.of(type, 0), big(length, 4), body]);
}

/** An item; `length` may be another than that of its value. */
export function item(
  type: number,
  value: Uint8Array | string,
  length = value.length,
): Uint8Array {
  const bytes = typeof value === "string" ? text(value) : value;
  return concat([Uint8Array.of(type, 0), big(length, 2), bytes]);
}

/** A proposed presentation context (PS3.8 9.3.2.2). */
export function context(
  id: number,
  abstractSyntax: string,
  ...transferSyntaxes: readonly string[]
): Uint8Array {
  return item(
    0x20,
    concat([
      Uint8Array.of(id, 0, 0, 0),
      item(0x30, abstractSyntax),
      ...transferSyntaxes.map((uid) => item(0x40, uid)),
    ]),
  );
}

/** User Information: maximum length, implementation identity, and more sub-items. */
export function userInformation(
  maximumLength = 16_384,
  ...more: readonly Uint8Array[]
): Uint8Array {
  return item(
    0x50,
    concat([
      item(0x51, big(maximumLength, 4)),
      item(0x52, "1.2.3.4"),
      item(0x55, "RAW"),
      ...more,
    ]),
  );
}

/** What an A-ASSOCIATE-RQ may vary in. */
export interface AssociateOptions {
  readonly type?: number;
  readonly version?: number;
  readonly called?: string;
  readonly calling?: string;
  /** What fills titles up to 16 bytes. */
  readonly padding?: string;
  readonly applicationContext?: string;
  /** Contexts, User Information and whatever else, after the application context. */
  readonly items?: readonly Uint8Array[];
}

/** Contexts that most tests need: 1 for C-ECHO, 3 and 5 for C-STORE, 7 for C-FIND. */
export const CONTEXTS: readonly Uint8Array[] = [
  context(1, UID.verification, UID.implicit),
  context(3, UID.ctImage, UID.explicit),
  context(5, UID.mrImage, UID.implicit),
  context(7, UID.studyRootFind, UID.implicit),
];

/** An A-ASSOCIATE-RQ (PS3.8 9.3.2). */
export function associateRQ(options: AssociateOptions = {}): Uint8Array {
  const { called = "GANTRY", calling = "RAW", padding = " " } = options;
  return pdu(
    options.type ?? PDU.RQ,
    concat([
      big(options.version ?? 1, 2),
      new Uint8Array(2),
      text(called.padEnd(16, padding)),
      text(calling.padEnd(16, padding)),
      new Uint8Array(32),
      item(0x10, options.applicationContext ?? UID.applicationContext),
      ...options.items ?? [...CONTEXTS, userInformation()],
    ]),
  );
}

/** A presentation data value; `length` may be another than its own. */
export function pdv(
  contextId: number,
  control: number,
  data: Uint8Array = new Uint8Array(),
  length = data.length + 2,
): Uint8Array {
  return concat([big(length, 4), Uint8Array.of(contextId, control), data]);
}

/** A P-DATA-TF of these. */
export function pData(...pdvs: readonly Uint8Array[]): Uint8Array {
  return pdu(PDU.data, concat(pdvs));
}

/** Data in P-DATA-TF PDUs of one PDV each, with so many bytes at most. */
export function fragmented(
  contextId: number,
  kind: "command" | "data",
  data: Uint8Array,
  bytes = 16_000,
): Uint8Array[] {
  const [more, last] = kind === "command"
    ? [PDV.command, PDV.lastOfCommand]
    : [PDV.data, PDV.lastOfData];
  const pdus: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < data.length; at += bytes) {
    const isLast = at + bytes >= data.length;
    pdus.push(pData(pdv(contextId, isLast ? last : more, data.subarray(at, at + bytes))));
  }
  return pdus;
}

/** A-RELEASE-RQ. */
export const RELEASE_RQ: Uint8Array = pdu(PDU.releaseRQ, new Uint8Array(4));
/** A-RELEASE-RP. */
export const RELEASE_RP: Uint8Array = pdu(PDU.releaseRP, new Uint8Array(4));
/** A-ABORT of a service user. */
export const ABORT: Uint8Array = pdu(PDU.abort, new Uint8Array(4));

/** Values of a command set by their element's number in group 0000: US, or text. */
export type CommandValues = Readonly<Record<number, number | string>>;

/** A command set (PS3.7 6.3.1) without a group length, which nobody needs. */
export function command(values: CommandValues): Uint8Array {
  // Keys that are small integers come in their order, as elements must.
  return concat(
    Object.entries(values).map(([element, value]) => {
      const bytes = typeof value === "number" ? little(value, 2) : text(even(value));
      return concat([little(0, 2), little(Number(element), 2), little(bytes.length, 4), bytes]);
    }),
  );
}

function even(value: string): string {
  return value.length % 2 === 0 ? value : value + "\0";
}

/** Command Data Set Type of a message without a data set. */
export const NO_DATA_SET = 0x0101;

/** C-ECHO-RQ; `more` replaces values or adds to them. */
export function echoRQ(messageId = 1, more: CommandValues = {}): Uint8Array {
  return command({
    0x0002: UID.verification,
    0x0100: 0x0030,
    0x0110: messageId,
    0x0800: NO_DATA_SET,
    ...more,
  });
}

/** C-STORE-RQ of a CT image; `more` replaces values or adds to them. */
export function storeRQ(
  sopInstanceUID: string,
  messageId = 1,
  more: CommandValues = {},
): Uint8Array {
  return command({
    0x0002: UID.ctImage,
    0x0100: 0x0001,
    0x0110: messageId,
    0x0700: 0,
    0x0800: 0,
    0x1000: sopInstanceUID,
    ...more,
  });
}

/** C-FIND-RQ in the study root. */
export function findRQ(messageId = 1): Uint8Array {
  return command({
    0x0002: UID.studyRootFind,
    0x0100: 0x0020,
    0x0110: messageId,
    0x0700: 0,
    0x0800: 0,
  });
}

/** C-CANCEL-RQ for a request. */
export function cancelRQ(messageId: number): Uint8Array {
  return command({ 0x0100: 0x0fff, 0x0120: messageId, 0x0800: NO_DATA_SET });
}

/** A whole command in one P-DATA-TF. */
export function commandPdu(contextId: number, bytes: Uint8Array): Uint8Array {
  return pData(pdv(contextId, PDV.lastOfCommand, bytes));
}
