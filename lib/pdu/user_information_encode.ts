/**
 * Writes User Information (PS3.8 9.3.2.3, PS3.7 D.3.3): the sub-items in the order of their types.
 * @module
 */
import { counted, item, join, text, u16, u32 } from "./item_encode.ts";
import type {
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  RoleSelection,
  UserIdentity,
  UserInformation,
} from "./pdu.ts";
import { ITEM } from "./types.ts";

/** The item with what there is to say. Throws LimitError where that is more than 65,535 bytes. */
export function encodeUserInformation(user: UserInformation): Uint8Array {
  return item(
    ITEM.userInformation,
    ...optional(user.maximumLength, (bytes) => item(ITEM.maximumLength, u32(bytes))),
    ...optional(
      user.ImplementationClassUID,
      (uid) => item(ITEM.ImplementationClassUID, text(uid)),
    ),
    ...optional(
      user.asynchronousOperations,
      ({ invoked, performed }) => item(ITEM.asynchronousOperations, u16(invoked), u16(performed)),
    ),
    ...user.roles.map(encodeRole),
    ...optional(
      user.ImplementationVersionName,
      (name) => item(ITEM.ImplementationVersionName, text(name)),
    ),
    ...user.extended.map(encodeExtended),
    ...user.commonExtended.map(encodeCommon),
    ...optional(user.userIdentity, encodeIdentity),
    ...optional(
      user.userIdentityResponse,
      (response) => item(ITEM.userIdentityResponse, counted(response)),
    ),
  );
}

function optional<T>(value: T | undefined, encode: (value: T) => Uint8Array): Uint8Array[] {
  return value === undefined ? [] : [encode(value)];
}

function encodeRole({ SOPClassUID, scu, scp }: RoleSelection): Uint8Array {
  return item(
    ITEM.roleSelection,
    counted(text(SOPClassUID)),
    Uint8Array.of(Number(scu), Number(scp)),
  );
}

function encodeExtended({ SOPClassUID, information }: ExtendedNegotiation): Uint8Array {
  return item(ITEM.extendedNegotiation, counted(text(SOPClassUID)), information);
}

function encodeCommon(common: CommonExtendedNegotiation): Uint8Array {
  const related = common.relatedSOPClassUIDs.map((uid) => counted(text(uid)));
  return item(
    ITEM.commonExtendedNegotiation,
    counted(text(common.SOPClassUID)),
    counted(text(common.serviceClassUID)),
    counted(join(related)),
  );
}

function encodeIdentity(identity: UserIdentity): Uint8Array {
  return item(
    ITEM.userIdentity,
    Uint8Array.of(identity.type, Number(identity.positiveResponseRequested)),
    counted(identity.primary),
    counted(identity.secondary),
  );
}
