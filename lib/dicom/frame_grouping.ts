/**
 * Which fragments of encapsulated pixel data make which frame (PS3.5 A.4, PS3.3 C.7.6.3.1.8),
 * decided once when an object is scanned.
 * @module
 */
import type { DataSet, FragmentsElement } from "./dataset.ts";

/** How fragments make frames. */
export type FrameGrouping =
  /** Fragment n is frame n. */
  | { readonly kind: "each" }
  /** All fragments are one frame, or one stream of frames (video). */
  | { readonly kind: "all" }
  /** Number of each frame's first fragment, counted from 0; the first is 0, and they ascend. */
  | { readonly kind: "starts"; readonly starts: Uint32Array }
  /** Several fragments a frame, and nothing that says where one begins. */
  | { readonly kind: "unknown" };

const EXTENDED_OFFSET_TABLE = 0x7fe00001;

/**
 * Groups fragments into `frames` frames. Where their numbers agree no table is asked, so that a
 * wrong one does no harm; otherwise the Extended Offset Table decides, then the basic one, then the
 * markers with which coded frames start.
 */
export function groupFragments(
  { fragments, basicOffsetTable, beginnings }: FragmentsElement,
  frames: number,
  dataSet: DataSet,
): FrameGrouping {
  const count = fragments.length / 2;
  if (frames === 1) return { kind: "all" };
  if (count === frames) return { kind: "each" };
  // Fewer fragments than frames: a video, or a stream of frames with its own limits between them.
  if (count < frames) return count === 1 ? { kind: "all" } : { kind: "unknown" };
  const extended = dataSet.get(EXTENDED_OFFSET_TABLE);
  const extendedBytes = extended?.kind === "value" ? extended.bytes : new Uint8Array(0);
  const starts = startsBy(readOffsets(extendedBytes, 8), fragments, frames) ??
    startsBy(readOffsets(basicOffsetTable, 4), fragments, frames) ??
    startsByMarkers(beginnings ?? new Uint8Array(0), frames);
  return starts === undefined ? { kind: "unknown" } : { kind: "starts", starts };
}

function readOffsets(table: Uint8Array, width: 4 | 8): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const offsets: number[] = [];
  for (let at = 0; at + width <= table.length; at += width) {
    offsets.push(width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true)));
  }
  return offsets;
}

/** Where frames start; undefined where an offset is not where a fragment's item begins. */
function startsBy(
  offsets: readonly number[],
  fragments: Float64Array,
  frames: number,
): Uint32Array | undefined {
  if (offsets.length !== frames || offsets[0] !== 0) return undefined;
  const starts = new Uint32Array(frames);
  const origin = fragments[0]!;
  let frame = 0;
  for (let i = 0; i < fragments.length && frame < frames; i += 2) {
    // Offsets count from the first fragment's item, whose header is as long as every other's.
    if (fragments[i]! - origin === offsets[frame]) starts[frame++] = i / 2;
  }
  return frame === frames ? starts : undefined;
}

/** JPEG and JPEG-LS (SOI), JPEG 2000 (SOC), JPEG XL: the first two bytes of a coded frame. */
const MARKERS: ReadonlySet<number> = new Set([0xffd8, 0xff4f, 0xff0a]);

/** Where frames start; undefined where there are not as many markers as frames, the first at once. */
function startsByMarkers(beginnings: Uint8Array, frames: number): Uint32Array | undefined {
  const starts: number[] = [];
  for (let i = 0; i < beginnings.length; i += 2) {
    if (MARKERS.has(beginnings[i]! * 256 + beginnings[i + 1]!)) starts.push(i / 2);
  }
  return starts.length === frames && starts[0] === 0 ? Uint32Array.from(starts) : undefined;
}
