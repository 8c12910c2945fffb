/**
 * Reads User Information (PS3.8 9.3.2.3, PS3.7 D.3.3).
 * @module
 */
import { FieldReader, itemsOf, nameOf, uidOf } from "./item_decode.ts";
import type {
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  RoleSelection,
  UserIdentity,
  UserInformation,
} from "./pdu.ts";
import { ITEM } from "./types.ts";

/** What an A-ASSOCIATE without the item says. */
export const NO_USER_INFORMATION: UserInformation = {
  maximumLength: undefined,
  ImplementationClassUID: undefined,
  ImplementationVersionName: undefined,
  asynchronousOperations: undefined,
  roles: [],
  extended: [],
  commonExtended: [],
  userIdentity: undefined,
  userIdentityResponse: undefined,
};

/** Reads the item's value; sub-items that are not known are passed over. Throws ProtocolError. */
export function decodeUserInformation(value: Uint8Array): UserInformation {
  const roles: RoleSelection[] = [];
  const extended: ExtendedNegotiation[] = [];
  const commonExtended: CommonExtendedNegotiation[] = [];
  let single: Partial<UserInformation> = {};
  for (const item of itemsOf(value)) {
    const fields = new FieldReader(item.value);
    switch (item.type) {
      case ITEM.maximumLength:
        single = { ...single, maximumLength: fields.u32() };
        break;
      case ITEM.ImplementationClassUID:
        single = { ...single, ImplementationClassUID: uidOf(item.value) };
        break;
      case ITEM.ImplementationVersionName:
        single = { ...single, ImplementationVersionName: nameOf(item.value) };
        break;
      case ITEM.asynchronousOperations: {
        const window = { invoked: fields.u16(), performed: fields.u16() };
        single = { ...single, asynchronousOperations: window };
        break;
      }
      case ITEM.roleSelection:
        roles.push({
          SOPClassUID: uidOf(fields.counted()),
          scu: fields.u8() !== 0,
          scp: fields.u8() !== 0,
        });
        break;
      case ITEM.extendedNegotiation:
        extended.push({
          SOPClassUID: uidOf(fields.counted()),
          information: fields.rest().slice(),
        });
        break;
      case ITEM.commonExtendedNegotiation:
        commonExtended.push(decodeCommon(fields));
        break;
      case ITEM.userIdentity:
        single = { ...single, userIdentity: decodeIdentity(fields) };
        break;
      case ITEM.userIdentityResponse:
        single = { ...single, userIdentityResponse: fields.counted().slice() };
        break;
    }
  }
  return { ...NO_USER_INFORMATION, ...single, roles, extended, commonExtended };
}

function decodeCommon(fields: FieldReader): CommonExtendedNegotiation {
  const SOPClassUID = uidOf(fields.counted());
  const serviceClassUID = uidOf(fields.counted());
  const related = new FieldReader(fields.counted());
  const relatedSOPClassUIDs: string[] = [];
  while (related.left > 0) relatedSOPClassUIDs.push(uidOf(related.counted()));
  return { SOPClassUID, serviceClassUID, relatedSOPClassUIDs };
}

function decodeIdentity(fields: FieldReader): UserIdentity {
  return {
    type: fields.u8(),
    positiveResponseRequested: fields.u8() !== 0,
    primary: fields.counted().slice(),
    secondary: fields.counted().slice(),
  };
}
