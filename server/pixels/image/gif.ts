/**
 * Writes animated GIF (GIF89a): grays as they are, colours as the nearest of 256.
 * @module
 */
import { type Bytes, PixelError, type Raster } from "../frame.ts";
import { lzw } from "./lzw.ts";
import { colorTable, indexed } from "./quantise.ts";

/** Most pixels of all frames together. */
export const GIF_PIXELS_MAX = 256 * 1024 * 1024;
/** Most pixels across or down: the format has 16 bits for them. */
const SIDE_MAX = 0xffff;
/** Hundredths of a second that a frame is seen where nothing is said, as most readers take it. */
const DEFAULT_DELAY = 10;
/** Shortest delay that readers follow; below it they take the default. */
const DELAY_MIN = 2;
const DELAY_MAX = 0xffff;

/** A GIF that is being written: the pieces that its methods give are to be joined in their order. */
export interface GifWriter {
  /** The beginning of the file, without any frame. */
  readonly head: Bytes;
  /**
   * A frame, seen for `duration` milliseconds.
   *
   * @throws {PixelError} where it is not as large as the first, or all frames are too many pixels
   */
  frame(raster: Raster, duration?: number): Bytes;
  /** The end of the file. */
  readonly tail: Bytes;
}

/**
 * Begins an animation that repeats for ever. Frames are written one by one, so that no more than one
 * needs to be in memory.
 *
 * @throws {PixelError} where the format cannot hold an image so large
 */
export function createGif({ width, height }: Pick<Raster, "width" | "height">): GifWriter {
  if (width > SIDE_MAX || height > SIDE_MAX) {
    throw new PixelError("unsupported", `GIF holds at most ${SIDE_MAX} pixels across or down`);
  }
  let pixels = 0;
  return {
    head: Uint8Array.of(
      ...ascii("GIF89a"),
      ...word(width),
      ...word(height),
      // No table of colours for all frames, eight bits a colour; no background; square pixels.
      0x70,
      0,
      0,
      ...LOOP,
    ),
    frame(raster, duration) {
      if (raster.width !== width || raster.height !== height) {
        throw new PixelError("unsupported", "The frames of a GIF have one size");
      }
      pixels += width * height;
      if (pixels > GIF_PIXELS_MAX) {
        throw new PixelError("limit", `A GIF has at most ${GIF_PIXELS_MAX} pixels`);
      }
      return frameBytes(raster, delayOf(duration));
    },
    tail: Uint8Array.of(0x3b),
  };
}

/** The extension that has an animation repeat for ever. */
const LOOP = [0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0];

function delayOf(duration: number | undefined): number {
  if (duration === undefined || !(duration > 0)) return DEFAULT_DELAY;
  return Math.max(DELAY_MIN, Math.min(Math.round(duration / 10), DELAY_MAX));
}

function frameBytes(raster: Raster, delay: number): Bytes {
  const table = colorTable(raster);
  const codes = lzw(indexed(raster, table));
  const head = Uint8Array.of(
    // How long, and that the frame stays until the next covers it.
    ...[0x21, 0xf9, 4, 0x04, ...word(delay), 0, 0],
    ...[0x2c, 0, 0, 0, 0, ...word(raster.width), ...word(raster.height)],
    // A table of 256 colours of its own.
    0x87,
  );
  const whole = new Uint8Array(head.length + table.colors.length + codes.length);
  whole.set(head);
  whole.set(table.colors, head.length);
  whole.set(codes, head.length + table.colors.length);
  return whole;
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function word(value: number): [number, number] {
  return [value & 0xff, value >>> 8];
}
