/**
 * Presentation states for softcopies of single images (PS3.3 A.33.1 to A.33.3): read from a data
 * set, and what of one applies to a frame.
 * @module
 */
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { integer, items, numbers, text } from "../../../lib/dicom/values.ts";
import type { Bytes } from "../frame.ts";
import type {
  ModalityTransform,
  Overlay,
  Palette,
  PresentationTransform,
  VOITransform,
} from "./description.ts";
import { type GraphicAnnotation, GRAPHICS_WORK_MAX, readGraphics, workOf } from "./graphics.ts";
import {
  givesNegatives,
  IDENTITY,
  readModality,
  readPresentation,
  readVOI,
} from "./grayscale_values.ts";
import { type OverlayFrames, overlaysOf, readOverlays } from "./overlays.ts";
import { readPalette } from "./palette.ts";
import { readShutter, type Shutter } from "./shutter.ts";

/** An image that is referred to; `frames` undefined means all of its frames. */
export interface ImageReference {
  readonly sopInstanceUID: string;
  readonly frames: readonly number[] | undefined;
}

/** Images of one series, in the order of the references. */
export interface SeriesReference {
  readonly seriesInstanceUID: string;
  readonly images: readonly ImageReference[];
}

/** What part of an image is shown (PS3.3 C.10.4). */
export interface DisplayedArea {
  /** Column and row of the pixels in two opposite corners, from 1, both included; they may lie outside. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly mode: "SCALE TO FIT" | "TRUE SIZE" | "MAGNIFY";
  /** Pixels shown for one of the image, of MAGNIFY. */
  readonly magnification: number;
  /** Height of a pixel over its width; undefined where the image is to be asked. */
  readonly pixelAspect: number | undefined;
}

/** Something that applies to some of the images referred to, or to all where `images` is empty. */
export interface Applied<Value> {
  readonly images: readonly ImageReference[];
  readonly value: Value;
}

/** A presentation state. */
export interface PresentationState {
  readonly kind: "grayscale" | "color" | "pseudo-color";
  readonly series: readonly SeriesReference[];
  readonly modality: ModalityTransform;
  readonly vois: readonly Applied<VOITransform>[];
  readonly presentation: PresentationTransform;
  readonly palette: Palette | undefined;
  readonly shutter: Shutter | undefined;
  /** Degrees clockwise, before the flip. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly isFlipped: boolean;
  readonly areas: readonly Applied<DisplayedArea>[];
  /** Overlays that the state itself holds. */
  readonly overlays: readonly OverlayFrames[];
  /** Groups of overlays, of the image or of the state, that are to be shown. */
  readonly activeOverlays: readonly number[];
  readonly annotations: readonly Applied<GraphicAnnotation>[];
  /** Gray of each layer that has one, 0 to 255, and its place in the order of drawing. */
  readonly layers: readonly Layer[];
  readonly iccProfile: Bytes | undefined;
}

/** A layer of annotations (PS3.3 C.10.7). */
export interface Layer {
  readonly name: string;
  readonly order: number;
  readonly level: number;
}

/** What of a presentation state applies to one frame: plain data, to be sent with a job. */
export interface FramePresentation extends
  Pick<
    PresentationState,
    | "kind"
    | "modality"
    | "presentation"
    | "palette"
    | "shutter"
    | "rotation"
    | "isFlipped"
    | "activeOverlays"
    | "layers"
  > {
  /** Those of the state itself. */
  readonly overlays: readonly Overlay[];
  readonly voi: VOITransform;
  readonly area: DisplayedArea | undefined;
  readonly annotations: readonly GraphicAnnotation[];
}

const KINDS: ReadonlyMap<string, PresentationState["kind"]> = new Map([
  ["1.2.840.10008.5.1.4.1.1.11.1", "grayscale"],
  ["1.2.840.10008.5.1.4.1.1.11.2", "color"],
  ["1.2.840.10008.5.1.4.1.1.11.3", "pseudo-color"],
]);

/** Most items of one sequence that are read. */
const ITEMS_MAX = 10_000;

