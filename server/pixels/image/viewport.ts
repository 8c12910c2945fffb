/**
 * The part of an image that is asked for, in the size that is asked for (PS3.18 8.3.5.1.3).
 * @module
 */
import { PixelError, type Raster, type Rectangle } from "../frame.ts";
import { resample } from "./resample.ts";

/** The parameter `viewport`, its optional values undefined where they are elided. */
export interface Viewport {
  /** vw and vh: at most so large is the result, and in one direction just so. */
  readonly width: number;
  readonly height: number;
  /** Left edge of the region in pixels of the image: its absolute value is meant; 0 by default. */
  readonly sx?: number | undefined;
  readonly sy?: number | undefined;
  /** Width of the region, below 0 to flip the image horizontally; up to the right edge by default. */
  readonly sw?: number | undefined;
  readonly sh?: number | undefined;
}

/**
 * Crops an image and scales it to fit; its pixels come out square. What of the region lies beyond
 * the image is left out.
 *
 * @param pixelAspect height of a pixel over its width
 * @throws {PixelError} where nothing of the region lies in the image, or the result were too large
 */
export function applyViewport(raster: Raster, viewport: Viewport, pixelAspect: number = 1): Raster {
  const { sx = 0, sy = 0, sw, sh } = viewport;
  const [x, width] = clipped(Math.abs(sx), Math.abs(sw ?? Infinity), raster.width);
  const [y, height] = clipped(Math.abs(sy), Math.abs(sh ?? Infinity), raster.height);
  const size = fittingSize(width, height * pixelAspect, viewport);
  const scaled = resample(raster, { x, y, width, height }, size.width, size.height);
  return flip(scaled, (sw ?? 1) < 0, (sh ?? 1) < 0);
}

/** The largest size of the same shape that fits, in whole pixels. */
export function fittingSize(
  width: number,
  height: number,
  most: Pick<Rectangle, "width" | "height">,
): Pick<Rectangle, "width" | "height"> {
  const scale = Math.min(most.width / width, most.height / height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** Start and length of what lies in an image of `most` pixels. */
function clipped(start: number, length: number, most: number): [number, number] {
  const inside = Math.min(length, most - start);
  if (!(inside > 0)) {
    throw new PixelError("asked", "The region asked for lies outside the image");
  }
  return [start, inside];
}

/** Mirrors a raster. */
export function flip(raster: Raster, horizontally: boolean, vertically: boolean): Raster {
  if (!horizontally && !vertically) return raster;
  const { width, height } = raster;
  return remap(raster, width, height, (x, y) => {
    const column = horizontally ? width - 1 - x : x;
    return (vertically ? height - 1 - y : y) * width + column;
  });
}

/** Turns a raster clockwise by 0, 90, 180 or 270 degrees. */
export function rotate(raster: Raster, degrees: number): Raster {
  const { width, height } = raster;
  switch (degrees) {
    case 90:
      return remap(raster, height, width, (x, y) => (height - 1 - x) * width + y);
    case 180:
      return flip(raster, true, true);
    case 270:
      return remap(raster, height, width, (x, y) => x * width + (width - 1 - y));
    default:
      return raster;
  }
}

/** A raster whose pixel x, y is the pixel of the index that `source` gives. */
function remap(
  { channels, data }: Raster,
  width: number,
  height: number,
  source: (x: number, y: number) => number,
): Raster {
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = source(x, y) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel]!;
    }
  }
  return { width, height, channels, data: out };
}
