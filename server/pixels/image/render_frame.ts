/**
 * From a decoded frame to an image to look at (PS3.4 N.2).
 * @module
 */
import { type Frame, type FrameFormat, PixelError, type Raster } from "../frame.ts";
import { annotate } from "./annotate.ts";
import { isColorModel, renderColor, renderPalette } from "./color.ts";
import type { FrameDescription, VOITransform, Window } from "./description.ts";
import { type GrayscaleLook, renderGrayscale } from "./grayscale.ts";
import { isWindow } from "./grayscale_values.ts";
import { burnOverlay } from "./overlays.ts";
import { present } from "./present.ts";
import type { FramePresentation } from "./presentation_state.ts";
import { requirePixels } from "./samples.ts";
import { applyShutter } from "./shutter.ts";
import { isWithin } from "./value_range.ts";
import { applyViewport, type Viewport } from "./viewport.ts";

/** What may be written on an image: keywords of the parameter `annotation` (PS3.18 8.3.5.1.1). */
export type Annotation = "patient" | "technique";

/** What is asked of an image. */
export interface RenderOptions {
  /** Instead of the one that is stored; for grayscale images. */
  readonly window?: Window;
  /** Whether a window in which no value of the image lies is an error. */
  readonly isWindowSeen?: boolean;
  /** False leaves out overlays of graphics; they are white. */
  readonly overlays?: boolean;
  /** Without it the image has the pixel matrix that is stored. */
  readonly viewport?: Viewport;
  readonly annotations?: readonly Annotation[];
  /** Instead of what the image says of itself; `window` and the region of `viewport` are not for it. */
  readonly presentation?: FramePresentation;
}

/**
 * Makes an image of a frame.
 *
 * @throws {PixelError} where the frame is not what its format says, too large, or of a form that is not rendered
 */
export function renderFrame(
  frame: Frame,
  description: FrameDescription,
  options: RenderOptions = {},
): Raster {
  requirePixels(frame.format);
  const { viewport, presentation, annotations = [] } = options;
  const pixels = pixelsOf(frame, description, options);
  layOverlays(pixels, frame, description, options);
  const { pixelAspect, texts } = description;
  const raster = presentation !== undefined
    ? present(pixels, presentation, viewport, pixelAspect)
    : viewport !== undefined
    ? applyViewport(pixels, viewport, pixelAspect)
    : pixels;
  if (annotations.includes("patient")) annotate(raster, texts.patient, "top-left");
  if (annotations.includes("technique")) annotate(raster, texts.technique, "bottom-left");
  return raster;
}

/** Shutter and overlays; those that a presentation state does not activate are not seen. */
function layOverlays(
  raster: Raster,
  frame: Frame,
  description: FrameDescription,
  { presentation, overlays = true }: RenderOptions,
): void {
  const all = [...description.overlays, ...presentation?.overlays ?? []];
  const shutter = presentation?.shutter;
  if (shutter !== undefined) {
    applyShutter(raster, shutter);
    const groups = shutter.shapes.flatMap((shape) => shape.kind === "bitmap" ? shape.group : []);
    for (const overlay of all.filter(({ group }) => groups.includes(group))) {
      burnOverlay(raster, overlay, shutter.level, frame);
    }
  }
  const seen = presentation === undefined
    ? all.filter(({ type }) => overlays && type === "G")
    : all.filter(({ group }) => presentation.activeOverlays.includes(group));
  for (const overlay of seen) burnOverlay(raster, overlay, 255, frame);
}

function pixelsOf(frame: Frame, description: FrameDescription, options: RenderOptions): Raster {
  const { SamplesPerPixel, PhotometricInterpretation } = frame.format;
  const { palette } = description;
  if (SamplesPerPixel >= 3 || (SamplesPerPixel > 1 && isColorModel(PhotometricInterpretation))) {
    return renderColor(frame);
  }
  if (PhotometricInterpretation === "PALETTE COLOR" && palette !== undefined) {
    return renderPalette(frame, palette);
  }
  return renderGrayscale(frame, {
    ...description,
    ...transformsOf(frame, description, options),
    isMonochrome1: PhotometricInterpretation === "MONOCHROME1",
    supplemental: description.isPaletteSupplemental ? palette : undefined,
  });
}

type Transforms = Pick<GrayscaleLook, "modality" | "voi" | "presentation" | "pseudoColors">;

/** A presentation state replaces all that the image says, with nothing where it is silent (PS3.4 N.2). */
function transformsOf(
  frame: Frame,
  description: FrameDescription,
  { window, isWindowSeen, presentation }: RenderOptions,
): Transforms {
  if (presentation !== undefined && presentation.kind !== "color") {
    const isPseudo = presentation.kind === "pseudo-color";
    return { ...presentation, pseudoColors: isPseudo ? presentation.palette?.colors : undefined };
  }
  const { modality, presentation: own } = description;
  if (window !== undefined && isWindowSeen && !isWithin(frame, description, window)) {
    throw new PixelError("asked", "The window lies outside the values of the image");
  }
  const voi: VOITransform = window !== undefined && isWindow(window)
    ? { kind: "window", window }
    : storedVOI(description.voi, frame.format);
  return { modality, voi, presentation: own, pseudoColors: undefined };
}

/** LINEAR of a width up to 1 would leave two grays of pixels that are no integers: LINEAR_EXACT is meant. */
function storedVOI(voi: VOITransform, { sample }: FrameFormat): VOITransform {
  return voi.kind === "window" && sample !== "integer" && voi.window.width <= 1 &&
      voi.window.function === "LINEAR"
    ? { kind: "window", window: { ...voi.window, function: "LINEAR_EXACT" } }
    : voi;
}
