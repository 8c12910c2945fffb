/**
 * De-identification on the way out (PS3.15 E): which instances can be given so, and how.
 * @module
 */
import { createHash } from "node:crypto";
import type { DeidSettings } from "../../lib/config/deidentification.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import {
  type DeidentifiedInstance,
  deidentifyInstance,
  keyedValuesOf,
} from "./deidentify_instance.ts";

/** De-identifies by one profile. */
export interface Anonymizer {
  /** Different for every profile and every secret: part of ETags. */
  readonly key: string;
  apply(dataSet: DataSet): DeidentifiedInstance;
  /** A text that stands for another and does not lead back to it, of digits and full stops. */
  standIn(text: string): string;
}

/** Raised with every change of what de-identification gives. */
const VERSION = 1;

/** The anonymizers of an installation, by the names of their profiles. */
export function createAnonymizers(
  secret: Uint8Array,
  profiles: ReadonlyMap<string, DeidSettings>,
): (name: string) => Anonymizer | undefined {
  const made = new Map<string, Anonymizer>();
  return (name) => {
    const settings = profiles.get(name);
    if (settings === undefined) return undefined;
    const known = made.get(name);
    if (known !== undefined) return known;
    const keyed = keyedValuesOf(secret, settings);
    const anonymizer: Anonymizer = {
      key: keyOf(settings, keyed.uid("profile")),
      apply: (dataSet) => deidentifyInstance(dataSet, settings, keyed),
      standIn: (text) => keyed.uid(text),
    };
    made.set(name, anonymizer);
    return anonymizer;
  };
}

function keyOf(settings: DeidSettings, secretPart: string): string {
  const plain = JSON.stringify(settings, (_, value) => value instanceof Set ? [...value] : value);
  const digest = createHash("sha256").update(`${VERSION} ${plain} ${secretPart}`).digest("hex");
  return digest.slice(0, 16);
}
