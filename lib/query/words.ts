/**
 * Words that a person types to find a study: each is looked for anywhere in the patient's name and
 * ID, the accession number and the description, whatever its case and accents.
 * @module
 */
import { foldNames, foldText } from "./fold.ts";

/** Words of one search: each costs a look of its own. */
export const MAX_WORDS = 8;
/** Characters of a search that count. */
export const MAX_WORDS_LENGTH = 256;

/** What separates words, those of a name as DICOM writes it included. */
// deno-lint-ignore no-control-regex -- nothing that is searched can hold control characters
const SEPARATOR = /[\s^=,\\\x00-\x1F\x7F]+/;

/** The words of a search, folded, each once; what exceeds the limits is left out. */
export function parseWords(text: string): string[] {
  const words = foldText(text.slice(0, MAX_WORDS_LENGTH).toWellFormed()).split(SEPARATOR);
  return [...new Set(words)].filter((word) => word !== "").slice(0, MAX_WORDS);
}

/** The text in which the words of a study are looked for; `valueOf` gives its attributes. */
export function wordsText(valueOf: (keyword: string) => string): string {
  const texts = ["PatientID", "AccessionNumber", "StudyDescription"].map(valueOf);
  return [...foldNames(valueOf("PatientName")).flatMap(spellings), ...texts.map(foldText)]
    .filter((text) => text !== "").join("\n");
}

/** A name as it is said; those that are written without a space between its parts, so as well. */
function spellings(group: string): string[] {
  const parts = group.split("^").filter((part) => part !== "");
  const isUnspaced = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hira}\p{sc=Kana}]/u.test(group);
  return parts.length > 1 && isUnspaced ? [parts.join(" "), parts.join("")] : [parts.join(" ")];
}
