/**
 * From a frame number to the bytes of that frame in the stored object (PS3.5 8, A.4).
 * @module
 */
import { UnsupportedError } from "../errors.ts";
import type { Place } from "./dataset.ts";
import { type BulkValue, type Fragments, type Geometry, type Places } from "./places.ts";

/** Where one frame lies. */
export type FrameSource =
  /** `bits` bits from bit `firstBit` (0 to 7, the lowest first) of the first byte of `place` on. */
  | {
    readonly kind: "native";
    readonly place: Place;
    readonly firstBit: number;
    readonly bits: number;
  }
  /** The values of these fragments, one after another, with whatever padding they have. */
  | { readonly kind: "fragments"; readonly places: readonly Place[] };

/**
 * The source of a frame; `frame` counts from 1 and is at most NumberOfFrames. Throws
 * UnsupportedError where the stored object does not say where the frame lies.
 */
export function frameSource({ geometry }: Places, pixels: BulkValue, frame: number): FrameSource {
  switch (pixels.value.kind) {
    case "native":
      return nativeFrame(geometry, pixels.value.place, frame);
    case "fragments":
      return encapsulatedFrame(pixels.value.fragments, geometry, frame);
  }
}

/** True where every frame of encapsulated pixel data can be told from the next. */
export function hasSingleFrames(fragments: Fragments, { NumberOfFrames }: Geometry): boolean {
  switch (fragments.grouping.kind) {
    case "each":
    case "starts":
      return true;
    case "all":
      return NumberOfFrames === 1;
    case "unknown":
      return false;
  }
}

/** Samples that are stored for each pixel: chroma is shared between pixels in some (PS3.3 C.7.6.3.1.2). */
function storedSamples({ PhotometricInterpretation, SamplesPerPixel }: Geometry): number {
  switch (PhotometricInterpretation) {
    case "YBR_FULL_422":
    case "YBR_PARTIAL_422":
      return 2;
    case "YBR_PARTIAL_420":
      return 1.5;
    default:
      return Math.max(1, SamplesPerPixel);
  }
}

/** Bits of a native frame; undefined where the geometry is not given. */
function nativeFrameBits(geometry: Geometry, length: number): number | undefined {
  const { Rows, Columns, BitsAllocated, NumberOfFrames, SamplesPerPixel } = geometry;
  const samples = Rows * Columns * BitsAllocated;
  if (samples === 0) return undefined;
  const full = samples * Math.max(1, SamplesPerPixel);
  // Some writers name subsampled chroma and store every sample: the length tells.
  if (length * 8 >= full * NumberOfFrames) return full;
  return samples * storedSamples(geometry);
}

function nativeFrame(geometry: Geometry, place: Place, frame: number): FrameSource {
  const bits = nativeFrameBits(geometry, place.length);
  if (bits === undefined) {
    if (geometry.NumberOfFrames > 1) {
      throw new UnsupportedError("The instance does not say how large a frame is");
    }
    return { kind: "native", place, firstBit: 0, bits: place.length * 8 };
  }
  const from = bits * (frame - 1);
  const offset = Math.floor(from / 8);
  const end = Math.ceil((from + bits) / 8);
  if (end > place.length) {
    throw new UnsupportedError("The stored pixel data ends before this frame does");
  }
  return {
    kind: "native",
    place: { offset: place.offset + offset, length: end - offset },
    firstBit: from % 8,
    bits,
  };
}

function encapsulatedFrame(fragments: Fragments, geometry: Geometry, frame: number): FrameSource {
  const { places, grouping } = fragments;
  switch (grouping.kind) {
    case "each":
      return { kind: "fragments", places: slice(places, frame - 1, frame) };
    case "all":
      if (geometry.NumberOfFrames > 1) {
        throw new UnsupportedError(
          "The frames of this instance are one stream; retrieve its pixel data as a whole",
        );
      }
      return { kind: "fragments", places: slice(places, 0, places.length / 2) };
    case "starts": {
      const next = grouping.starts[frame] ?? places.length / 2;
      return { kind: "fragments", places: slice(places, grouping.starts[frame - 1]!, next) };
    }
    case "unknown":
      throw new UnsupportedError(
        "The instance has several fragments a frame and nothing that tells them apart; " +
          "retrieve its pixel data as a whole",
      );
  }
}

function slice(places: Float64Array, from: number, to: number): Place[] {
  const found: Place[] = [];
  for (let i = from; i < to; i++) {
    found.push({ offset: places[2 * i]!, length: places[2 * i + 1]! });
  }
  return found;
}

/** Numbers of frames, counted from 1. */
export interface FrameNumbers extends Iterable<number> {
  readonly length: number;
}

/**
 * The numbers of so many frames in a row. They are counted when they are taken: an object of a few
 * bytes can say that it has thousands of millions.
 */
export function frameNumbers(length: number): FrameNumbers {
  return {
    length,
    *[Symbol.iterator]() {
      for (let frame = 1; frame <= length; frame++) yield frame;
    },
  };
}

/**
 * Moves `bits` bits from `firstBit` on to the start of a byte, lowest bit first (PS3.5 8.1.1,
 * PS3.18 8.7.3.3.1); bits after the last are 0. The bytes themselves where there is nothing to do.
 */
export function alignBits(
  bytes: Uint8Array<ArrayBuffer>,
  firstBit: number,
  bits: number,
): Uint8Array<ArrayBuffer> {
  const rest = bits % 8;
  if (firstBit === 0 && rest === 0) return bytes;
  const out = new Uint8Array(Math.ceil(bits / 8));
  for (let i = 0; i < out.length; i++) {
    out[i] = (bytes[i]! >>> firstBit) | ((bytes[i + 1] ?? 0) << (8 - firstBit));
  }
  if (rest !== 0) out[out.length - 1]! &= (1 << rest) - 1;
  return out;
}

/** Frames of a number of bits that is none of whole bytes, put one after the other. */
export interface BitJoiner {
  /** The bytes that a frame makes full, which itself begins on a byte. */
  next(frame: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The last byte, where it is not full. */
  rest(): Uint8Array<ArrayBuffer>;
}

/** The inverse of {@linkcode alignBits}: frames of `bits` bits without a gap (PS3.5 8.1.1). */
export function bitJoiner(bits: number): BitJoiner {
  let carried = 0;
  let used = 0;
  return {
    next(frame) {
      const out = new Uint8Array(Math.floor((used + bits) / 8));
      let to = 0;
      for (let i = 0; i < frame.length; i++) {
        const count = Math.min(8, bits - 8 * i);
        carried |= (frame[i]! & ((1 << count) - 1)) << used;
        used += count;
        if (used < 8) continue;
        out[to++] = carried;
        carried >>>= 8;
        used -= 8;
      }
      return out;
    },
    rest() {
      return used === 0 ? new Uint8Array(0) : Uint8Array.of(carried);
    },
  };
}
