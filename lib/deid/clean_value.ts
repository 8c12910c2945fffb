/**
 * One value after an action of PS3.15 Table E.1-1.
 * @module
 */
import { type Charset, decodeText, DEFAULT_CHARSET } from "../dicom/charset.ts";
import { encodeText } from "../dicom/charset_encode.ts";
import type { Element, SequenceElement, Tag, VR } from "../dicom/dataset.ts";
import { VR_TRAITS } from "../dicom/vr.ts";
import { cleanText } from "./clean_text.ts";
import { earlier } from "./dates.ts";
import { dummyElement, textElement } from "./dummy_values.ts";
import type { KeyedValues } from "./keyed_values.ts";
import { PATIENT_ID, PATIENT_NAME } from "./patient.ts";
import type { DeidProfile } from "./profile.ts";
import type { Action, ActionCode } from "./rules.ts";

/** What holds where a value stands. */
export interface ValueContext {
  readonly profile: DeidProfile;
  readonly keyed: KeyedValues;
  readonly charset: Charset;
  /** The identity of the patient whom the data set or item is about. */
  readonly patient: string;
  /** Days by which dates are moved back. */
  readonly days: number;
  /** Words that no cleaned text keeps. */
  readonly identity: ReadonlySet<string>;
  /** In a sequence that is to be cleaned: texts that would stay are cleaned too. */
  readonly cleaning: boolean;
}

const PATIENT_AGE: Tag = 0x00101010;

/** Digits of the pseudonym in a patient's name: it is read by people. */
const NAME_DIGITS = 8;
/** The longest value of VR AE, SH and CS. */
const SHORT = 16;

/**
 * The element after the action; undefined where it goes.
 *
 * @param vr the dictionary's
 * @param isDummyItem true where it would stay although everything around it is replaced
 */
export function cleanedValue(
  element: Exclude<Element, SequenceElement>,
  vr: VR,
  action: Action,
  context: ValueContext,
  isDummyItem: boolean,
): Element | undefined {
  // As UN it is written once more, though what replaces it is known.
  const known: Element = element.vr === "UN" && element.kind === "value"
    ? { ...element, vr }
    : element;
  let code = action.code;
  if (isDummyItem && VR_TRAITS[vr].kind === "text" && vr !== "UI") code = "D";
  if (isDummyItem && VR_TRAITS[vr].kind === "bytes") code = "D";
  if (context.cleaning && isWords(vr) && (code === "K" || code === "D")) code = "C";
  const done = apply(known, code, context);
  return done === "cannot" ? removed(apply(known, action.otherwise, context)) : removed(done);
}

function removed(element: Element | "cannot" | undefined): Element | undefined {
  return element === "cannot" ? undefined : element;
}

/** `cannot` where the value is not one that this action knows how to treat. */
function apply(
  element: Element,
  code: ActionCode,
  context: ValueContext,
): Element | "cannot" | undefined {
  const { tag } = element;
  const vr = element.vr;
  if (code === "X") return undefined;
  if (element.kind === "value" && element.bytes.length === 0) return element;
  const empty: Element = { kind: "value", tag, vr, bytes: new Uint8Array() };
  switch (code) {
    case "K":
      return tag === PATIENT_AGE ? withHighestAge(element, context) : element;
    case "Z":
      return tag === PATIENT_NAME && context.profile.patientNames === "pseudonym"
        ? textElement(tag, vr, pseudonymousName(context))
        : empty;
    case "D":
      if (tag === PATIENT_ID) {
        return textElement(tag, vr, context.keyed.pseudonym("patient", context.patient));
      }
      return vr === "UI" ? changedUIDs(element, context) : dummyElement(tag, vr);
    case "U":
      return changedUIDs(element, context);
    case "shift":
      return shifted(element, context);
    case "C":
      return cleaned(element, context);
  }
}

function pseudonymousName({ keyed, patient }: ValueContext): string {
  return `Anonymous^${keyed.pseudonym("patient", patient).slice(0, NAME_DIGITS)}`;
}

function changedUIDs(element: Element, { keyed }: ValueContext): Element | undefined {
  if (element.kind !== "value") return undefined;
  return mapped(element, (value) => value === "" ? "" : keyed.uid(value));
}

function shifted(element: Element, { days }: ValueContext): Element | "cannot" {
  const { vr } = element;
  if (element.kind !== "value") return "cannot";
  // Timezone Offset From UTC, the one date of VR SH.
  const isZone = (value: string) => /^[+-]\d{4}$/.test(value) ? value : undefined;
  const moved = textOf(element).split("\\").map((value) =>
    value.trim() === "" ? "" : vr === "SH" ? isZone(value) : earlier(value.trim(), vr, days)
  );
  if (moved.some((value) => value === undefined) || moved.every((value) => value === "")) {
    return "cannot";
  }
  return textElement(element.tag, vr, moved.join("\\"));
}

function cleaned(element: Element, context: ValueContext): Element | "cannot" {
  const { tag, vr } = element;
  const { profile, keyed, identity, charset } = context;
  if (element.kind !== "value") return "cannot";
  if (vr === "AE") {
    return mapped(element, (value) => value && keyed.pseudonym("AE", value).slice(0, SHORT));
  }
  if (!VR_TRAITS[vr].characterSet || vr === "PN") return "cannot";
  const whole = decodeText(element.bytes, vr, charset);
  const values = VR_TRAITS[vr].multiValued ? whole.split("\\") : [whole];
  const clean = values.map((value) => cleanText(value, profile.keepWords, identity));
  if (clean.every((value) => value === "")) return "cannot";
  return { kind: "value", tag, vr, bytes: encodeText(clean.join("\\"), vr, charset).bytes };
}

/** Words of a person's own, not code strings or names. */
function isWords(vr: VR): boolean {
  return VR_TRAITS[vr].characterSet && vr !== "PN";
}

/** An age that many share; what is no age goes. */
function withHighestAge(element: Element, { profile }: ValueContext): Element | undefined {
  if (element.kind !== "value") return undefined;
  const match = /^(\d{3})([DWMY])$/.exec(textOf(element));
  if (match === null) return undefined;
  const [, number, unit] = match;
  if (unit !== "Y" || Number(number) <= profile.highestAge) return element;
  const highest = String(profile.highestAge).padStart(3, "0");
  return textElement(element.tag, element.vr, `${highest}Y`);
}

function mapped(
  element: Extract<Element, { kind: "value" }>,
  change: (value: string) => string,
): Element {
  const values = textOf(element).split("\\").map((value) => change(value.trim()));
  return textElement(element.tag, element.vr, values.join("\\"));
}

function textOf(element: Extract<Element, { kind: "value" }>): string {
  return decodeText(element.bytes, "CS", DEFAULT_CHARSET).trim();
}
