/**
 * Type bytes of PDUs (PS3.8 9.3), items and sub-items (PS3.8 9.3.2, PS3.7 D.3.3), and the sizes of
 * what precedes them.
 * @module
 */

/** Type bytes of PDUs. */
export const PDU_TYPE = {
  "A-ASSOCIATE-RQ": 1,
  "A-ASSOCIATE-AC": 2,
  "A-ASSOCIATE-RJ": 3,
  "P-DATA-TF": 4,
  "A-RELEASE-RQ": 5,
  "A-RELEASE-RP": 6,
  "A-ABORT": 7,
} as const;

/** Type bytes of items and sub-items. */
export const ITEM = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  answeredContext: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
  maximumLength: 0x51,
  ImplementationClassUID: 0x52,
  asynchronousOperations: 0x53,
  roleSelection: 0x54,
  ImplementationVersionName: 0x55,
  extendedNegotiation: 0x56,
  commonExtendedNegotiation: 0x57,
  userIdentity: 0x58,
  userIdentityResponse: 0x59,
} as const;

/** Of a PDU: its type, a reserved byte, and the length of the rest. */
export const PDU_HEADER_BYTES = 6;
/** Of an item: its type, a reserved byte, and the length of the rest. */
export const ITEM_HEADER_BYTES = 4;
/** Of a PDV: its length, presentation context ID and message control header (PS3.8 9.3.5.1). */
export const PDV_HEADER_BYTES = 6;
/** What of a PDV's header its length counts. */
export const PDV_COUNTED_BYTES = 2;
/** Bits of the message control header (PS3.8 E.2). */
export const CONTROL = { command: 1, last: 2 } as const;

/** Version, two reserved bytes, two AE titles and 32 reserved bytes before the items of A-ASSOCIATE. */
export const ASSOCIATE_FIELDS_BYTES = 68;
/** Of them, those that an answer repeats: from the called AE title on. */
export const TITLE_BYTES = 64;
/** An AE title on the wire. */
export const AE_BYTES = 16;
