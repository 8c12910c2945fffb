/**
 * Which transfer syntax the media type of a bulk pixel data part stands for (PS3.18 table 8.7.3-5
 * and 10.5.2-1), read the way that a sender names it.
 * @module
 */

/** What compressed pixel data came as. */
export type BulkSyntax =
  /** Frames to be encapsulated under this transfer syntax. */
  | { readonly kind: "encapsulated"; readonly transferSyntaxUID: string }
  /** A consumer format without a transfer syntax: it would have to be decoded. */
  | { readonly kind: "consumer" }
  /** The media type says nothing of it. */
  | { readonly kind: "unknown" };

const PREFIX = "1.2.840.10008.1.2.";

/** The default of each media type, and the names from before there were standard ones. */
const DEFAULTS: ReadonlyMap<string, string> = new Map(Object.entries({
  "image/jls": "4.80",
  "image/x-jls": "4.80",
  "image/jp2": "4.90",
  "image/jpx": "4.92",
  "image/jph": "4.201",
  "image/jphc": "4.201",
  "image/jxl": "4.110",
  "image/dicom-rle": "5",
  "image/x-dicom-rle": "5",
  "image/dicom+rle": "5",
  "video/mpeg": "4.100",
  "video/mp4": "4.102",
  "video/h265": "4.107",
}));

/** Bytes of a stream that are enough to name a JPEG's process in nearly every file. */
export const HEAD_BYTES = 64 * 1024;

/**
 * @param essence media type without parameters, lower case
 * @param head the first bytes of the first frame, up to {@linkcode HEAD_BYTES}: an `image/jpeg` may
 *   be any of five processes, and its start of frame says which
 */
export function bulkSyntax(essence: string, head: Uint8Array): BulkSyntax {
  if (essence === "image/jpeg" || essence === "image/jpg") {
    return { kind: "encapsulated", transferSyntaxUID: PREFIX + jpegProcess(head) };
  }
  if (essence === "image/png" || essence === "image/gif") return { kind: "consumer" };
  const known = DEFAULTS.get(essence);
  return known === undefined
    ? { kind: "unknown" }
    : { kind: "encapsulated", transferSyntaxUID: PREFIX + known };
}

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
/** Markers of ISO/IEC 10918-1 table B.1: the start of frame of each process that DICOM has kept. */
const SYNTAX_OF_FRAME: Readonly<Record<number, string>> = {
  0xc0: "4.50",
  0xc1: "4.51",
  0xc3: "4.57",
};

/** Baseline where the head does not say. */
function jpegProcess(head: Uint8Array): string {
  let found = "4.50";
  for (let at = 2; at + 4 < head.length && head[at] === MARKER;) {
    const marker = head[at + 1]!;
    found = SYNTAX_OF_FRAME[marker] ?? found;
    if (marker === START_OF_SCAN) {
      const components = head[at + 4]!;
      const predictor = head[at + 5 + 2 * components];
      return found === "4.57" && predictor === 1 ? "4.70" : found;
    }
    at += 2 + head[at + 2]! * 256 + head[at + 3]!;
  }
  return found;
}
