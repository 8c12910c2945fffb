import { assertEquals, assertThrows } from "@std/assert";
import { PixelError } from "../../../../server/pixels/frame.ts";
import {
  applyViewport,
  flip,
  rotate,
  type Viewport,
} from "../../../../server/pixels/image/viewport.ts";
import { grayRaster, rowsOf } from "../../../support/images.ts";

const SQUARE = grayRaster([[0, 40], [80, 120]]);
const ROWS = grayRaster([[1, 2, 3], [4, 5, 6]]);

function shown(viewport: Viewport, raster = ROWS, aspect = 1): number[][] {
  return rowsOf(applyViewport(raster, viewport, aspect));
}

Deno.test("applyViewport: fits the image into the viewport without changing its shape", () => {
  const size = (width: number, height: number, aspect = 1) => {
    const raster = applyViewport(ROWS, { width, height }, aspect);
    return [raster.width, raster.height];
  };
  assertEquals(size(30, 30), [30, 20]);
  assertEquals(size(300, 20), [30, 20]);
  assertEquals(size(1, 1), [1, 1]);
  // Pixels twice as high as wide.
  assertEquals(size(30, 30, 2), [23, 30]);
});

Deno.test("applyViewport: averages what shrinks over the area of each pixel", () => {
  assertEquals(shown({ width: 1, height: 1 }, SQUARE), [[60]]);
  assertEquals(shown({ width: 2, height: 2 }, grayRaster([[0, 30, 90]])), [[10, 70]]);
});

Deno.test("applyViewport: interpolates what grows between the centers of pixels", () => {
  assertEquals(
    shown({ width: 4, height: 4 }, SQUARE),
    [[0, 10, 30, 40], [20, 30, 50, 60], [60, 70, 90, 100], [80, 90, 110, 120]],
  );
});

Deno.test("applyViewport: keeps colours apart", () => {
  const raster = {
    width: 2,
    height: 1,
    channels: 3,
    data: Uint8Array.of(0, 10, 20, 100, 30, 40),
  } as const;
  assertEquals([...applyViewport(raster, { width: 1, height: 1 }).data], [50, 20, 30]);
});

Deno.test("applyViewport: cuts out a region, up to the edges where no size is given", () => {
  assertEquals(shown({ width: 2, height: 1, sx: 1, sy: 1 }), [[5, 6]]);
  assertEquals(shown({ width: 1, height: 2, sx: 2, sw: 1 }), [[3], [6]]);
  assertEquals(shown({ width: 2, height: 2, sw: 2 }), [[1, 2], [4, 5]]);
  assertEquals(shown({ width: 2, height: 2, sx: -1, sw: 40 }), [[2, 3], [5, 6]]);
});

Deno.test("applyViewport: takes parts of pixels by their share", () => {
  assertEquals(shown({ width: 1, height: 1, sx: 0.5, sw: 2, sh: 1 }), [[2]]);
});

Deno.test("applyViewport: flips where width or height are below 0", () => {
  assertEquals(shown({ width: 3, height: 2, sw: -3 }), [[3, 2, 1], [6, 5, 4]]);
  assertEquals(shown({ width: 3, height: 2, sh: -2 }), [[4, 5, 6], [1, 2, 3]]);
  assertEquals(shown({ width: 2, height: 2, sx: 1, sw: -2, sh: -2 }), [[6, 5], [3, 2]]);
});

Deno.test("applyViewport: refuses a region outside the image, and results too large", () => {
  const kind = (viewport: Viewport) => assertThrows(() => shown(viewport), PixelError).kind;
  assertEquals(kind({ width: 1, height: 1, sx: 3 }), "asked");
  assertEquals(kind({ width: 1, height: 1, sw: 0 }), "asked");
  assertEquals(kind({ width: 1e6, height: 1e6 }), "limit");
  const line = grayRaster([[1, 2]]);
  assertThrows(() => applyViewport(line, { width: 70_000, height: 70_000 }, 1e-4), PixelError);
});

Deno.test("rotate, flip: turn clockwise and mirror", () => {
  assertEquals(rowsOf(rotate(ROWS, 90)), [[4, 1], [5, 2], [6, 3]]);
  assertEquals(rowsOf(rotate(ROWS, 180)), [[6, 5, 4], [3, 2, 1]]);
  assertEquals(rowsOf(rotate(ROWS, 270)), [[3, 6], [2, 5], [1, 4]]);
  assertEquals(rowsOf(flip(ROWS, true, false)), [[3, 2, 1], [6, 5, 4]]);
  assertEquals(rowsOf(flip(ROWS, false, true)), [[4, 5, 6], [1, 2, 3]]);
});
