/**
 * What a PDU may cost its reader, and what this side sends.
 * @module
 */

/** Bytes of an A-ASSOCIATE PDU: 128 contexts of 40 transfer syntaxes are below 400 KiB. */
export const MAX_ASSOCIATE_BYTES = 1024 * 1024;
/** Bytes of a P-DATA-TF, whatever was advertised; peers that exceed what they were told exist. */
export const MAX_P_DATA_BYTES = 16 * 1024 * 1024;
/** How far beyond the advertised maximum a peer may go. */
const TOLERANCE = 4;
/** PDVs of one P-DATA-TF sent to a peer that takes any length: larger ones gain nothing. */
export const MAX_SENT_BYTES = 256 * 1024;
/** A peer that takes less than this cannot be sent anything useful. */
export const MIN_MAXIMUM_LENGTH = 128;

/** Bytes that a P-DATA-TF from a peer may have that was told `advertised`, 0 being any number. */
export function acceptedPDataBytes(advertised: number): number {
  return advertised === 0 ? MAX_P_DATA_BYTES : Math.min(TOLERANCE * advertised, MAX_P_DATA_BYTES);
}
