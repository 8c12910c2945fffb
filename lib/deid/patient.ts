/**
 * Whose data set it is, for replacements that are the same in all of a patient's objects, and the
 * words that tell who it is.
 * @module
 */
import { type Charset, charsetOf } from "../dicom/charset.ts";
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { strings, text } from "../dicom/values.ts";
import { wordsOf } from "./clean_text.ts";

/** Patient's Name (0010,0010). */
export const PATIENT_NAME: Tag = 0x00100010;
/** Patient ID (0010,0020). */
export const PATIENT_ID: Tag = 0x00100020;
const ISSUER_OF_PATIENT_ID = 0x00100021;
const PATIENT_BIRTH_DATE = 0x00100030;

/**
 * A text that is the same for the same patient: ID with its issuer, or without an ID name and
 * birth date. Undefined where there is neither.
 */
export function identityOf(dataSet: DataSet, charset: Charset): string | undefined {
  const id = text(dataSet, PATIENT_ID, charset);
  if (id !== undefined) return `${text(dataSet, ISSUER_OF_PATIENT_ID, charset) ?? ""}\\${id}`;
  const name = text(dataSet, PATIENT_NAME, charset);
  if (name === undefined) return undefined;
  return `${name}\\\\${text(dataSet, PATIENT_BIRTH_DATE, charset) ?? ""}`;
}

/** Attributes beside names of persons whose words are gone wherever they stand. */
const IDENTIFYING: ReadonlySet<Tag> = new Set([
  PATIENT_ID,
  0x00080050, // Accession Number
  0x00080080, // Institution Name
  0x00081010, // Station Name
]);

/** The words of all names of persons in a data set and its items, and of identifiers, in lower case. */
export function identityWords(
  dataSet: DataSet,
  inherited: Charset,
  words: Set<string> = new Set(),
): Set<string> {
  const charset = charsetOf(dataSet, inherited);
  for (const element of dataSet.values()) {
    if (element.kind === "sequence") {
      for (const item of element.items) identityWords(item, charset, words);
    } else if (element.vr === "PN" || IDENTIFYING.has(element.tag)) {
      for (const value of strings(dataSet, element.tag, charset)) {
        for (const word of wordsOf(value)) words.add(word.toLowerCase());
      }
    }
  }
  return words;
}
