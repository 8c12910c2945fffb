/**
 * From a data set to what rendering its frames needs.
 * @module
 */
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { pixelFormatOf } from "../../../lib/dicom/pixel_format.ts";
import { integer, items, numbers, text } from "../../../lib/dicom/values.ts";
import type { Bytes } from "../frame.ts";
import { annotationTexts, frameLine } from "./annotation_texts.ts";
import type { FrameDescription, Palette, StoredRange } from "./description.ts";
import { type FrameTable, readFrameTable } from "./functional_groups.ts";
import {
  givesNegatives,
  IDENTITY,
  readModality,
  readPresentation,
  readVOI,
} from "./grayscale_values.ts";
import { type OverlayFrames, overlaysOf, readOverlays } from "./overlays.ts";
import { readPalette } from "./palette.ts";

/** An image: what holds for all its frames, and what differs between them. */
export interface ImageDescription {
  readonly frames: number;
  readonly common: Omit<FrameDescription, "overlays">;
  readonly frameTable: FrameTable;
  readonly overlays: readonly OverlayFrames[];
  /** Milliseconds that each frame is to be seen, one for all or one a frame; empty where nothing is said. */
  readonly durations: readonly number[];
}

/**
 * Describes an image. Values that are to be used must be held in memory: palettes and tables have
 * up to 128 KiB, ICC profiles and overlays more.
 */
export function describeImage(dataSet: DataSet): ImageDescription {
  const signed = pixelFormatOf(dataSet).PixelRepresentation === 1;
  const frames = Math.max(1, integer(dataSet, 0x00280008) ?? 1);
  const modality = readModality(dataSet, signed);
  const palette = readPalette(dataSet, signed);
  return {
    frames,
    common: {
      modality: modality ?? IDENTITY,
      voi: readVOI(dataSet, givesNegatives(modality ?? IDENTITY, signed)) ?? { kind: "none" },
      presentation: readPresentation(dataSet),
      padding: isSlide(dataSet) ? undefined : readPadding(dataSet, signed),
      palette,
      isPaletteSupplemental: isSupplemental(dataSet, palette),
      storedRange: frames > 1 ? readRangeOfAll(dataSet, signed) : undefined,
      isLabelMap: text(dataSet, 0x00620001) === "LABELMAP",
      pixelAspect: readPixelAspect(dataSet),
      iccProfile: readProfile(dataSet),
      texts: annotationTexts(dataSet),
    },
    frameTable: readFrameTable(dataSet, frames, signed),
    overlays: readOverlays(dataSet),
    durations: readDurations(dataSet, frames),
  };
}

/** What rendering one frame needs; `frame` counts from 1. */
export function frameDescription(image: ImageDescription, frame: number): FrameDescription {
  const { common, frameTable, frames } = image;
  const place = frameTable.settingOf?.[frame - 1] ?? 0;
  const settings = frameTable.settings[place];
  const z = frameTable.z?.[frame - 1];
  const line = frames > 1 ? [frameLine(frame, frames, Number.isFinite(z) ? z : undefined)] : [];
  return {
    ...common,
    modality: settings?.modality ?? common.modality,
    voi: settings?.voi ?? common.voi,
    overlays: overlaysOf(image.overlays, frame),
    texts: { ...common.texts, technique: [...common.texts.technique, ...line] },
  };
}

/**
 * True for images of a slide (PS3.3 C.8.12.4). Their padding continues the bright background of
 * the glass; shown black it would cut the tissue out of it.
 */
function isSlide(dataSet: DataSet): boolean {
  return text(dataSet, 0x00080060) === "SM";
}

function isSupplemental(dataSet: DataSet, palette: Palette | undefined): boolean {
  const presentation = text(dataSet, 0x00089205);
  return palette !== undefined && (presentation === "COLOR" || presentation === "MIXED");
}

/** Pixel Padding Value and its Range Limit (PS3.3 C.7.5.1.1.2), or those of float pixels. */
function readPadding(dataSet: DataSet, signed: boolean): StoredRange | undefined {
  const asStored = (value: number | undefined) =>
    value === undefined ? undefined : signed ? (value << 16) >> 16 : value & 0xffff;
  const ends = [
    [asStored(numbers(dataSet, 0x00280120)[0]), asStored(numbers(dataSet, 0x00280121)[0])],
    [numbers(dataSet, 0x00280122)[0], numbers(dataSet, 0x00280124)[0]],
    [numbers(dataSet, 0x00280123)[0], numbers(dataSet, 0x00280125)[0]],
  ];
  for (const [value, limit = value] of ends) {
    if (value === undefined || limit === undefined) continue;
    return { from: Math.min(value, limit), to: Math.max(value, limit) };
  }
  return undefined;
}

function readRangeOfAll(dataSet: DataSet, signed: boolean): StoredRange | undefined {
  const [smallest] = numbers(dataSet, 0x00280106);
  const [largest] = numbers(dataSet, 0x00280107);
  if (smallest === undefined || largest === undefined) return undefined;
  const asStored = (value: number) => signed ? (value << 16) >> 16 : value & 0xffff;
  const range = { from: asStored(smallest), to: asStored(largest) };
  return range.from < range.to ? range : undefined;
}

/** Ratios beyond this are taken for a slip. */
const ASPECT_MAX = 16;

/** Height of a pixel over its width: Pixel Aspect Ratio, else the spacings that the data set has. */
function readPixelAspect(dataSet: DataSet): number {
  const [measures] = [0x52009229, 0x52009230].flatMap((tag) =>
    items(dataSet, tag).slice(0, 1).flatMap((group) => items(group, 0x00289110))
  );
  const pairs = [
    numbers(dataSet, 0x00280034),
    numbers(dataSet, 0x00280030),
    measures === undefined ? [] : numbers(measures, 0x00280030),
    numbers(dataSet, 0x00181164),
    numbers(dataSet, 0x00182010),
  ];
  for (const [vertical, horizontal] of pairs) {
    const aspect = (vertical ?? NaN) / (horizontal ?? NaN);
    if (aspect >= 1 / ASPECT_MAX && aspect <= ASPECT_MAX) return aspect;
  }
  return 1;
}

/** ICC Profile (0028,2000) of the image or of its first optical path that has one. */
function readProfile(dataSet: DataSet): Bytes | undefined {
  for (const holder of [dataSet, ...items(dataSet, 0x00480105)]) {
    const element = holder.get(0x00282000);
    if (element?.kind === "value" && element.bytes.length > 0) return new Uint8Array(element.bytes);
  }
  return undefined;
}

/** Recommended Display Frame Rate, else the times at which frames were taken. */
function readDurations(dataSet: DataSet, frames: number): number[] {
  const positive = (tag: Tag) => {
    const [value] = numbers(dataSet, tag);
    return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
  };
  const rate = positive(0x00082144);
  if (rate !== undefined) return [1000 / rate];
  // Frame Time Vector has how long after the one before a frame comes: its first entry says nothing.
  const vector = numbers(dataSet, 0x00181065);
  if (frames > 1 && vector.length === frames && vector.every((value) => value >= 0)) {
    return [...vector.slice(1), vector.at(-1)!];
  }
  const time = positive(0x00181063);
  const cine = positive(0x00180040);
  return time !== undefined ? [time] : cine !== undefined ? [1000 / cine] : [];
}
