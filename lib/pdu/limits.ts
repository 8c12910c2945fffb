/**
 * What a PDU may cost its reader, and how long those are that this side sends.
 * @module
 */
import { ProtocolError } from "../errors.ts";

/** Bytes of an A-ASSOCIATE PDU: 128 contexts of 40 transfer syntaxes are below 400 KiB. */
export const MAX_ASSOCIATE_BYTES = 1024 * 1024;
/** Bytes of a UID (PS3.5 9.1). What is longer names nothing, and would be repeated in answers and logs. */
export const MAX_UID_BYTES = 64;
/** Bytes that are read of an Implementation Version Name, which has 16 at most: some senders' have more. */
export const MAX_NAME_BYTES = 64;
/** Bytes of a P-DATA-TF, whatever was advertised. */
export const MAX_P_DATA_BYTES = 16 * 1024 * 1024;
/** How many times the advertised maximum is taken: peers exist that exceed what they were told. */
const TOLERANCE = 4;
/** Bytes of a P-DATA-TF sent to a peer that takes any length: longer ones gain nothing. */
const MAX_SENT_BYTES = 256 * 1024;
/** What a peer takes that does not say: the default of most implementations. */
const UNSAID_MAXIMUM_LENGTH = 16 * 1024;
/** A peer that takes less than this cannot be sent anything in reasonable time. */
export const MIN_MAXIMUM_LENGTH = 128;

/** Length that a P-DATA-TF may have of a peer that was told `advertised`, 0 being any length. */
export function acceptedPDataBytes(advertised: number): number {
  return advertised === 0 ? MAX_P_DATA_BYTES : Math.min(TOLERANCE * advertised, MAX_P_DATA_BYTES);
}

/**
 * Length of the P-DATA-TF for a peer with this maximum length; even, so that fragments are.
 *
 * @throws {ProtocolError} where the peer takes less than {@linkcode MIN_MAXIMUM_LENGTH}
 */
export function sentPDataBytes(maximumLength: number | undefined): number {
  if (maximumLength === 0) return MAX_SENT_BYTES;
  const length = maximumLength ?? UNSAID_MAXIMUM_LENGTH;
  if (length < MIN_MAXIMUM_LENGTH) {
    throw new ProtocolError(`The peer takes PDUs of ${length} bytes only`, 6);
  }
  return Math.min(length - length % 2, MAX_SENT_BYTES);
}
