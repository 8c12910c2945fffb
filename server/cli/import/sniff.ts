/**
 * What kind of file bytes begin, so that what is no DICOM need not be read to its end.
 * @module
 */
import { PREAMBLE_BYTES, PREFIX } from "../../../lib/dicom/part10.ts";
import { createInstanceScanner } from "../../../lib/dicom/scan_instance.ts";
import { DecodeError, LimitError } from "../../../lib/errors.ts";

/**
 * `dicom` by its prefix; `directory` a DICOMDIR; `perhaps` what could be a data set without File
 * Meta Information; `other` anything else.
 */
export type FileKind = "dicom" | "directory" | "perhaps" | "other";

const META = PREAMBLE_BYTES + PREFIX.length;

/** Media Storage SOP Class UID (0002,0002) with the class of a DICOMDIR, as it lies in a file. */
const DIRECTORY_CLASS = new TextEncoder().encode("\x02\0\x02\0UI\x14\x001.2.840.10008.1.3.10");
/** The elements before it: group length and version. */
const DIRECTORY_CLASS_WITHIN = 64;

/** The kind of a file. `start`: its first bytes, as many as came at once. */
export async function kindOf(start: Uint8Array): Promise<FileKind> {
  if (start.length > META && holds(start, PREFIX, PREAMBLE_BYTES)) {
    for (let at = META; at < META + DIRECTORY_CLASS_WITHIN; at++) {
      if (holds(start, DIRECTORY_CLASS, at)) return "directory";
    }
    return "dicom";
  }
  try {
    const scanner = createInstanceScanner();
    await scanner.push(start);
    await scanner.end();
    return "perhaps";
  } catch (error) {
    if (error instanceof DecodeError || error instanceof LimitError) return "other";
    throw error;
  }
}

function holds(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}
