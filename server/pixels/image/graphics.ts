/**
 * Graphic annotations of presentation states (PS3.3 C.10.5): read, and drawn.
 * @module
 */
import { charsetOf } from "../../../lib/dicom/charset.ts";
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { items, numbers, text } from "../../../lib/dicom/values.ts";
import type { Raster } from "../frame.ts";
import { dotSize, textSize, writeLine } from "./annotate.ts";
import { drawPolyline, fillPolygon, type Point } from "./drawing.ts";

/** Limits of one shape, annotation and text; what goes beyond is left out. */
const POINTS_MAX = 10_000;
const OBJECTS_MAX = 1000;
const TEXT_LINES_MAX = 50;

/** Most work that all annotations of a presentation state may be, as {@linkcode workOf} counts it. */
export const GRAPHICS_WORK_MAX = 50_000;

/** What coordinates count: pixels of the image from its corner 0, 0, or parts of the displayed area. */
export type Units = "PIXEL" | "DISPLAY";

/** A shape. */
export interface Graphic {
  readonly units: Units;
  readonly type: "POINT" | "POLYLINE" | "INTERPOLATED" | "CIRCLE" | "ELLIPSE";
  readonly points: readonly Point[];
  readonly isFilled: boolean;
}

/** A text, in a box or beside a point. */
export interface TextObject {
  readonly lines: readonly string[];
  readonly box:
    | {
      readonly units: Units;
      readonly from: Point;
      readonly to: Point;
      readonly justification: "LEFT" | "RIGHT" | "CENTER";
    }
    | undefined;
  readonly anchor:
    | { readonly units: Units; readonly point: Point; readonly isVisible: boolean }
    | undefined;
}

/** The shapes and texts of one item. */
export interface GraphicAnnotation {
  readonly layer: string;
  readonly graphics: readonly Graphic[];
  readonly texts: readonly TextObject[];
}

/** Reads an item of Graphic Annotation Sequence. `around` is the data set that it is in. */
export function readGraphics(item: DataSet, around: DataSet): GraphicAnnotation {
  return {
    layer: text(item, 0x00700002) ?? "",
    graphics: items(item, 0x00700009).slice(0, OBJECTS_MAX).flatMap((one) =>
      readGraphic(one) ?? []
    ),
    texts: items(item, 0x00700008).slice(0, OBJECTS_MAX).flatMap((one) =>
      readText(one, around) ?? []
    ),
  };
}

/** About how much drawing an annotation is: one for each point, as much as a line of text for each of those. */
export function workOf({ graphics, texts }: GraphicAnnotation): number {
  const points = graphics.reduce((sum, graphic) => sum + graphic.points.length, 0);
  return texts.reduce((sum, { lines }) => sum + 20 * lines.length, points);
}

function unitsOf(item: DataSet, tag: Tag): Units {
  return text(item, tag) === "DISPLAY" ? "DISPLAY" : "PIXEL";
}

function pointsOf(item: DataSet, tag: Tag): Point[] {
  const values = numbers(item, tag).slice(0, 2 * POINTS_MAX);
  const points: Point[] = [];
  for (let i = 0; i + 1 < values.length; i += 2) {
    const point = { x: values[i]!, y: values[i + 1]! };
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) points.push(point);
  }
  return points;
}

/** Points that each type needs. */
const POINTS_NEEDED = { POINT: 1, POLYLINE: 2, INTERPOLATED: 2, CIRCLE: 2, ELLIPSE: 4 } as const;

function isGraphicType(term: string): term is Graphic["type"] {
  return Object.hasOwn(POINTS_NEEDED, term);
}

function readGraphic(item: DataSet): Graphic | undefined {
  const type = text(item, 0x00700023) ?? "";
  const points = pointsOf(item, 0x00700022);
  if (!isGraphicType(type) || points.length < POINTS_NEEDED[type]) return undefined;
  const isFilled = text(item, 0x00700024) === "Y";
  return { units: unitsOf(item, 0x00700005), type, points, isFilled };
}

function readText(item: DataSet, around: DataSet): TextObject | undefined {
  const whole = text(item, 0x00700006, charsetOf(item, charsetOf(around)));
  const [from] = pointsOf(item, 0x00700010);
  const [to] = pointsOf(item, 0x00700011);
  const [point] = pointsOf(item, 0x00700014);
  if (whole === undefined || (from === undefined && point === undefined)) return undefined;
  const side = text(item, 0x00700012);
  return {
    lines: whole.split(/\r\n|\r|\n/).slice(0, TEXT_LINES_MAX),
    box: from && to && {
      units: unitsOf(item, 0x00700003),
      from,
      to,
      justification: side === "RIGHT" || side === "CENTER" ? side : "LEFT",
    },
    anchor: point && {
      units: unitsOf(item, 0x00700004),
      point,
      isVisible: text(item, 0x00700015) === "Y",
    },
  };
}

