/**
 * From a decoded frame to an image to look at (PS3.4 N.2).
 * @module
 */
import type { Frame, Raster } from "../frame.ts";
import { isColorModel, renderColor, renderPalette } from "./color.ts";
import type { FrameDescription, Window } from "./description.ts";
import { renderGrayscale } from "./grayscale.ts";
import { isWindow } from "./grayscale_values.ts";
import { burnOverlay } from "./overlays.ts";
import { requirePixels } from "./samples.ts";

/** What is asked of an image. */
export interface RenderOptions {
  /** Instead of the one that is stored; for grayscale images. */
  readonly window?: Window;
  /** False leaves out overlays of graphics; they are white. */
  readonly overlays?: boolean;
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
  const raster = pixelsOf(frame, description, options);
  if (options.overlays ?? true) {
    for (const overlay of description.overlays) {
      if (overlay.type === "G") burnOverlay(raster, overlay, 255, frame);
    }
  }
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
    isInverted: isMonochrome1,
    supplemental: description.isPaletteSupplemental ? palette : undefined,
    pseudoColors: undefined,
  });
}
