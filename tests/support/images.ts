/**
 * Frames and descriptions for tests of rendering, made by hand.
 * @module
 */
import type { Element, Tag, VR } from "../../lib/dicom/dataset.ts";
import type { Frame, FrameFormat, Raster } from "../../server/pixels/frame.ts";
import { describeImage, frameDescription } from "../../server/pixels/image/describe.ts";
import type { FrameDescription } from "../../server/pixels/image/description.ts";
import { renderFrame, type RenderOptions } from "../../server/pixels/image/render_frame.ts";
import { bytesOf, dataSet, element } from "./data_sets.ts";
import { frameFormat } from "./made_frames.ts";

/** The format of one row of unsigned samples of 16 bits, grays, with changes. */
export function formatOf(changes: Partial<FrameFormat> = {}): FrameFormat {
  return frameFormat({ Rows: 1, Columns: 1, ...changes });
}

/** A frame of one row of 16-bit samples. */
export function grays(samples: readonly number[], changes: Partial<FrameFormat> = {}): Frame {
  return {
    format: formatOf({ Columns: samples.length, ...changes }),
    bytes: new Uint8Array(Uint16Array.from(samples).buffer),
  };
}

/** A frame of colours of 8 bits, one row unless `changes` say otherwise. */
export function colors(
  photometric: string,
  samples: readonly number[],
  changes: Partial<FrameFormat> = {},
): Frame {
  const format = formatOf({
    Columns: samples.length / 3,
    SamplesPerPixel: 3,
    BitsAllocated: 8,
    PhotometricInterpretation: photometric,
    ...changes,
  });
  return { format, bytes: Uint8Array.from(samples) };
}

/** An element of words: US, or SS and OW where it is said. */
export function words(tag: Tag, values: readonly number[], vr: VR = "US"): Element {
  return element(tag, vr, bytesOf(Uint16Array.from(values)));
}

/** The description of a frame of a data set with these elements. */
export function described(elements: readonly Element[], frame = 1): FrameDescription {
  return frameDescription(describeImage(dataSet(...elements)), frame);
}

/** The samples of the image of a frame. */
export function rendered(
  frame: Frame,
  elements: readonly Element[] = [],
  options: RenderOptions = {},
): number[] {
  const representation = words(0x00280103, [frame.format.PixelRepresentation]);
  return [...renderFrame(frame, described([representation, ...elements]), options).data];
}

/** A raster of grays whose rows are given. */
export function grayRaster(rows: readonly (readonly number[])[]): Raster {
  const data = Uint8Array.from(rows.flat());
  return { width: rows[0]!.length, height: rows.length, channels: 1, data };
}

/** The rows of a raster of grays. */
export function rowsOf({ width, height, data }: Raster): number[][] {
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
}