/** From coordinates of an annotation to those of the raster that it is drawn on. */
export type Placement = (point: Point, units: Units) => Point;

/** Draws shapes and texts on a raster in a gray of 0 to 255. */
export function drawGraphics(
  raster: Raster,
  { graphics, texts }: GraphicAnnotation,
  place: Placement,
  level: number,
): void {
  const thickness = dotSize(raster);
  for (const graphic of graphics) {
    const outline = outlineOf(graphic).map((point) => place(point, graphic.units));
    if (graphic.type === "POINT") drawDot(raster, outline[0]!, 2 * thickness, level);
    else if (graphic.isFilled) fillPolygon(raster, outline, level);
    else drawPolyline(raster, outline, thickness, level);
  }
  for (const object of texts) drawText(raster, object, place, level);
}

function drawDot(raster: Raster, { x, y }: Point, radius: number, level: number): void {
  fillPolygon(raster, arc({ x, y }, { x: radius, y: 0 }, { x: 0, y: radius }), level);
}

/** The shape as points to be joined by lines. */
function outlineOf({ type, points }: Graphic): readonly Point[] {
  const [first, second, third, fourth] = points;
  switch (type) {
    case "POINT":
    case "POLYLINE":
      return points;
    case "INTERPOLATED":
      return curve(points);
    case "CIRCLE": {
      const radius = Math.hypot(second!.x - first!.x, second!.y - first!.y);
      return arc(first!, { x: radius, y: 0 }, { x: 0, y: radius });
    }
    case "ELLIPSE": {
      const center = { x: (first!.x + second!.x) / 2, y: (first!.y + second!.y) / 2 };
      const toward = ({ x, y }: Point) => ({ x: x - center.x, y: y - center.y });
      return arc(center, toward(second!), toward(fourth ?? third!));
    }
  }
}

/** Corners of the polygon that stands for an ellipse. */
const ARC_CORNERS = 128;

/** A closed ellipse about a center, through the ends of two half axes. */
function arc(center: Point, major: Point, minor: Point): Point[] {
  return Array.from({ length: ARC_CORNERS + 1 }, (_, index) => {
    const angle = 2 * Math.PI * index / ARC_CORNERS;
    const [a, b] = [Math.cos(angle), Math.sin(angle)];
    return { x: center.x + a * major.x + b * minor.x, y: center.y + a * major.y + b * minor.y };
  });
}

/** Lines that stand for the curve between two points. */
const CURVE_PIECES = 8;

/** A smooth curve through all points: on each stretch the cubic whose slopes are those of its neighbours. */
function curve(points: readonly Point[]): Point[] {
  const at = (index: number) => points[Math.max(0, Math.min(index, points.length - 1))]!;
  const found: Point[] = [at(0)];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let piece = 1; piece <= CURVE_PIECES; piece++) {
      const t = piece / CURVE_PIECES;
      const along = (axis: "x" | "y") => cubic(a[axis], b[axis], c[axis], d[axis], t);
      found.push({ x: along("x"), y: along("y") });
    }
  }
  return found;
}

function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const leaving = (c - a) / 2;
  const arriving = (d - b) / 2;
  const bend = 2 * (b - c) + leaving + arriving;
  return ((bend * t + 3 * (c - b) - 2 * leaving - arriving) * t + leaving) * t + b;
}

function drawText(raster: Raster, object: TextObject, place: Placement, level: number): void {
  const { lines, box, anchor } = object;
  const dot = dotSize(raster);
  const target = anchor && place(anchor.point, anchor.units);
  if (box !== undefined) {
    const corners = [place(box.from, box.units), place(box.to, box.units)];
    // Turned or mirrored, text still runs from left to right.
    const left = Math.min(...corners.map(({ x }) => x));
    const top = Math.min(...corners.map(({ y }) => y));
    const width = Math.max(...corners.map(({ x }) => x)) - left;
    for (const [index, line] of lines.entries()) {
      const size = textSize([line], dot);
      const free = box.justification === "LEFT" ? 0 : width - size.width;
      const indent = box.justification === "CENTER" ? free / 2 : free;
      writeLine(raster, line, left + indent, top + index * size.height, dot, level);
    }
    if (anchor?.isVisible && target !== undefined) {
      drawPolyline(raster, [{ x: left, y: top }, target], dot, level);
    }
    return;
  }
  if (target === undefined) return;
  if (anchor?.isVisible) drawDot(raster, target, 2 * dot, level);
  for (const [index, line] of lines.entries()) {
    const { height } = textSize([line], dot);
    writeLine(raster, line, target.x + 4 * dot, target.y + index * height, dot, level);
  }
}
