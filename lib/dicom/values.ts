/**
 * Values of a data set as a program wants them: text without padding, numbers, items.
 * @module
 */

import { isNumberVR, readNumbers } from "./binary_values.ts";
import { type Charset, charsetOf, decodeText, trimEnd } from "./charset.ts";
import type { DataSet, Tag } from "./dataset.ts";
import { implicitVR } from "./dictionary.ts";
import { VR_TRAITS } from "./vr.ts";

/**
 * The values of a text element in their order, empty ones as `""`, without the spaces that mean
 * nothing in the VR. None where the element is absent, empty, not text, or not held in memory. An
 * element of VR UN is read as the dictionary has it (PS3.5 6.2.2).
 */
export function strings(dataSet: DataSet, tag: Tag, charset?: Charset): string[] {
  const element = dataSet.get(tag);
  if (element?.kind !== "value") return [];
  const vr = element.vr === "UN" ? implicitVR(tag, {}) : element.vr;
  const { kind, multiValued, leadingSpaces } = VR_TRAITS[vr];
  if (kind !== "text") return [];
  const whole = decodeText(element.bytes, vr, charset ?? charsetOf(dataSet));
  if (whole === "") return [];
  const values = multiValued ? whole.split("\\") : [whole];
  return values.map((value) => leadingSpaces ? value.trim() : trimEnd(value));
}

/** The first value of a text element; undefined where there is none or it is empty. */
export function text(dataSet: DataSet, tag: Tag, charset?: Charset): string | undefined {
  return strings(dataSet, tag, charset)[0] || undefined;
}

/**
 * The numbers of an element of any numeric VR, IS and DS included. What is no number is NaN;
 * 64-bit integers beyond 2^53 are rounded.
 */
export function numbers(dataSet: DataSet, tag: Tag): number[] {
  const element = dataSet.get(tag);
  if (element?.kind !== "value") return [];
  const vr = element.vr === "UN" ? implicitVR(tag, {}) : element.vr;
  return isNumberVR(vr)
    ? readNumbers(vr, element.bytes).map(Number)
    : strings(dataSet, tag).map((value) => value === "" ? NaN : Number(value));
}

/** The first number of an element, where it is an integer that a double holds exactly. */
export function integer(dataSet: DataSet, tag: Tag): number | undefined {
  const [first] = numbers(dataSet, tag);
  return Number.isSafeInteger(first) ? first : undefined;
}

/** The component groups of a person name in their order (PS3.5 6.2.1), as JSON and XML name them. */
export const PERSON_NAME_GROUPS = ["Alphabetic", "Ideographic", "Phonetic"] as const;

/** The items of a sequence; none where it is absent. */
export function items(dataSet: DataSet, tag: Tag): readonly DataSet[] {
  const element = dataSet.get(tag);
  return element?.kind === "sequence" ? element.items : [];
}
