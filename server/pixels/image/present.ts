/**
 * The spatial half of a presentation state: turned, cut to the displayed area, and drawn on.
 * @module
 */
import type { Raster, Rectangle } from "../frame.ts";
import type { Point } from "./drawing.ts";
import { drawGraphics, type Placement } from "./graphics.ts";
import type { DisplayedArea, FramePresentation } from "./presentation_state.ts";
import { resample } from "./resample.ts";
import { fittingSize, flip, rotate, type Viewport } from "./viewport.ts";

/** Where the displayed area lies in the turned image, and what it becomes. */
interface Display {
  /** In pixels of the turned image; only what fits into the viewport. */
  readonly region: Rectangle;
  readonly width: number;
  readonly height: number;
  /** The whole displayed area in pixels of the result: what DISPLAY coordinates are parts of. */
  readonly area: Pick<Rectangle, "width" | "height">;
}

/**
 * Turns an image, scales its displayed area into the viewport (PS3.18 8.3.5.1.6) and draws the
 * annotations; without a viewport a pixel stays a pixel.
 *
 * @param pixelAspect height of a pixel of the image over its width
 * @throws {PixelError} where the result has more pixels than are made
 */
export function present(
  raster: Raster,
  presentation: FramePresentation,
  viewport: Viewport | undefined,
  pixelAspect: number,
): Raster {
  const { rotation, isFlipped, area, annotations, layers } = presentation;
  const turned = flip(rotate(raster, rotation), isFlipped, false);
  const turn = pointTurner(raster, presentation);
  const region = area === undefined
    ? { x: 0, y: 0, width: turned.width, height: turned.height }
    : turnedArea(area, turn);
  const aspect = area?.pixelAspect ?? pixelAspect;
  const isSideways = rotation === 90 || rotation === 270;
  const display = displayOf(region, area, isSideways ? 1 / aspect : aspect, viewport);
  const shown = resample(turned, display.region, display.width, display.height);
  // Nothing may be drawn on the pixels that were given.
  const target = shown === raster ? { ...shown, data: shown.data.slice() } : shown;
  const place = placementOf(display, turn);
  const layerOf = (name: string) => layers.find((layer) => layer.name === name);
  const order = (name: string) => layerOf(name)?.order ?? 0;
  for (const one of annotations.toSorted((a, b) => order(a.layer) - order(b.layer))) {
    drawGraphics(target, one, place, layerOf(one.layer)?.level ?? 255);
  }
  return target;
}

/** From a place in the image to that in the turned image. */
function pointTurner(
  { width, height }: Raster,
  { rotation, isFlipped }: FramePresentation,
): (point: Point) => Point {
  const turnedWidth = rotation === 90 || rotation === 270 ? height : width;
  const turn = ({ x, y }: Point): Point => {
    switch (rotation) {
      case 0:
        return { x, y };
      case 90:
        return { x: height - y, y: x };
      case 180:
        return { x: width - x, y: height - y };
      case 270:
        return { x: y, y: width - x };
    }
  };
  return (point) => {
    const turned = turn(point);
    return isFlipped ? { x: turnedWidth - turned.x, y: turned.y } : turned;
  };
}

function turnedArea({ from, to }: DisplayedArea, turn: (point: Point) => Point): Rectangle {
  const a = turn({ x: Math.min(from[0], to[0]) - 1, y: Math.min(from[1], to[1]) - 1 });
  const b = turn({ x: Math.max(from[0], to[0]), y: Math.max(from[1], to[1]) });
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

function displayOf(
  region: Rectangle,
  area: DisplayedArea | undefined,
  aspect: number,
  viewport: Viewport | undefined,
): Display {
  if (area?.mode === "MAGNIFY") return magnified(region, area.magnification, viewport);
  const size = viewport === undefined
    ? {
      width: Math.max(1, Math.round(region.width)),
      height: Math.max(1, Math.round(region.height)),
    }
    : fittingSize(region.width, region.height * aspect, viewport);
  return { region, ...size, area: size };
}

/** The area as much larger as it says, and of that what the viewport has room for. */
function magnified(
  region: Rectangle,
  magnification: number,
  viewport: Viewport | undefined,
): Display {
  const area = { width: region.width * magnification, height: region.height * magnification };
  const width = Math.max(1, Math.round(Math.min(area.width, viewport?.width ?? Infinity)));
  const height = Math.max(1, Math.round(Math.min(area.height, viewport?.height ?? Infinity)));
  const seen = { ...region, width: width / magnification, height: height / magnification };
  return { region: seen, width, height, area };
}

function placementOf(
  { region, width, height, area }: Display,
  turn: (point: Point) => Point,
): Placement {
  return (point, units) => {
    if (units === "DISPLAY") return { x: point.x * area.width, y: point.y * area.height };
    const { x, y } = turn(point);
    return {
      x: (x - region.x) * width / region.width,
      y: (y - region.y) * height / region.height,
    };
  };
}
