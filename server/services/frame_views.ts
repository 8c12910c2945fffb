/**
 * Frames that are to be shown: which, of what instances, and what they are seen through.
 * @module
 */
import type { FrameNumbers } from "../../lib/dicom/frames.ts";
import { type BulkValue, pixelData } from "../../lib/dicom/places.ts";
import type { PresentationState } from "../pixels/pixels.ts";
import { type OpenInstance, openInstance } from "./pixel_parts.ts";
import { type FoundInstance, type PixelRetrieveParts, vanished } from "./retrieve_parts.ts";

/** An instance that is shown, and what it is seen through. */
export interface InstanceView {
  readonly instance: OpenInstance;
  /** Its pixel data. */
  readonly value: BulkValue;
  readonly state?: { readonly revision: number; readonly described: PresentationState };
}

/** One frame of it. */
export interface FrameView extends InstanceView {
  /** Counted from 1. */
  readonly frame: number;
}

/** Frames of it, one after the other. */
export interface FrameRun extends InstanceView {
  readonly frames: FrameNumbers;
}

/** Frames of an instance that has pixel data. Throws Problem 404 where it has none. */
export async function frameRun(
  parts: PixelRetrieveParts,
  { row, places }: FoundInstance,
  frames: FrameNumbers,
  state?: InstanceView["state"],
): Promise<FrameRun> {
  const value = pixelData(places);
  if (value === undefined) throw vanished();
  const instance = await openInstance(parts.blobs, parts.inflated, row, places);
  return { instance, value, frames, ...(state === undefined ? {} : { state }) };
}

/** How many frames there are in all. */
export function frameCount(runs: readonly FrameRun[]): number {
  return runs.reduce((sum, { frames }) => sum + frames.length, 0);
}

/** Each frame, run after run. */
export function* frameViews(runs: readonly FrameRun[]): Generator<FrameView> {
  for (const { frames, ...view } of runs) for (const frame of frames) yield { ...view, frame };
}
