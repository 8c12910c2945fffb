/**
 * A data set without what identifies its patient and the people around (PS3.15 Annex E).
 * @module
 */
import { charsetOf, DEFAULT_CHARSET } from "../dicom/charset.ts";
import type { DataSet, Element, SequenceElement, Tag } from "../dicom/dataset.ts";
import { implicitVR, isPrivate, lookup } from "../dicom/dictionary.ts";
import { judgePixels, type PixelVerdict } from "./burned_in.ts";
import { cleanedValue, type ValueContext } from "./clean_value.ts";
import { codeItem, DUMMY_CODE, isCode, isPublicCode } from "./codes.ts";
import type { KeyedValues } from "./keyed_values.ts";
import { isGraphic, isRemovedGraphic } from "./overlays.ts";
import { identityOf, identityWords } from "./patient.ts";
import { keptPrivateTags } from "./private_elements.ts";
import type { DeidProfile } from "./profile.ts";
import { recordOf } from "./record.ts";
import { actionOn, isListed } from "./rules.ts";
import { CONTENT_SEQUENCE, dummyContent, withoutCharacteristics } from "./structured_content.ts";

/** What de-identification makes of an object. */
export interface Deidentified {
  /**
   * Without group 0002: File Meta Information is to be written anew from this data set's SOP
   * Instance UID, keeping nothing of the original's, whose preamble and AE titles tell of its ways.
   */
  readonly dataSet: DataSet;
  /**
   * What has to become of the pixels before the data set goes out with them: it says already that
   * they were masked.
   */
  readonly pixels: PixelVerdict;
}

/** What holds where an element stands. */
interface Context extends ValueContext {
  /** The object holds a document that a rule of the site lets out. */
  readonly keepDocument: boolean;
  /** In an item that stands for another one: attributes stay only where the profile replaces them. */
  readonly dummyItem: boolean;
  /** The sequence around; undefined outside of any. */
  readonly parent: Tag | undefined;
}

/** The group of the first attribute that belongs to an object, not to its file or message. */
const FIRST_GROUP = 0x0008;

const ENCAPSULATED_DOCUMENT: Tag = 0x00420011;
const GRAPHIC_ANNOTATION_SEQUENCE: Tag = 0x00700001;
const PRIVATE_CHARACTERISTICS_SEQUENCE: Tag = 0x00080300;

/** De-identifies a data set; values that are not held in memory stay or go by their tag. */
export function deidentify(
  dataSet: DataSet,
  profile: DeidProfile,
  keyed: KeyedValues,
): Deidentified {
  const pixels = judgePixels(dataSet, profile);
  const charset = charsetOf(dataSet);
  const patient = identityOf(dataSet, charset) ?? "";
  const context: Context = {
    profile,
    keyed,
    charset,
    patient,
    days: keyed.days(patient, profile.shiftDays),
    identity: identityWords(dataSet, DEFAULT_CHARSET),
    cleaning: false,
    dummyItem: false,
    parent: undefined,
    keepDocument: pixels.kind === "clear",
  };
  const result = cleanedDataSet(dataSet, context);
  for (const element of recordOf(dataSet, profile, pixels)) result.set(element.tag, element);
  return { dataSet: result, pixels };
}

function cleanedDataSet(dataSet: DataSet, outer: Context): Map<Tag, Element> {
  const charset = charsetOf(dataSet, outer.charset);
  const context: Context = {
    ...outer,
    charset,
    patient: identityOf(dataSet, charset) ?? outer.patient,
  };
  const keptPrivate = keptPrivateTags(dataSet, context.profile, charset);
  const result = new Map<Tag, Element>();
  for (const element of dataSet.values()) {
    if (isRemovedGraphic(element.tag, dataSet, context.profile)) continue;
    const cleaned = isPrivate(element.tag)
      ? (keptPrivate.has(element.tag) ? keptElement(element, context) : undefined)
      : cleanedElement(element, context);
    if (cleaned !== undefined) result.set(cleaned.tag, cleaned);
  }
  return result;
}

/** A private element that is safe; one that turns out to be a sequence has items like any other. */
function keptElement(element: Element, context: Context): Element {
  return element.kind === "sequence" ? cleanedSequence(element, context) : element;
}

function cleanedElement(element: Element, context: Context): Element | undefined {
  const { tag } = element;
  // Group lengths are wrong after this, and what no edition knows may hold anything.
  if (tag >>> 16 < FIRST_GROUP || (tag & 0xffff) === 0) return undefined;
  if (lookup(tag) === undefined && !isListed(tag)) return undefined;
  const { profile, keepDocument, dummyItem, parent } = context;
  const vr = lookup(tag) === undefined ? element.vr : implicitVR(tag, {});
  if (tag === PRIVATE_CHARACTERISTICS_SEQUENCE && !profile.options.has("retain-safe-private")) {
    return undefined;
  }
  const action = actionOn(tag, vr, profile, parent);
  // A sequence that was not read as one, or something else that was: its content is unknown.
  if ((vr === "SQ") !== (element.kind === "sequence")) return undefined;
  if (tag === ENCAPSULATED_DOCUMENT && keepDocument) return element;
  if (isGraphic(tag)) return element;
  if (element.kind !== "sequence") {
    return cleanedValue(element, vr, action, context, dummyItem && !isListed(tag));
  }
  switch (action.code) {
    case "X":
      return undefined;
    case "Z":
      return { ...element, items: [] };
    case "D":
      return dummySequence(element, context);
    case "C":
      return cleanedSequence(element, { ...context, cleaning: true });
    default:
      return cleanedSequence(element, context);
  }
}

function cleanedSequence(element: SequenceElement, outer: Context): SequenceElement {
  const context = { ...outer, parent: element.tag };
  return { ...element, items: element.items.map((item) => cleanedItem(item, context)) };
}

function cleanedItem(item: DataSet, context: Context): DataSet {
  const { cleaning, dummyItem, profile } = context;
  if (isCode(item) && (dummyItem || cleaning && !isPublicCode(item))) return codeItem(DUMMY_CODE);
  // Its parts are public, and words of a meaning are no description to clean.
  if (isCode(item)) return cleanedDataSet(item, { ...context, cleaning: false });
  const cleaned = cleanedDataSet(item, context);
  if (!cleaning || profile.options.has("retain-patient-characteristics")) return cleaned;
  return withoutCharacteristics(cleaned);
}

/** The sequence with one item that says nothing; undefined where the module can do without. */
function dummySequence(element: SequenceElement, context: Context): SequenceElement | undefined {
  switch (element.tag) {
    // The one attribute of a module that objects may lack (PS3.3 C.10.5).
    case GRAPHIC_ANNOTATION_SEQUENCE:
      return undefined;
    case CONTENT_SEQUENCE:
      return element.items.length === 0
        ? element
        : dummyContent(element, (item) => cleanedDataSet(item, context));
    default: {
      const first = element.items.slice(0, 1);
      return cleanedSequence({ ...element, items: first }, { ...context, dummyItem: true });
    }
  }
}
