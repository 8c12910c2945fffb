/**
 * Type bytes of items and sub-items (PS3.8 9.3.2, PS3.7 D.3.3).
 * @module
 */
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

/** Version, two reserved bytes, two AE titles and 32 reserved bytes before the items of A-ASSOCIATE. */
export const ASSOCIATE_FIELDS_BYTES = 68;
/** Of them, those that an answer repeats: from the called AE title on. */
export const TITLE_BYTES = 64;
/** An AE title on the wire. */
export const AE_BYTES = 16;
