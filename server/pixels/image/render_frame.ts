/**
 * From a decoded frame to an image to look at (PS3.4 N.2).
 * @module
 */
import type { Frame, Raster } from "../frame.ts";
import { annotate } from "./annotate.ts";
import { isColorModel, renderColor, renderPalette } from "./color.ts";
import type { FrameDescription, Window } from "./description.ts";
import { renderGrayscale } from "./grayscale.ts";
import { isWindow } from "./grayscale_values.ts";
import { burnOverlay } from "./overlays.ts";
import { requirePixels } from "./samples.ts";
import { applyViewport, type Viewport } from "./viewport.ts";

/** What may be written on an image: keywords of the parameter `annotation` (PS3.18 8.3.5.1.1). */
export type Annotation = "patient" | "technique";

/** What is asked of an image. */
export interface RenderOptions {
  /** Instead of the one that is stored; for grayscale images. */
  readonly window?: Window;
  /** False leaves out overlays of graphics; they are white. */
  readonly overlays?: boolean;
  /** Without it the image has the pixel matrix that is stored. */
  readonly viewport?: Viewport;
  readonly annotations?: readonly Annotation[];
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
  const { viewport, annotations = [], overlays = true } = options;
  const pixels = pixelsOf(frame, description, options);
  if (overlays) {
    for (const overlay of description.overlays) {
      if (overlay.type === "G") burnOverlay(pixels, overlay, 255, frame);
    }
  }
  const raster = viewport === undefined
    ? pixels
    : applyViewport(pixels, viewport, description.pixelAspect);
  const { patient, technique } = description.texts;
  if (annotations.includes("patient")) annotate(raster, patient, "top-left");
  if (annotations.includes("technique")) annotate(raster, technique, "bottom-left");
  return raster;
}

function pixelsOf(frame: Frame, description: FrameDescription, { window }: RenderOptions): Raster {
  const { SamplesPerPixel, PhotometricInterpretation } = frame.format;
  const { palette } = description;
  const isMany = SamplesPerPixel > 1;
  if (isMany && (isColorModel(PhotometricInterpretation) || SamplesPerPixel >= 3)) {
    return renderColor(frame);
  }
  if (PhotometricInterpretation === "PALETTE COLOR" && palette !== undefined) {
    return renderPalette(frame, palette);
  }
  const isMonochrome1 = PhotometricInterpretation === "MONOCHROME1";
  return renderGrayscale(frame, {
    ...description,
    voi: window !== undefined && isWindow(window) ? { kind: "window", window } : description.voi,
    isMonochrome1,
    supplemental: description.isPaletteSupplemental ? palette : undefined,
    pseudoColors: undefined,
  });
}
