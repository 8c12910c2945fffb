/**
 * Text on an image: white, with a black edge so that it can be read on anything.
 * @module
 */
import type { Raster } from "../frame.ts";
import { type Glyph, GLYPH_COLUMNS, GLYPH_ROWS, glyphsOf, MARK_ROWS } from "./font.ts";

/** Dots from one line to the next. */
const LINE_DOTS = MARK_ROWS + GLYPH_ROWS;
const LETTER_DOTS = GLYPH_COLUMNS + 1;
/** Dots that lie between the text and the edge of the image. */
const MARGIN_DOTS = 4;
/** An image so high has text of one pixel a dot; larger ones have larger text. */
const PIXELS_A_DOT = 400;
/** A line longer than this is cut. */
const LINE_MAX = 200;

/** Where lines are written: in which corner. */
export type Corner = "top-left" | "top-right" | "bottom-left" | "bottom-right";

/** Size of a block of text in pixels. */
export interface TextSize {
  readonly width: number;
  readonly height: number;
}

/** How many pixels a dot of text has on an image. */
export function dotSize({ width, height }: Pick<Raster, "width" | "height">): number {
  return Math.max(1, Math.round(Math.min(width, height) / PIXELS_A_DOT));
}

/** The size that lines take. */
export function textSize(lines: readonly string[], dot: number): TextSize {
  const longest = Math.max(0, ...lines.map((line) => glyphsOf(line.slice(0, LINE_MAX)).length));
  return { width: longest * LETTER_DOTS * dot, height: lines.length * LINE_DOTS * dot };
}

/** Writes lines into a corner of a raster, which is changed. */
export function annotate(raster: Raster, lines: readonly string[], corner: Corner): void {
  const dot = dotSize(raster);
  const margin = MARGIN_DOTS * dot;
  const { height } = textSize(lines, dot);
  const top = corner.startsWith("top") ? margin : raster.height - margin - height;
  for (const [index, line] of lines.entries()) {
    const { width } = textSize([line], dot);
    const left = corner.endsWith("left") ? margin : raster.width - margin - width;
    writeLine(raster, line, left, top + index * LINE_DOTS * dot, dot);
  }
}

/** Writes one line with its top left corner at `left`, `top`; what lies outside is left out. */
export function writeLine(
  raster: Raster,
  line: string,
  left: number,
  top: number,
  dot: number,
  level = 255,
): void {
  const glyphs = glyphsOf(line.slice(0, LINE_MAX));
  const edge = level < 128 ? 255 : 0;
  // The edge first, so that it never covers a letter beside it.
  for (const [grow, shade] of [[1, edge], [0, level]] as const) {
    for (const [index, glyph] of glyphs.entries()) {
      writeGlyph(raster, glyph, left + index * LETTER_DOTS * dot, top, dot, grow, shade);
    }
  }
}

function writeGlyph(
  raster: Raster,
  glyph: Glyph,
  left: number,
  top: number,
  dot: number,
  grow: number,
  level: number,
): void {
  for (const [row, dots] of glyph.entries()) {
    for (let column = 0; column < GLYPH_COLUMNS; column++) {
      if ((dots >>> (GLYPH_COLUMNS - 1 - column) & 1) === 0) continue;
      const x = Math.round(left) + column * dot - grow;
      const y = Math.round(top) + row * dot - grow;
      fillRectangle(raster, x, y, dot + 2 * grow, dot + 2 * grow, level);
    }
  }
}

/** Fills a rectangle; what lies outside of the raster is left out. */
export function fillRectangle(
  { width, height, channels, data }: Raster,
  x: number,
  y: number,
  columns: number,
  rows: number,
  level: number,
): void {
  const from = Math.max(0, x);
  const to = Math.min(width, x + columns);
  if (to <= from) return;
  for (let row = Math.max(0, y); row < Math.min(height, y + rows); row++) {
    data.fill(level, (row * width + from) * channels, (row * width + to) * channels);
  }
}
