/**
 * De-identification with this installation's secret: the keys of profiles, and what is needed to
 * write the de-identified object.
 * @module
 */
import { createHmac } from "node:crypto";
import type { DeidSettings } from "../../lib/config/deidentification.ts";
import type { PixelVerdict } from "../../lib/deid/burned_in.ts";
import { deidentify } from "../../lib/deid/deidentify.ts";
import { type KeyedValues, keyedValues } from "../../lib/deid/keyed_values.ts";
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { text } from "../../lib/dicom/values.ts";

const SOP_CLASS_UID: Tag = 0x00080016;
const SOP_INSTANCE_UID: Tag = 0x00080018;
const SERIES_INSTANCE_UID: Tag = 0x0020000e;
const STUDY_INSTANCE_UID: Tag = 0x0020000d;

/** A de-identified object, but for its pixels. */
export interface DeidentifiedInstance {
  readonly dataSet: DataSet;
  readonly pixels: PixelVerdict;
  /** For its File Meta Information, and for names of files and parts; empty where it has none. */
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly StudyInstanceUID: string;
}

/** The replacements of a profile's key, which is derived from the secret by its name. */
export function keyedValuesOf(secret: Uint8Array | string, { key }: DeidSettings): KeyedValues {
  const derived = createHmac("sha256", secret).update(`deidentification ${key}`).digest();
  return keyedValues((original) =>
    new Uint8Array(createHmac("sha256", derived).update(original).digest())
  );
}

/**
 * De-identifies a scanned object. Whoever sends it refuses it or masks its pixels as the verdict
 * says, and writes its File Meta Information without keeping any of the original's.
 */
export function deidentifyInstance(
  original: DataSet,
  { profile }: DeidSettings,
  keyed: KeyedValues,
): DeidentifiedInstance {
  const { dataSet, pixels } = deidentify(original, profile, keyed);
  const uid = (tag: Tag) => text(dataSet, tag) ?? "";
  return {
    dataSet,
    pixels,
    SOPClassUID: uid(SOP_CLASS_UID),
    SOPInstanceUID: uid(SOP_INSTANCE_UID),
    SeriesInstanceUID: uid(SERIES_INSTANCE_UID),
    StudyInstanceUID: uid(STUDY_INSTANCE_UID),
  };
}
