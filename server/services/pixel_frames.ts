/**
 * Frames of a stored instance, taken out as they are stored and made into other transfer syntaxes
 * by workers, in order and a few ahead.
 * @module
 */
import { frameSource, hasSingleFrames } from "../../lib/dicom/frames.ts";
import type { BulkValue, Places } from "../../lib/dicom/places.ts";
import { pixelData } from "../../lib/dicom/places.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import type { EncodedFrame, FrameFormat } from "../pixels/frame.ts";
import type { FrameTarget, Pixels } from "../pixels/pixels.ts";
import { ahead } from "./ahead.ts";
import { collect } from "./byte_source.ts";
import { demandThere, frameBytes, type OpenInstance, type PixelWork } from "./pixel_parts.ts";

/** Bytes of native pixel data that an element can have (PS3.5 7.1.1). */
const LONGEST_VALUE = 0xfffffffe;

const SAMPLES: Readonly<Record<string, FrameFormat["sample"]>> = {
  "7FE00008": "float",
  "7FE00009": "double",
};

/** The form of an instance's frames as its data set gives it. */
export function frameFormat({ geometry }: Places, { path }: BulkValue): FrameFormat {
  return { ...geometry, sample: SAMPLES[path] ?? "integer" };
}

/** Bytes of a native frame of which every sample is stored. */
export function nativeLength(
  { Rows, Columns, SamplesPerPixel, BitsAllocated }: FrameFormat,
): number {
  return Math.ceil(Rows * Columns * Math.max(1, SamplesPerPixel) * BitsAllocated / 8);
}

/**
 * Why the pixels of an instance cannot be given in a transfer syntax; undefined where they can. An
 * instance without pixel data can be written in any.
 */
export function pixelObstacle(
  pixels: Pick<Pixels, "undecodable" | "unencodable" | "presumedFormat">,
  storedUID: string,
  places: Places,
  targetUID: string,
): string | undefined {
  const stored = transferSyntax(storedUID);
  if (stored !== undefined && !stored.encapsulated && stored.lossy === "either") {
    return "its pixels are elsewhere";
  }
  const value = pixelData(places);
  if (value === undefined) return undefined;
  const { geometry } = places;
  if (value.value.kind === "fragments" && !hasSingleFrames(value.value.fragments, geometry)) {
    return "its frames cannot be told apart";
  }
  const format = frameFormat(places, value);
  const target = transferSyntax(targetUID);
  if (target?.encapsulated !== true) {
    const length = nativeLength(format) * geometry.NumberOfFrames;
    if (length > LONGEST_VALUE) return "its pixels are more than an uncompressed element can hold";
  }
  const isNative = stored?.encapsulated === false;
  const undecodable = isNative ? undefined : pixels.undecodable(storedUID, format);
  if (undecodable !== undefined || target?.encapsulated !== true) return undecodable;
  return pixels.unencodable(targetUID, pixels.presumedFormat(storedUID, format));
}

/**
 * One frame, counted from 1, as it is stored; native ones little endian. Rejects with Problem 404
 * where a damaged object ends before it does.
 */
export async function storedFrame(
  instance: OpenInstance,
  value: BulkValue,
  frame: number,
): Promise<EncodedFrame> {
  const { row, places } = instance;
  const found = frameSource(places, value, frame);
  if (found.kind === "native") demandThere(instance, found.place);
  const source = frameBytes(instance, value, found);
  const encapsulated = transferSyntax(row.TransferSyntaxUID)?.encapsulated !== false;
  const transferSyntaxUID = encapsulated ? row.TransferSyntaxUID : EXPLICIT_VR_LITTLE_ENDIAN;
  return { transferSyntaxUID, format: frameFormat(places, value), bytes: await collect(source) };
}

/**
 * Frames of an instance in another transfer syntax, in the order of `frames`, which counts from 1.
 * Rejects as Pixels.transcode does. Ending it early drops what has been asked for; it has ended when
 * nothing is read any more.
 */
export function transcodedFrames(
  { pixels, client }: PixelWork,
  instance: OpenInstance,
  value: BulkValue,
  frames: Iterable<number>,
  target: FrameTarget,
): AsyncGenerator<EncodedFrame> {
  return ahead(
    client,
    frames,
    (frame, one) => pixels.transcode(one, () => storedFrame(instance, value, frame), target),
  );
}
