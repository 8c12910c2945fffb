/**
 * A stored instance as a file in another transfer syntax (PS3.5 A): its data set read once, its
 * frames made one after the other while it is sent, so that memory does not depend on their number.
 * @module
 */
import { createHash } from "node:crypto";
import type { BulkElement, DataSet, FragmentsElement } from "../../lib/dicom/dataset.ts";
import { encodeDataSet } from "../../lib/dicom/encode.ts";
import { frameNumbers } from "../../lib/dicom/frames.ts";
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import type { PixelVerdict } from "../../lib/deid/burned_in.ts";
import {
  asDerivedImage,
  edited,
  isLossy,
  type LossyCompression,
  lossyMethod,
  markLossy,
  withPixels,
} from "../../lib/dicom/pixel_edits.ts";
import { bulkLength, type BulkValue, pixelData } from "../../lib/dicom/places.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
} from "../../lib/dicom/uids.ts";
import { text } from "../../lib/dicom/values.ts";
import { layoutOf } from "../../lib/dicom/value_layout.ts";
import type { InstanceRow } from "../index/index.ts";
import { type EncodedFrame, type FrameFormat, PixelError } from "../pixels/frame.ts";
import type { FrameTarget, Pixels } from "../pixels/pixels.ts";
import type { Anonymizer } from "./anonymizer.ts";
import { type Chunk, placesSource, swappedSource } from "./byte_source.ts";
import { deflated } from "./deflated.ts";
import { encapsulatedPixels, nativePixels, type NewPixels, noPixels } from "./new_pixels.ts";
import { nativeLength, transcodedFrames } from "./pixel_frames.ts";
import { type OpenInstance, openInstance, type PixelWork } from "./pixel_parts.ts";
import { findInstance, type PixelRetrieveParts, vanished } from "./retrieve_parts.ts";
import { scanBlob } from "./scan_blob.ts";
import { withNativeIcons } from "./icons.ts";

const PIXEL_DATA = 0x7fe00010;

/** What is to become of an instance. */
export interface InstanceTarget extends Omit<FrameTarget, "mask"> {
  readonly anonymizer?: Anonymizer | undefined;
}

/**
 * The bytes of the file. Rejects with Problem 404 where it is gone, and as Pixels do where a frame
 * cannot be made.
 */
export async function* transcodedInstance(
  parts: PixelRetrieveParts,
  work: PixelWork,
  archive: string,
  row: InstanceRow,
  target: InstanceTarget,
): AsyncGenerator<Chunk> {
  const found = await findInstance(parts, archive, row);
  // Another object under its UIDs may not be given so, and has another entity tag.
  if (found === undefined || found.row.revision !== row.revision) throw vanished();
  const instance = await openInstance(parts.blobs, parts.inflated, found.row, found.places);
  const scan = await scanBlob(parts.blobs, found.row.blobKey);
  const { anonymizer, transferSyntaxUID, quality } = target;
  const anonymous = anonymizer?.apply(scan.dataSet);
  const given = anonymous?.dataSet ?? scan.dataSet;
  const wanted: FrameTarget = {
    transferSyntaxUID,
    ...(quality === undefined ? {} : { quality }),
    ...maskOf(anonymous?.pixels),
  };
  const derivedUID = (name: string) => anonymizer?.standIn(name) ?? hashedUID(name);
  const { dataSet, pixels, frames } = await prepared(work, instance, given, wanted, derivedUID);
  try {
    yield encodePart10Header({
      MediaStorageSOPClassUID: text(dataSet, 0x00080016) ?? row.SOPClassUID,
      MediaStorageSOPInstanceUID: text(dataSet, 0x00080018) ?? row.SOPInstanceUID,
      TransferSyntaxUID: transferSyntaxUID,
      ...(scan.fileMeta === undefined || anonymous !== undefined ? {} : { kept: scan.fileMeta }),
    }) as Chunk;
    const bytes = body(instance, dataSet, transferSyntaxUID, pixels);
    const isDeflated = transferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    yield* isDeflated ? deflated(bytes) : bytes;
  } finally {
    // Some are asked for ahead, which nobody will take where it ends early.
    await frames?.return(undefined);
  }
}

/** What has to be blackened. Throws PixelError where the pixels may not go out at all. */
function maskOf(verdict: PixelVerdict | undefined): Pick<FrameTarget, "mask"> {
  switch (verdict?.kind) {
    case "refuse":
      throw new PixelError("unsupported", verdict.reason);
    case "mask":
      return { mask: verdict.rectangles };
    default:
      return {};
  }
}

/** The data set as it will be written. */
interface Prepared {
  readonly dataSet: DataSet;
  /** Where its pixel data is not the stored one. */
  readonly pixels?: NewPixels;
  /** What the pixels are made of: to be ended. */
  readonly frames?: AsyncGenerator<EncodedFrame>;
}

