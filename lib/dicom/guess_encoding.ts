/**
 * Which encoding a data set is really in. Files lie about it or do not say; the first element
 * tells, because it is short, of a low group, and known to the dictionary.
 * @module
 */

import { type ElementEncoding, IMPLICIT_LITTLE } from "./element_header.ts";
import { EXPLICIT_LITTLE, UNDEFINED_LENGTH } from "./element_header.ts";
import { lookup } from "./dictionary.ts";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
} from "./uids.ts";
import { isUppercaseCode, layoutOfCode } from "./value_layout.ts";

/** How a data set is to be read. */
export interface DataSetEncoding {
  /** As declared, but what the bytes are where a native syntax was declared and is not theirs. */
  readonly transferSyntaxUID: string;
  readonly elements: ElementEncoding;
  readonly deflated: boolean;
}

/** Bytes that {@linkcode dataSetEncoding} wants to see: the header of a first element. */
export const GUESS_BYTES = 8;

const EXPLICIT_BIG: ElementEncoding = { explicitVR: true, littleEndian: false };
/** No writer begins a data set with a longer value: it would be a group length or a name. */
const FIRST_VALUE_BYTES = 0x10000;

/** What can be a transfer syntax (PS3.5 9.1, leading zeros forgiven): it stands in media types. */
const TRANSFER_SYNTAX = /^[0-9.]{1,64}$/;

/**
 * Decides from the declared transfer syntax and from the first bytes of the data set; undefined
 * where nothing is declared that can be one and the bytes do not look like a data set either.
 */
export function dataSetEncoding(
  declaredUID: string | undefined,
  first: Uint8Array,
): DataSetEncoding | undefined {
  const seen = encodingSeen(first);
  if (declaredUID === undefined || !TRANSFER_SYNTAX.test(declaredUID)) {
    return seen && { transferSyntaxUID: nativeUID(seen), elements: seen, deflated: false };
  }
  const declared = transferSyntax(declaredUID);
  if (declared?.deflated && seen !== EXPLICIT_LITTLE) {
    return { transferSyntaxUID: declaredUID, elements: EXPLICIT_LITTLE, deflated: true };
  }
  const expected = declared === undefined || declared.encapsulated
    ? EXPLICIT_LITTLE
    : elementEncoding(declared);
  const elements = seen ?? expected;
  const lies = elements !== expected || declared?.deflated === true;
  const transferSyntaxUID = lies && declared?.encapsulated === false
    ? nativeUID(elements)
    : declaredUID;
  return { transferSyntaxUID, elements, deflated: false };
}

function elementEncoding({ explicitVR, littleEndian }: ElementEncoding): ElementEncoding {
  if (!explicitVR) return IMPLICIT_LITTLE;
  return littleEndian ? EXPLICIT_LITTLE : EXPLICIT_BIG;
}

function nativeUID({ explicitVR, littleEndian }: ElementEncoding): string {
  if (!explicitVR) return IMPLICIT_VR_LITTLE_ENDIAN;
  return littleEndian ? EXPLICIT_VR_LITTLE_ENDIAN : EXPLICIT_VR_BIG_ENDIAN;
}

/** The encoding of which these bytes are a plausible first element. */
function encodingSeen(first: Uint8Array): ElementEncoding | undefined {
  if (first.length < GUESS_BYTES) return undefined;
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const little = isPlausible(view.getUint16(0, true), view.getUint16(2, true));
  const code = view.getUint16(4);
  if (layoutOfCode(code) !== undefined) {
    if (little) return EXPLICIT_LITTLE;
    return isPlausible(view.getUint16(0), view.getUint16(2)) ? EXPLICIT_BIG : undefined;
  }
  if (!little || isUppercaseCode(code)) return undefined;
  const length = view.getUint32(4, true);
  return length < FIRST_VALUE_BYTES || length === UNDEFINED_LENGTH ? IMPLICIT_LITTLE : undefined;
}

/** A group length or an element of the dictionary, but none of a command or of file meta. */
function isPlausible(group: number, element: number): boolean {
  if (group <= 2) return false;
  return lookup(group * 0x10000 + element) !== undefined ||
    (element === 0 && lookup(group * 0x10000 + 0x10) !== undefined);
}