/** Reads a presentation state; values that are to be used must be held in memory. */
export function describePresentationState(dataSet: DataSet): PresentationState {
  const modality = readModality(dataSet, true) ?? IDENTITY;
  const signed = givesNegatives(modality, true);
  const rotation = integer(dataSet, 0x00700042) ?? 0;
  const profile = dataSet.get(0x00282000);
  return {
    kind: KINDS.get(text(dataSet, 0x00080016) ?? "") ?? "grayscale",
    series: items(dataSet, 0x00081115).slice(0, ITEMS_MAX).map((item) => ({
      seriesInstanceUID: text(item, 0x0020000e) ?? "",
      images: referencesOf(item),
    })),
    modality,
    vois: items(dataSet, 0x00283110).slice(0, ITEMS_MAX).flatMap((item) => {
      const value = readVOI(item, signed);
      return value === undefined ? [] : [{ images: referencesOf(item), value }];
    }),
    presentation: readPresentation(dataSet),
    palette: readPalette(dataSet, false),
    shutter: readShutter(dataSet),
    rotation: rotation === 90 || rotation === 180 || rotation === 270 ? rotation : 0,
    isFlipped: text(dataSet, 0x00700041) === "Y",
    areas: items(dataSet, 0x0070005a).slice(0, ITEMS_MAX).flatMap((item) => {
      const value = readArea(item);
      return value === undefined ? [] : [{ images: referencesOf(item), value }];
    }),
    overlays: readOverlays(dataSet),
    activeOverlays: Array.from({ length: 16 }, (_, index) => 0x6000 + 2 * index)
      .filter((group) => text(dataSet, group * 0x10000 + 0x1001) !== undefined),
    annotations: readAnnotations(dataSet),
    layers: items(dataSet, 0x00700060).slice(0, ITEMS_MAX).map(readLayer),
    iccProfile: profile?.kind === "value" && profile.bytes.length > 0
      ? new Uint8Array(profile.bytes)
      : undefined,
  };
}

/** What applies to a frame of an image, which counts from 1. */
export function framePresentation(
  state: PresentationState,
  sopInstanceUID: string,
  frame: number,
): FramePresentation {
  const applies = ({ images }: Applied<unknown>) =>
    images.length === 0 ||
    images.some((image) =>
      image.sopInstanceUID === sopInstanceUID && (image.frames?.includes(frame) ?? true)
    );
  return {
    kind: state.kind,
    modality: state.modality,
    presentation: state.presentation,
    palette: state.palette,
    shutter: state.shutter,
    rotation: state.rotation,
    isFlipped: state.isFlipped,
    overlays: overlaysOf(state.overlays, frame),
    activeOverlays: state.activeOverlays,
    layers: state.layers,
    voi: state.vois.find(applies)?.value ?? { kind: "none" },
    area: state.areas.find(applies)?.value,
    annotations: state.annotations.filter(applies).map(({ value }) => value),
  };
}

function referencesOf(item: DataSet): ImageReference[] {
  return items(item, 0x00081140).slice(0, ITEMS_MAX).map((reference) => {
    const frames = numbers(reference, 0x00081160).filter(Number.isInteger);
    return {
      sopInstanceUID: text(reference, 0x00081155) ?? "",
      frames: frames.length === 0 ? undefined : frames,
    };
  });
}

/** Up to the first that would be too much to draw. */
function readAnnotations(dataSet: DataSet): Applied<GraphicAnnotation>[] {
  const found: Applied<GraphicAnnotation>[] = [];
  let work = 0;
  for (const item of items(dataSet, 0x00700001).slice(0, ITEMS_MAX)) {
    const value = readGraphics(item, dataSet);
    work += workOf(value);
    if (work > GRAPHICS_WORK_MAX) break;
    found.push({ images: referencesOf(item), value });
  }
  return found;
}

function readArea(item: DataSet): DisplayedArea | undefined {
  const [left, top] = numbers(item, 0x00700052);
  const [right, bottom] = numbers(item, 0x00700053);
  const corners = [left, top, right, bottom].map((value) => value ?? NaN);
  if (!corners.every(Number.isFinite)) return undefined;
  const mode = text(item, 0x00700100);
  const [magnification = 1] = numbers(item, 0x00700103);
  const [vertical, horizontal] = [0x00700101, 0x00700102].map((tag) => numbers(item, tag))
    .find((pair) => pair.length >= 2) ?? [];
  const aspect = (vertical ?? NaN) / (horizontal ?? NaN);
  return {
    from: [corners[0]!, corners[1]!],
    to: [corners[2]!, corners[3]!],
    mode: mode === "TRUE SIZE" || mode === "MAGNIFY" ? mode : "SCALE TO FIT",
    magnification: magnification > 0 && Number.isFinite(magnification) ? magnification : 1,
    pixelAspect: aspect > 0 && Number.isFinite(aspect) ? aspect : undefined,
  };
}

function readLayer(item: DataSet): Layer {
  const gray = integer(item, 0x00700066);
  return {
    name: text(item, 0x00700002) ?? "",
    order: integer(item, 0x00700062) ?? 0,
    level: gray === undefined ? 255 : (gray >>> 8) & 0xff,
  };
}
