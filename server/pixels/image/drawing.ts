/**
 * Lines and areas on a raster.
 * @module
 */
import type { Raster } from "../frame.ts";

/** A place on a raster, whose top left corner is 0, 0. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Draws lines from point to point, `thickness` pixels wide; what lies outside is left out. */
export function drawPolyline(
  raster: Raster,
  points: readonly Point[],
  thickness: number,
  level: number,
): void {
  for (let i = 1; i < points.length; i++) {
    drawLine(raster, points[i - 1]!, points[i]!, thickness, level);
  }
}

function drawLine(raster: Raster, from: Point, to: Point, thickness: number, level: number): void {
  const isSteep = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
  const [u0, v0, u1, v1] = isSteep ? [from.y, from.x, to.y, to.x] : [from.x, from.y, to.x, to.y];
  const slope = u1 === u0 ? 0 : (v1 - v0) / (u1 - u0);
  // Measured across the other axis a slanted line is wider.
  const half = thickness * Math.hypot(1, slope) / 2;
  const [length, across] = isSteep ? [raster.height, raster.width] : [raster.width, raster.height];
  const first = Math.max(0, Math.floor(Math.min(u0, u1)));
  const last = Math.min(length - 1, Math.floor(Math.max(u0, u1)));
  for (let u = first; u <= last; u++) {
    const v = v0 + (u + 0.5 - u0) * slope;
    const end = Math.min(across - 1, Math.floor(v + half));
    for (let w = Math.max(0, Math.floor(v - half)); w <= end; w++) {
      const cover = Math.min(w + 1, v + half) - Math.max(w, v - half);
      if (isSteep) blend(raster, w, u, cover, level);
      else blend(raster, u, w, cover, level);
    }
  }
}

function blend(
  { width, height, channels, data }: Raster,
  x: number,
  y: number,
  cover: number,
  level: number,
): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const share = Math.max(0, Math.min(cover, 1));
  const at = (y * width + x) * channels;
  for (let i = at; i < at + channels; i++) {
    data[i] = Math.round(data[i]! + (level - data[i]!) * share);
  }
}

/**
 * Calls `run` with the pixels of each row whose centers are inside a polygon: from `from` up to
 * `to`, which is not one of them. Points inside twice are outside.
 */
export function scanPolygon(
  points: readonly Point[],
  { width, height }: Pick<Raster, "width" | "height">,
  run: (y: number, from: number, to: number) => void,
): void {
  const clamp = (x: number) => Math.max(0, Math.min(width, Math.ceil(x - 0.5)));
  const heights = points.map(({ y }) => y);
  const first = Math.max(0, Math.floor(heights.reduce((a, b) => Math.min(a, b), height)));
  const last = Math.min(height, Math.ceil(heights.reduce((a, b) => Math.max(a, b), 0)));
  for (let y = first; y < last; y++) {
    const crossings = crossingsAt(points, y + 0.5).sort((left, right) => left - right);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      run(y, clamp(crossings[i]!), clamp(crossings[i + 1]!));
    }
  }
}

function crossingsAt(points: readonly Point[], y: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < points.length; i++) {
    const a = points[i]!;
    const b = points[(i + 1) % points.length]!;
    if ((a.y <= y) !== (b.y <= y)) found.push(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y));
  }
  return found;
}

/** Fills a polygon. */
export function fillPolygon(raster: Raster, points: readonly Point[], level: number): void {
  const { width, channels, data } = raster;
  scanPolygon(points, raster, (y, from, to) => {
    if (to > from) data.fill(level, (y * width + from) * channels, (y * width + to) * channels);
  });
}
