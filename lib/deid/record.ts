/**
 * The record of what was done, in the data set itself (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1).
 * @module
 */
import type { DataSet, Element } from "../dicom/dataset.ts";
import { items } from "../dicom/values.ts";
import type { PixelVerdict } from "./burned_in.ts";
import { codeItem, codeOf, sequenceOf } from "./codes.ts";
import { textElement } from "./dummy_values.ts";
import { BASIC_PROFILE, type MethodCode, OPTIONS } from "./option.ts";
import type { DeidProfile } from "./profile.ts";

const PATIENT_IDENTITY_REMOVED = 0x00120062;
const DEIDENTIFICATION_METHOD = 0x00120063;
const DEIDENTIFICATION_METHOD_CODE_SEQUENCE = 0x00120064;
const BURNED_IN_ANNOTATION = 0x00280301;
const RECOGNIZABLE_VISUAL_FEATURES = 0x00280302;
const LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED = 0x00280303;

/** The elements to set in the de-identified data set; `original` may have been de-identified before. */
export function* recordOf(
  original: DataSet,
  profile: DeidProfile,
  pixels: PixelVerdict,
): Generator<Element, void, undefined> {
  const { options } = profile;
  const codes: readonly MethodCode[] = [
    BASIC_PROFILE,
    ...[...options].map((option): MethodCode => OPTIONS[option]),
    ...(pixels.kind === "mask" && !options.has("clean-pixel-data")
      ? [OPTIONS["clean-pixel-data"]]
      : []),
  ].sort((left, right) => left.code < right.code ? -1 : 1);
  yield textElement(PATIENT_IDENTITY_REMOVED, "CS", "YES");
  yield textElement(
    DEIDENTIFICATION_METHOD,
    "LO",
    codes.map(({ meaning }) => meaning).join("\\"),
  );
  yield sequenceOf(
    DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
    ...[...codes, ...earlierCodes(original, codes)].map(({ code, meaning }) =>
      codeItem({ value: code, scheme: "DCM", meaning })
    ),
  );
  yield textElement(LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, "CS", temporal(profile));
  if (pixels.kind === "mask" || options.has("clean-pixel-data") && isImage(original)) {
    yield textElement(BURNED_IN_ANNOTATION, "CS", "NO");
  }
  if (options.has("clean-recognizable-visual-features") && isImage(original)) {
    yield textElement(RECOGNIZABLE_VISUAL_FEATURES, "CS", "NO");
  }
}

/** What an earlier de-identification did, by codes that are known here: its own words may say anything. */
function earlierCodes(original: DataSet, now: readonly MethodCode[]): MethodCode[] {
  const known = [BASIC_PROFILE, ...Object.values(OPTIONS)];
  const earlier = items(original, DEIDENTIFICATION_METHOD_CODE_SEQUENCE).flatMap((item) =>
    known.filter(({ code }) => code === codeOf(item)?.value)
  );
  return [...new Set(earlier)].filter(({ code }) => now.every((each) => each.code !== code));
}

function temporal({ options }: DeidProfile): string {
  if (options.has("retain-full-dates")) return "UNMODIFIED";
  return options.has("retain-modified-dates") ? "MODIFIED" : "REMOVED";
}

function isImage(dataSet: DataSet): boolean {
  return [0x7fe00008, 0x7fe00009, 0x7fe00010].some((tag) => dataSet.has(tag));
}
