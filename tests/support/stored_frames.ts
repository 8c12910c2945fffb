/**
 * The frames of a Part 10 file as they are stored, for tests of what is done with them.
 * @module
 */
import { alignBits, type FrameSource, frameSource } from "../../lib/dicom/frames.ts";
import { packPlaces, pixelData, unpackPlaces } from "../../lib/dicom/places.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import type { Bytes, EncodedFrame, FrameFormat } from "../../server/pixels/frame.ts";
import { concat } from "./part10_builder.ts";

/** What a file holds. */
export interface StoredFrames {
  readonly transferSyntaxUID: string;
  readonly format: FrameFormat;
  readonly count: number;
  /** A frame, counted from 1; throws UnsupportedError where it cannot be told from others. */
  frame(number: number): EncodedFrame;
}

const SAMPLES = {
  "7FE00010": "integer",
  "7FE00008": "float",
  "7FE00009": "double",
} as const;

/** Undefined where a file has no pixel data, or is no DICOM. */
export async function storedFrames(file: Bytes): Promise<StoredFrames | undefined> {
  const scanner = createInstanceScanner();
  let scan;
  try {
    await scanner.push(file);
    scan = await scanner.end();
  } catch {
    return undefined;
  }
  const places = unpackPlaces(packPlaces(scan));
  const pixels = pixelData(places);
  if (pixels === undefined) return undefined;
  const { NumberOfFrames: count, ...geometry } = places.geometry;
  const { transferSyntaxUID } = scan;
  const sample = SAMPLES[pixels.path as keyof typeof SAMPLES];
  const format: FrameFormat = { ...geometry, sample };
  return {
    transferSyntaxUID,
    format,
    count,
    frame: (number) => ({
      transferSyntaxUID,
      format,
      bytes: bytesOf(file, frameSource(places, pixels, number)),
    }),
  };
}

function bytesOf(file: Bytes, source: FrameSource): Bytes {
  if (source.kind === "native") {
    const { offset, length } = source.place;
    return alignBits(file.subarray(offset, offset + length), source.firstBit, source.bits);
  }
  const parts = source.places.map(({ offset, length }) => file.subarray(offset, offset + length));
  return new Uint8Array(concat(parts));
}
