/**
 * Overlay planes: read from a data set, and laid on an image (PS3.3 C.9.2, PS3.5 8.1.2).
 * @module
 */
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { integer, numbers, text } from "../../../lib/dicom/values.ts";
import type { Frame, Raster } from "../frame.ts";
import type { Overlay } from "./description.ts";
import { openCells } from "./samples.ts";

/** An overlay of an image: the planes of all its frames. */
export interface OverlayFrames {
  readonly group: number;
  readonly type: "G" | "R";
  readonly rows: number;
  readonly columns: number;
  readonly x: number;
  readonly y: number;
  /** The image's frame that the first plane belongs to, from 1. */
  readonly firstFrame: number;
  /** Planes; undefined where the one plane lies on every frame. */
  readonly frames: number | undefined;
  readonly bits:
    | { readonly kind: "data"; readonly data: Uint8Array<ArrayBuffer> }
    | { readonly kind: "embedded"; readonly bit: number };
}

/** The groups that overlays are in: even ones from 6000 to 601E. */
const GROUPS = Array.from({ length: 16 }, (_, index) => 0x6000 + 2 * index);

/** The overlays of a data set in the order of their groups; those that lack what is needed are left out. */
export function readOverlays(dataSet: DataSet): OverlayFrames[] {
  return GROUPS.flatMap((group) => readOverlay(dataSet, group) ?? []);
}

function readOverlay(dataSet: DataSet, group: number): OverlayFrames | undefined {
  const tag = (element: number): Tag => group * 0x10000 + element;
  const rows = integer(dataSet, tag(0x0010)) ?? 0;
  const columns = integer(dataSet, tag(0x0011)) ?? 0;
  if (rows <= 0 || columns <= 0) return undefined;
  const bits = overlayBits(dataSet, tag);
  if (bits === undefined) return undefined;
  const [row = 1, column = 1] = numbers(dataSet, tag(0x0050));
  const frames = integer(dataSet, tag(0x0015));
  return {
    group,
    type: text(dataSet, tag(0x0040)) === "R" ? "R" : "G",
    rows,
    columns,
    x: signed16(column) - 1,
    y: signed16(row) - 1,
    firstFrame: Math.max(1, integer(dataSet, tag(0x0051)) ?? 1),
    frames: bits.kind === "data" ? frames : undefined,
    bits,
  };
}

/** Overlay Origin is signed; some write it as US. */
function signed16(value: number): number {
  return Number.isFinite(value) ? (value << 16) >> 16 : 1;
}

function overlayBits(
  dataSet: DataSet,
  tag: (element: number) => Tag,
): OverlayFrames["bits"] | undefined {
  const data = dataSet.get(tag(0x3000));
  if (data?.kind === "value" && data.bytes.length > 0) {
    return { kind: "data", data: new Uint8Array(data.bytes) };
  }
  const allocated = integer(dataSet, tag(0x0100)) ?? 1;
  const bit = integer(dataSet, tag(0x0102)) ?? 0;
  return data === undefined && allocated > 1 && bit < allocated
    ? { kind: "embedded", bit }
    : undefined;
}

/** The planes that lie on a frame, which counts from 1. */
export function overlaysOf(overlays: readonly OverlayFrames[], frame: number): Overlay[] {
  return overlays.flatMap((overlay): Overlay[] => {
    const { firstFrame, frames, bits, ...plane } = overlay;
    if (bits.kind === "embedded") return [{ ...plane, bits }];
    const index = frames === undefined ? 0 : frame - firstFrame;
    if (index < 0 || index >= (frames ?? 1)) return [];
    const count = plane.rows * plane.columns;
    const from = index * count;
    const first = Math.floor(from / 8);
    const data = bits.data.slice(first, Math.ceil((from + count) / 8));
    return [{ ...plane, bits: { kind: "data", data, firstBit: from % 8 } }];
  });
}

/** Sets the pixels of a raster that an overlay marks to `level` (0 to 255). `frame` is what the raster was made of. */
export function burnOverlay(raster: Raster, overlay: Overlay, level: number, frame: Frame): void {
  const isSet = bitReader(overlay, frame);
  const { width, height, channels, data } = raster;
  for (let row = Math.max(0, -overlay.y); row < overlay.rows; row++) {
    const y = row + overlay.y;
    if (y >= height) break;
    for (let column = Math.max(0, -overlay.x); column < overlay.columns; column++) {
      const x = column + overlay.x;
      if (x >= width) break;
      if (!isSet(row * overlay.columns + column)) continue;
      const at = (y * width + x) * channels;
      data.fill(level, at, at + channels);
    }
  }
}

/** Tells whether the pixel of an index is marked; what is missing is not. */
function bitReader({ bits }: Overlay, frame: Frame): (index: number) => boolean {
  if (bits.kind === "data") {
    const { data, firstBit } = bits;
    return (index) => {
      const at = index + firstBit;
      return ((data[at >>> 3] ?? 0) >>> (at & 7) & 1) === 1;
    };
  }
  if (frame.format.sample !== "integer" || bits.bit >= frame.format.BitsAllocated) {
    return () => false;
  }
  const { cells } = openCells(frame);
  return (index) => ((cells[index] ?? 0) >>> bits.bit & 1) === 1;
}
