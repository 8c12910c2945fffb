/**
 * Coded entries (PS3.3 8.8) that are made here, or that have to be trusted.
 * @module
 */
import type { DataSet, Element, SequenceElement, Tag, VR } from "../dicom/dataset.ts";
import { text } from "../dicom/values.ts";
import { DUMMY_TEXT, textElement } from "./dummy_values.ts";

const CODE_VALUE = 0x00080100;
const CODING_SCHEME_DESIGNATOR = 0x00080102;
const CODE_MEANING = 0x00080104;

/** A coded entry's three parts. */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Stands for any code. */
export const DUMMY_CODE: Code = { value: DUMMY_TEXT, scheme: "99GANTRY", meaning: DUMMY_TEXT };

/** The item of a code sequence. */
export function codeItem({ value, scheme, meaning }: Code): DataSet {
  return elements(
    textElement(CODE_VALUE, "SH", value),
    textElement(CODING_SCHEME_DESIGNATOR, "SH", scheme),
    textElement(CODE_MEANING, "LO", meaning),
  );
}

/** A sequence of these items. */
export function sequenceOf(tag: Tag, ...items: readonly DataSet[]): SequenceElement {
  return { kind: "sequence", tag, vr: "SQ" satisfies VR, items };
}

/** The data set of these elements, in ascending order already. */
export function elements(...all: readonly Element[]): DataSet {
  return new Map(all.map((element) => [element.tag, element]));
}

/** Code value and scheme of the first item; undefined where there is none. */
export function codeOf(item: DataSet | undefined): Omit<Code, "meaning"> | undefined {
  if (item === undefined || !isCode(item)) return undefined;
  return {
    value: text(item, CODE_VALUE) ?? "",
    scheme: text(item, CODING_SCHEME_DESIGNATOR) ?? "",
  };
}

/** True for the item of a code sequence. */
export function isCode(item: DataSet): boolean {
  return item.has(CODE_MEANING) || item.has(CODING_SCHEME_DESIGNATOR);
}

/** Public schemes (PS3.16 8): nobody writes a name into them. */
const PUBLIC_SCHEMES = new Set(
  ("ACR ATC BI CD10 DCM DOI FMA HPC I10 I10P I9 I9C I11 IBSI ICDO3 ISO3166_1 ISO639_1 ISO639_2 " +
    "LN MA MDC MSH NCIt NEU NYUMCCG POS RADLEX RADELEMENT RFC3066 RFC5646 RO SCT SNM3 SRT UBERON " +
    "UCUM UMLS UNS").split(" "),
);

/** True where a code's scheme is public, and code and meaning are what such a scheme has. */
export function isPublicCode(item: DataSet): boolean {
  return PUBLIC_SCHEMES.has(text(item, CODING_SCHEME_DESIGNATOR) ?? "");
}
