/**
 * Values that stand where one has to, and say nothing (PS3.15 E.1.1, action D).
 * @module
 */
import { isNumberVR, writeNumbers } from "../dicom/binary_values.ts";
import type { Tag, ValueElement, VR } from "../dicom/dataset.ts";

/** What a person may read in the place of a text. */
export const DUMMY_TEXT = "ANONYMIZED";

/** Text values that are right in their VR; identifiers of type UI are made with the key. */
const TEXTS: Readonly<Partial<Record<VR, string>>> = {
  AE: DUMMY_TEXT,
  AS: "000Y",
  CS: DUMMY_TEXT,
  DA: "19000101",
  DS: "0",
  DT: "19000101000000",
  IS: "0",
  LO: DUMMY_TEXT,
  LT: DUMMY_TEXT,
  PN: "Anonymous",
  SH: DUMMY_TEXT,
  ST: DUMMY_TEXT,
  TM: "000000",
  UC: DUMMY_TEXT,
  UR: "urn:anonymized",
  UT: DUMMY_TEXT,
};

/** Bytes of one value of the binary VRs that hold words. */
const WORDS: Readonly<Partial<Record<VR, number>>> = { AT: 4, OD: 8, OF: 4, OL: 4, OV: 8 };

/** Attributes of few defined terms: one of them. */
const TERMS: ReadonlyMap<Tag, string> = new Map([[0x04000565, "COERCE"]]);

/** The element with a dummy value of its VR. */
export function dummyElement(tag: Tag, vr: VR): ValueElement {
  const text = TERMS.get(tag) ?? TEXTS[vr];
  if (text !== undefined) return textElement(tag, vr, text);
  const bytes = isNumberVR(vr) ? writeNumbers(vr, [0]) : new Uint8Array(WORDS[vr] ?? 2);
  return { kind: "value", tag, vr, bytes: bytes ?? new Uint8Array() };
}

/** An element of text in ASCII. */
export function textElement(tag: Tag, vr: VR, text: string): ValueElement {
  return { kind: "value", tag, vr, bytes: new TextEncoder().encode(text) };
}
