/**
 * Content trees of structured reports (PS3.15 E.3.4).
 * @module
 */
import type { DataSet, SequenceElement, Tag } from "../dicom/dataset.ts";
import { items, text } from "../dicom/values.ts";
import { codeItem, codeOf, elements, sequenceOf } from "./codes.ts";
import { DUMMY_TEXT, textElement } from "./dummy_values.ts";

/** Content Sequence (0040,A730). */
export const CONTENT_SEQUENCE: Tag = 0x0040a730;

const RELATIONSHIP_TYPE = 0x0040a010;
const VALUE_TYPE = 0x0040a040;
const CONCEPT_NAME_CODE_SEQUENCE = 0x0040a043;
const TEXT_VALUE = 0x0040a160;
const CONCEPT_CODE_SEQUENCE = 0x0040a168;
const MEASURED_VALUE_SEQUENCE = 0x0040a300;

/** Content items that refer to other objects: what a key object selection consists of. */
const REFERENCES = new Set(["COMPOSITE", "IMAGE", "WAVEFORM"]);

const COMMENT = { value: "121106", scheme: "DCM", meaning: "Comment" };

/** Codes of PS3.16 TID 1007, as schemes and years have them: what the subject is like. */
const SUBJECT_CHARACTERISTICS = new Set(["121032", "121033"]);

/** "Unknown" in the place of such a code. */
const UNKNOWN = { value: "261665006", scheme: "SCT", meaning: "Unknown" };

/**
 * What stands for a content tree: a text that says nothing, and the tree's outermost references,
 * without their names.
 *
 * @param cleanedReference the item of a reference with other UIDs
 */
export function dummyContent(
  element: SequenceElement,
  cleanedReference: (item: DataSet) => DataSet,
): SequenceElement {
  const comment = elements(
    textElement(RELATIONSHIP_TYPE, "CS", "CONTAINS"),
    textElement(VALUE_TYPE, "CS", "TEXT"),
    sequenceOf(CONCEPT_NAME_CODE_SEQUENCE, codeItem(COMMENT)),
    textElement(TEXT_VALUE, "UT", DUMMY_TEXT),
  );
  const references = element.items.filter((item) => REFERENCES.has(text(item, VALUE_TYPE) ?? ""));
  const kept = references.map((item) => {
    const cleaned = new Map(cleanedReference(item));
    cleaned.delete(CONCEPT_NAME_CODE_SEQUENCE);
    cleaned.delete(CONTENT_SEQUENCE);
    return cleaned;
  });
  return { ...element, items: [comment, ...kept] };
}

/** A content item without the subject's sex and age, for profiles that do not keep them. */
export function withoutCharacteristics(item: DataSet): DataSet {
  const concept = codeOf(items(item, CONCEPT_NAME_CODE_SEQUENCE)[0]);
  if (concept === undefined || !SUBJECT_CHARACTERISTICS.has(concept.value)) return item;
  const changed = new Map(item);
  if (item.has(CONCEPT_CODE_SEQUENCE)) {
    changed.set(CONCEPT_CODE_SEQUENCE, sequenceOf(CONCEPT_CODE_SEQUENCE, codeItem(UNKNOWN)));
  }
  if (item.has(MEASURED_VALUE_SEQUENCE)) {
    changed.set(MEASURED_VALUE_SEQUENCE, sequenceOf(MEASURED_VALUE_SEQUENCE));
  }
  return changed;
}
