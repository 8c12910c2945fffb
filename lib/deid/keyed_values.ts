/**
 * Replacements that follow from a key and from what they replace: the same for every object that
 * is de-identified with that key, and of no use to who does not have it.
 * @module
 */
import { isValidUID } from "../dicom/uids.ts";

/** HMAC-SHA-256 of a text with the key, 32 bytes; whoever has the key provides it. */
export type Digest = (text: string) => Uint8Array;

/** The replacements of one key. */
export interface KeyedValues {
  /**
   * Another UID (PS3.5 B.2). Those of the standard's own root are known to everyone and stay, as
   * well-known frames of reference do.
   */
  uid(original: string): string;
  /** 16 letters and digits for an identity; `kind` keeps replacements of different use apart. */
  pseudonym(kind: string, original: string): string;
  /** From 1 to `most`, for an identity. */
  days(original: string, most: number): number;
}

/** The UIDs that one object's references repeat: more than this many are computed again. */
const KNOWN_UIDS = 20_000;

/** Letters and digits that nobody takes for one another. */
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** The replacements that a digest gives. */
export function keyedValues(digest: Digest): KeyedValues {
  const known = new Map<string, string>();
  return {
    uid(original) {
      if (isStandardUID(original)) return original;
      let replacement = known.get(original);
      if (replacement === undefined) {
        replacement = uuidUID(digest(`uid ${original}`));
        if (known.size >= KNOWN_UIDS) known.clear();
        known.set(original, replacement);
      }
      return replacement;
    },
    pseudonym: (kind, original) =>
      Array.from(
        digest(`${kind} ${original}`).subarray(0, 16),
        (byte) => LETTERS[byte % LETTERS.length],
      ).join(""),
    days(original, most) {
      const bytes = digest(`days ${original}`);
      return 1 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % most;
    },
  };
}

/** True for what PS3.6 Annex A registers: classes, transfer syntaxes, well-known instances and frames of reference. */
export function isStandardUID(uid: string): boolean {
  return uid.startsWith("1.2.840.10008.") && isValidUID(uid);
}

/** The UID of a UUID whose bits are its maker's own (RFC 9562 5.8). */
function uuidUID(digest: Uint8Array): string {
  const uuid = Uint8Array.from(digest.subarray(0, 16));
  uuid[6] = (uuid[6] ?? 0) & 0x0f | 0x80;
  uuid[8] = (uuid[8] ?? 0) & 0x3f | 0x80;
  return `2.25.${BigInt(`0x${uuid.toHex()}`)}`;
}