/** Rejects where the first frame cannot be made. */
async function prepared(
  work: PixelWork,
  instance: OpenInstance,
  dataSet: DataSet,
  target: FrameTarget,
  derivedUID: (name: string) => string,
): Promise<Prepared> {
  const { row, places } = instance;
  const value = pixelData(places);
  const isNative = transferSyntax(row.TransferSyntaxUID)?.encapsulated === false;
  const toNative = transferSyntax(target.transferSyntaxUID)?.encapsulated === false;
  const isSame = row.TransferSyntaxUID === target.transferSyntaxUID || isNative && toNative;
  if (isSame && target.mask === undefined) return { dataSet };
  const icons = isNative ? dataSet : await withNativeIcons(work, instance, dataSet);
  if (value === undefined) {
    return toNative ? { dataSet: icons } : withEmptyPixels(icons);
  }
  const total = places.geometry.NumberOfFrames;
  const frames = transcodedFrames(work, instance, value, frameNumbers(total), target);
  const first = await frames.next();
  if (first.done) throw new RangeError("There is no frame");
  const { format } = first.value;
  const all = chained(first.value, frames, format);
  const pixels = toNative
    ? nativePixels(all, first.value, total)
    : await encapsulatedPixels(all, format, total);
  const lossy = lossyCompressions(work.pixels, instance, value, icons, first.value, target);
  const marked = markLossy(withPixels(icons, format, pixels.element), lossy.compressions);
  const { isDerived } = lossy;
  return { dataSet: isDerived ? derived(marked, row, target, derivedUID) : marked, pixels, frames };
}

/** Pixel Data without a byte, which has to be encapsulated all the same (PS3.5 A.4). */
function withEmptyPixels(dataSet: DataSet): Prepared {
  if (!dataSet.has(PIXEL_DATA)) return { dataSet };
  const pixels = noPixels();
  return { dataSet: edited(dataSet, new Map([[PIXEL_DATA, pixels.element]])), pixels };
}

/** All frames, each of which must have the form that the data set is going to say. */
async function* chained(
  first: EncodedFrame,
  rest: AsyncGenerator<EncodedFrame>,
  format: FrameFormat,
): AsyncGenerator<EncodedFrame> {
  const wanted = JSON.stringify(format);
  try {
    yield first;
    for await (const frame of rest) {
      if (JSON.stringify(frame.format) !== wanted) {
        throw new PixelError("damaged", "Its frames have different forms");
      }
      yield frame;
    }
  } finally {
    await rest.return(undefined);
  }
}

/** What the data set has to say of losses: this one's, and an earlier one's that it keeps silent about. */
function lossyCompressions(
  pixels: Pixels,
  { row, places }: OpenInstance,
  value: BulkValue,
  dataSet: DataSet,
  first: EncodedFrame,
  { transferSyntaxUID }: FrameTarget,
): { readonly compressions: readonly LossyCompression[]; readonly isDerived: boolean } {
  const compressions: LossyCompression[] = [];
  const raw = nativeLength(first.format);
  const storedMethod = lossyMethod(row.TransferSyntaxUID);
  const wasLossy = transferSyntax(row.TransferSyntaxUID)?.lossy === "lossy";
  if (wasLossy && storedMethod !== undefined && !isLossy(dataSet)) {
    const ratio = raw * places.geometry.NumberOfFrames / Math.max(1, bulkLength(value.value));
    compressions.push({ method: storedMethod, ratio });
  }
  const isDerived = pixels.isLossy(transferSyntaxUID);
  if (isDerived) {
    const method = lossyMethod(transferSyntaxUID) ?? "";
    compressions.push({ method, ratio: raw / Math.max(1, first.bytes.length) });
  }
  return { compressions, isDerived };
}

/** A UID that is made of a name and the same each time; who knows the name can tell that it is. */
function hashedUID(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `2.25.${BigInt(`0x${digest}`)}`;
}

/**
 * An image with pixels that are not those of the stored one, under a UID of its own which is the
 * same each time (PS3.3 C.7.6.1.1.2).
 */
function derived(
  dataSet: DataSet,
  row: InstanceRow,
  { transferSyntaxUID, quality }: FrameTarget,
  derivedUID: (name: string) => string,
): DataSet {
  const name = [row.SOPInstanceUID, row.dataSetDigest, transferSyntaxUID, quality ?? ""].join("~");
  return asDerivedImage(
    dataSet,
    derivedUID(name),
    `Lossy compression: ${transferSyntax(transferSyntaxUID)?.name}`,
  );
}

/** The encoded data set, values that lie in blobs read as they are sent. */
async function* body(
  instance: OpenInstance,
  dataSet: DataSet,
  transferSyntaxUID: string,
  pixels: NewPixels | undefined,
): AsyncGenerator<Chunk> {
  const written = transferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    ? EXPLICIT_VR_LITTLE_ENDIAN
    : transferSyntaxUID;
  for (const segment of encodeDataSet(dataSet, written)) {
    if (segment instanceof Uint8Array) yield segment as Chunk;
    else if (segment === pixels?.element) yield* pixels.bytes();
    else yield* storedBytes(instance, segment);
  }
}

function storedBytes(
  { blobs, row, key }: OpenInstance,
  element: BulkElement | FragmentsElement,
): AsyncGenerator<Chunk> {
  if (element.kind === "bulk") {
    const source = placesSource(blobs, key, [element.place]);
    const swapped = row.TransferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN;
    return (swapped ? swappedSource(source, layoutOf(element.vr).wordBytes) : source).read();
  }
  const { fragments } = element;
  // From the header of the first item on; see EncodedSegment.
  const offset = (fragments[0] ?? 0) - 8;
  const end = (fragments.at(-2) ?? 0) + (fragments.at(-1) ?? 0);
  return placesSource(blobs, key, [{ offset, length: Math.max(0, end - offset) }]).read();
}
