/**
 * What is done with the frames of each transfer syntax (PS3.5 8.2 and A.4).
 * @module
 */
import { transferSyntax } from "../../../lib/dicom/uids.ts";

/** How a frame is coded, as far as the codecs differ. */
export type Coding =
  /** Samples as Explicit VR Little Endian has them. */
  | "native"
  | "rle"
  | "deflate"
  | "jpeg"
  | "jpegLs"
  | "jpeg2000"
  | "htJpeg2000";

const PREFIX = "1.2.840.10008.1.2.";

/** Transfer syntaxes that code here names. */
export const UID = {
  encapsulatedUncompressed: `${PREFIX}1.98`,
  rleLossless: `${PREFIX}5`,
  jpegBaseline: `${PREFIX}4.50`,
  jpegLossless: `${PREFIX}4.70`,
  jpegLsLossless: `${PREFIX}4.80`,
  jpegLsNearLossless: `${PREFIX}4.81`,
  jpeg2000Lossless: `${PREFIX}4.90`,
  jpeg2000: `${PREFIX}4.91`,
  htJpeg2000Lossless: `${PREFIX}4.201`,
  htJpeg2000LosslessRpcl: `${PREFIX}4.202`,
  htJpeg2000: `${PREFIX}4.203`,
  deflatedImageFrame: `${PREFIX}8.1`,
} as const;

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  [UID.encapsulatedUncompressed, "native"],
  [UID.rleLossless, "rle"],
  [UID.deflatedImageFrame, "deflate"],
  [UID.jpegBaseline, "jpeg"],
  [`${PREFIX}4.51`, "jpeg"],
  [`${PREFIX}4.53`, "jpeg"],
  [`${PREFIX}4.55`, "jpeg"],
  [`${PREFIX}4.57`, "jpeg"],
  [UID.jpegLossless, "jpeg"],
  [UID.jpegLsLossless, "jpegLs"],
  [UID.jpegLsNearLossless, "jpegLs"],
  [UID.jpeg2000Lossless, "jpeg2000"],
  [UID.jpeg2000, "jpeg2000"],
  [UID.htJpeg2000Lossless, "htJpeg2000"],
  [UID.htJpeg2000LosslessRpcl, "htJpeg2000"],
  [UID.htJpeg2000, "htJpeg2000"],
]);

/** How frames of a transfer syntax are coded; undefined where nothing here reads them. */
export function codingOf(transferSyntaxUID: string): Coding | undefined {
  const coding = CODINGS.get(transferSyntaxUID);
  return coding ??
    (transferSyntax(transferSyntaxUID)?.encapsulated === false ? "native" : undefined);
}
