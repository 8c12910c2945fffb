/**
 * Which of several proposed transfer syntaxes an acceptor takes.
 * @module
 */
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../dicom/uids.ts";

/** Which comes first where both are proposed. */
export type VRPreference = "explicit" | "implicit";

const LAST_OF_NATIVE = [DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN];
const ORDER: Readonly<Record<VRPreference, readonly string[]>> = {
  explicit: [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, ...LAST_OF_NATIVE],
  implicit: [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, ...LAST_OF_NATIVE],
};

/**
 * The choice among the transfer syntaxes of one context, of those that `accepts` is true for: in our
 * order where one is native, since a sender that offers native and compressed in one context may be
 * able to send only one of them as it is, and native is what each can; else the first proposed, so
 * that compressed images come as they are. Undefined where none can be taken.
 */
export function chooseTransferSyntax(
  proposed: readonly string[],
  prefer: VRPreference,
  accepts: (transferSyntax: string) => boolean,
): string | undefined {
  const acceptable = proposed.filter(accepts);
  return ORDER[prefer].find((uid) => acceptable.includes(uid)) ?? acceptable[0];
}
