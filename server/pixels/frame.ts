/**
 * Frames in memory: as they are stored or sent, and decoded.
 * @module
 */
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";

/** A run of bytes that may be handed to another thread. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The form of a frame's samples. */
export interface FrameFormat extends PixelFormat {
  /** Of Pixel Data, Float Pixel Data (32 bits) or Double Float Pixel Data (64 bits). */
  readonly sample: "integer" | "float" | "double";
}

/** A frame whose samples can be read: little endian, as Explicit VR Little Endian has it, starting on a byte. */
export interface Frame {
  readonly format: FrameFormat;
  readonly bytes: Bytes;
}

/** A frame in a transfer syntax: for a native one what {@linkcode Frame} holds, else its fragments joined. */
export interface EncodedFrame {
  readonly transferSyntaxUID: string;
  /** What the data set around it says. */
  readonly format: FrameFormat;
  readonly bytes: Bytes;
}

/** A rectangle of a frame in pixels, from the top left corner, which is 0, 0. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An image to look at: 8 bits a sample, rows from the top, samples of a pixel together. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 0 is black; 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly data: Bytes;
}

/** Pixels that cannot be had; but for "asked", by no fault of who asks for them. */
export class PixelError extends Error {
  override readonly name = "PixelError";
  constructor(
    readonly kind:
      /** The stored bytes are not what they should be. */
      | "damaged"
      /** They may be sound; nothing here reads or writes them right. */
      | "unsupported"
      /** It took longer than a frame may take, or more memory. */
      | "limit"
      /** What is asked of them cannot be: another window, another region. */
      | "asked",
    /** One clause without a full stop, no value of a data set in it: `The JPEG stream ends early`. */
    message: string,
  ) {
    super(message);
  }
}
