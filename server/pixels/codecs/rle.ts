/**
 * RLE Lossless: a segment for each byte of each sample, the most significant first, in the packing
 * of TIFF (PS3.5 Annex G).
 * @module
 */
import type { PixelFormat } from "../../../lib/dicom/pixel_format.ts";
import { type Bytes, PixelError } from "../frame.ts";
import { bytesPerSample, fullFrameLength } from "./geometry.ts";

const HEADER = 64;
const SEGMENTS_MAX = 15;
/** Bytes that one run of either kind stands for, at most. */
const RUN_MAX = 128;

/** Where segments lie and how their bytes are spread over a frame of interleaved samples. */
interface Layout {
  /** Bytes that a segment stands for. */
  readonly length: number;
  /** Bytes from one to the next in the frame. */
  readonly stride: number;
  /** The place of the first byte in the frame, for each segment. */
  readonly starts: readonly number[];
}

/** Samples of 1 bit are packed, and make one segment. */
function layoutOf(format: PixelFormat): Layout {
  if (format.BitsAllocated === 1) {
    return { length: fullFrameLength(format), stride: 1, starts: [0] };
  }
  const width = bytesPerSample(format);
  const starts: number[] = [];
  for (let sample = 0; sample < format.SamplesPerPixel; sample++) {
    for (let byte = width - 1; byte >= 0; byte--) starts.push(sample * width + byte);
  }
  return { length: format.Rows * format.Columns, stride: format.SamplesPerPixel * width, starts };
}

/** True where a frame has no more segments than the header has room for. */
export function fitsRle(format: PixelFormat): boolean {
  return layoutOf(format).starts.length <= SEGMENTS_MAX;
}

/** The samples of a frame, those of a pixel together. Throws PixelError "damaged". */
export function decodeRle(bytes: Uint8Array, format: PixelFormat): Bytes {
  const { length, stride, starts } = layoutOf(format);
  const offsets = readOffsets(bytes, starts.length);
  const frame = new Uint8Array(length * stride);
  for (const [index, start] of starts.entries()) {
    const end = offsets[index + 1] ?? bytes.length;
    decodeSegment(bytes, offsets[index]!, end, frame, start, stride, length);
  }
  return frame;
}

function readOffsets(bytes: Uint8Array, expected: number): number[] {
  if (bytes.length < HEADER) throw new PixelError("damaged", "The RLE header is cut");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  if (view.getUint32(0, true) !== expected) {
    throw new PixelError(
      "damaged",
      "The RLE header has another number of segments than the data set",
    );
  }
  const offsets = Array.from({ length: expected }, (_, i) => view.getUint32(4 + 4 * i, true));
  for (const [index, offset] of offsets.entries()) {
    if (offset < (offsets[index - 1] ?? HEADER) || offset > bytes.length) {
      throw new PixelError("damaged", "The RLE header has impossible segments");
    }
  }
  return offsets;
}

function decodeSegment(
  bytes: Uint8Array,
  from: number,
  end: number,
  frame: Uint8Array,
  start: number,
  stride: number,
  length: number,
): void {
  const stop = start + length * stride;
  let to = start;
  let at = from;
  while (to < stop && at < end) {
    const control = bytes[at++]!;
    if (control < 128) {
      let last = at + control + 1;
      if (last > end) throw new PixelError("damaged", "An RLE segment ends early");
      // Some encoders go on behind the last pixel.
      last = Math.min(last, at + (stop - to) / stride);
      if (stride === 1) {
        for (; at < last; at++) frame[to++] = bytes[at]!;
      } else {
        for (; at < last; at++, to += stride) frame[to] = bytes[at]!;
      }
    } else if (control > 128) {
      if (at >= end) throw new PixelError("damaged", "An RLE segment ends early");
      const value = bytes[at++]!;
      const last = Math.min(stop, to + (257 - control) * stride);
      if (value === 0) to = last;
      else if (stride === 1) {
        frame.fill(value, to, last);
        to = last;
      } else {
        for (; to < last; to += stride) frame[to] = value;
      }
    }
  }
  if (to < stop) throw new PixelError("damaged", "An RLE segment ends early");
}

/** Encodes a frame whose samples of a pixel lie together; the length is even. */
export function encodeRle(frame: Uint8Array, format: PixelFormat): Bytes {
  const { length, stride, starts } = layoutOf(format);
  // A row must not run into the next (PS3.5 G.3.1).
  const row = format.BitsAllocated === 1 ? length : format.Columns;
  const worst = row + Math.ceil(row / RUN_MAX);
  const segmentMax = Math.ceil(length / row) * worst + 1;
  const out = new Uint8Array(HEADER + starts.length * segmentMax);
  const view = new DataView(out.buffer);
  view.setUint32(0, starts.length, true);
  let to = HEADER;
  for (const [index, start] of starts.entries()) {
    view.setUint32(4 + 4 * index, to, true);
    for (let done = 0; done < length; done += row) {
      const from = start + done * stride;
      to = encodeRow(frame, from, stride, Math.min(row, length - done), out, to);
    }
    to += to % 2;
  }
  return out.slice(0, to);
}

/** Runs of 3 and more are repeated, all else is copied; returns where it ended. */
function encodeRow(
  frame: Uint8Array,
  from: number,
  stride: number,
  count: number,
  out: Uint8Array,
  to: number,
): number {
  const end = from + count * stride;
  let at = from;
  /** First byte of those that wait to be copied. */
  let literal = from;
  while (at < end) {
    const value = frame[at]!;
    let next = at + stride;
    while (next < end && frame[next] === value) next += stride;
    let run = (next - at) / stride;
    if (run < 3) {
      at = next;
      continue;
    }
    to = copyLiteral(frame, literal, at, stride, out, to);
    while (run > 1) {
      const part = Math.min(run, RUN_MAX);
      out[to++] = 257 - part;
      out[to++] = value;
      run -= part;
    }
    // One that is left over waits to be copied with what follows.
    at = next;
    literal = at - run * stride;
  }
  return copyLiteral(frame, literal, end, stride, out, to);
}

function copyLiteral(
  frame: Uint8Array,
  from: number,
  end: number,
  stride: number,
  out: Uint8Array,
  to: number,
): number {
  let at = from;
  while (at < end) {
    const count = Math.min(RUN_MAX, (end - at) / stride);
    out[to++] = count - 1;
    for (const last = at + count * stride; at < last; at += stride) out[to++] = frame[at]!;
  }
  return to;
}
