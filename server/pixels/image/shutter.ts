/**
 * Display shutters (PS3.3 C.7.6.11, C.7.6.15): what lies outside of them is not to be seen.
 * @module
 */
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { integer, numbers, strings } from "../../../lib/dicom/values.ts";
import type { Raster } from "../frame.ts";
import { fillRectangle } from "./annotate.ts";
import { type Point, scanPolygon } from "./drawing.ts";

/** Most corners of a polygon that are used. */
const CORNERS_MAX = 1000;

/** One shape; coordinates are pixels of the image, of which the top left is 1, 1. */
export type ShutterShape =
  | {
    readonly kind: "rectangle";
    readonly left: number;
    readonly right: number;
    readonly upper: number;
    readonly lower: number;
  }
  | { readonly kind: "circle"; readonly x: number; readonly y: number; readonly radius: number }
  | { readonly kind: "polygon"; readonly corners: readonly Point[] }
  /** Marked pixels of this overlay are covered. */
  | { readonly kind: "bitmap"; readonly group: number };

/** All shapes of a shutter: only what is inside each of them is seen. */
export interface Shutter {
  readonly shapes: readonly ShutterShape[];
  /** Gray of what is covered, 0 to 255. */
  readonly level: number;
}

/** The shutter of a data set; undefined where it has none. */
export function readShutter(dataSet: DataSet): Shutter | undefined {
  const shapes = strings(dataSet, 0x00181600).flatMap((term) => readShape(dataSet, term) ?? []);
  const level = (integer(dataSet, 0x00181622) ?? 0) >>> 8 & 0xff;
  return shapes.length === 0 ? undefined : { shapes, level };
}

function readShape(dataSet: DataSet, term: string): ShutterShape | undefined {
  const number = (tag: Tag) => numbers(dataSet, tag)[0] ?? NaN;
  switch (term) {
    case "RECTANGULAR":
      return whole({
        kind: "rectangle",
        left: number(0x00181602),
        right: number(0x00181604),
        upper: number(0x00181606),
        lower: number(0x00181608),
      });
    case "CIRCULAR": {
      const [y = NaN, x = NaN] = numbers(dataSet, 0x00181610);
      return whole({ kind: "circle", x, y, radius: number(0x00181612) });
    }
    case "POLYGONAL": {
      const values = numbers(dataSet, 0x00181620).slice(0, 2 * CORNERS_MAX);
      const corners: Point[] = [];
      for (let i = 0; i + 1 < values.length; i += 2) {
        corners.push({ y: values[i]!, x: values[i + 1]! });
      }
      return corners.length < 3 ? undefined : { kind: "polygon", corners };
    }
    case "BITMAP": {
      const group = integer(dataSet, 0x00181623);
      return group === undefined ? undefined : { kind: "bitmap", group };
    }
    default:
      return undefined;
  }
}

function whole(shape: ShutterShape): ShutterShape | undefined {
  return Object.values(shape).some((value) => Number.isNaN(value)) ? undefined : shape;
}

/** Covers what lies outside the shapes; bitmaps are overlays, and are laid on as such. */
export function applyShutter(raster: Raster, { shapes, level }: Shutter): void {
  for (const shape of shapes) {
    switch (shape.kind) {
      case "rectangle":
        keepRuns(raster, level, (run) => {
          for (
            let y = Math.max(0, shape.upper - 1);
            y < Math.min(raster.height, shape.lower);
            y++
          ) {
            run(y, shape.left - 1, shape.right);
          }
        });
        break;
      case "circle":
        keepRuns(raster, level, (run) => {
          for (let y = 0; y < raster.height; y++) {
            const square = shape.radius ** 2 - (y + 1 - shape.y) ** 2;
            const half = Math.sqrt(square);
            if (square >= 0) run(y, Math.ceil(shape.x - half) - 1, Math.floor(shape.x + half));
          }
        });
        break;
      case "polygon": {
        const corners = shape.corners.map(({ x, y }) => ({ x: x - 0.5, y: y - 0.5 }));
        keepRuns(raster, level, (run) => scanPolygon(corners, raster, run));
        break;
      }
      case "bitmap":
        break;
    }
  }
}

type Run = (y: number, from: number, to: number) => void;

/** Covers all but the runs that `mark` names. */
function keepRuns(raster: Raster, level: number, mark: (run: Run) => void): void {
  const { width, height, channels, data } = raster;
  const kept = new Uint8Array(width * height);
  mark((y, from, to) => {
    kept.fill(1, y * width + Math.max(0, from), y * width + Math.max(0, Math.min(width, to)));
  });
  if (!kept.includes(1)) {
    fillRectangle(raster, 0, 0, width, height, level);
    return;
  }
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] === 0) data.fill(level, i * channels, (i + 1) * channels);
  }
}
