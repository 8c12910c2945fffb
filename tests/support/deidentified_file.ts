/**
 * Files de-identified as the server will: pixels as they were, everything else by the profile.
 * @module
 */
import { createHmac } from "node:crypto";
import { type Deidentified, deidentify } from "../../lib/deid/deidentify.ts";
import { type KeyedValues, keyedValues } from "../../lib/deid/keyed_values.ts";
import type { DeidProfile } from "../../lib/deid/profile.ts";
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { encodeDataSet } from "../../lib/dicom/encode.ts";
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import { createReencoder } from "../../lib/dicom/reencode.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../lib/dicom/uids.ts";
import { text } from "../../lib/dicom/values.ts";
import { scan } from "./element_list.ts";
import { concat } from "./part10_builder.ts";

/** The replacements of a key. */
export function keyedBy(key: string): KeyedValues {
  return keyedValues((text) => new Uint8Array(createHmac("sha256", key).update(text).digest()));
}

const REENCODED: readonly string[] = [
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
];

/** The object in a syntax whose values can be copied: Explicit VR Little Endian unless it is encapsulated. */
export async function copyable(bytes: Uint8Array): Promise<Uint8Array> {
  const { transferSyntaxUID, fileMeta } = await scan(bytes);
  if (!REENCODED.includes(transferSyntaxUID) && fileMeta !== undefined) return bytes;
  const reencoder = createReencoder({ SOPClassUID: "1.2", SOPInstanceUID: "1.2.3" });
  const pieces = [...await reencoder.push(bytes)];
  pieces.push(...await reencoder.end());
  return concat(pieces);
}

/** The de-identified file of a copyable object. */
export function deidentifiedFile(
  scanned: InstanceScan,
  bytes: Uint8Array,
  profile: DeidProfile,
  keyed: KeyedValues,
): { readonly file: Uint8Array; readonly result: Deidentified } {
  const result = deidentify(scanned.dataSet, profile, keyed);
  const pieces: Uint8Array[] = [encodePart10Header({
    MediaStorageSOPClassUID: text(result.dataSet, 0x00080016) ?? "",
    MediaStorageSOPInstanceUID: text(result.dataSet, 0x00080018) ?? "",
    TransferSyntaxUID: scanned.transferSyntaxUID,
  })];
  for (const segment of encodeDataSet(result.dataSet, scanned.transferSyntaxUID)) {
    if (segment instanceof Uint8Array) {
      pieces.push(segment);
    } else if (segment.kind === "bulk") {
      const { offset, length } = segment.place;
      pieces.push(bytes.subarray(offset, offset + length));
    } else {
      const { fragments } = segment;
      const end = (fragments.at(-2) ?? 0) + (fragments.at(-1) ?? 0);
      pieces.push(bytes.subarray((fragments[0] ?? 8) - 8, end));
    }
  }
  return { file: concat(pieces), result };
}
