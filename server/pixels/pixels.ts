/**
 * What services may ask of pixels: all of it is done away from the event loop.
 * @module
 */
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";
import type { Bytes, EncodedFrame, FrameFormat, Rectangle } from "./frame.ts";

/** Who asks: work is done for one after the other in turn, and is dropped when `signal` aborts. */
export interface Client {
  readonly id: string;
  readonly signal: AbortSignal;
}

/** What a frame is to become. */
export interface FrameTarget {
  /** Explicit VR Little Endian, or an encapsulated syntax that `encodable` allows. */
  readonly transferSyntaxUID: string;
  /** 1 to 100, of a lossy syntax. */
  readonly quality?: number;
  /** Regions to be blackened. */
  readonly mask?: readonly Rectangle[];
}

/** Work on pixels. Every method that returns a promise rejects with PixelError, PixelsBusyError, or the signal's reason. */
export interface Pixels {
  /** Why a frame stored so cannot be decoded; undefined where it can. */
  undecodable(transferSyntaxUID: string, format: PixelFormat): string | undefined;
  /**
   * Why decoded frames of this format cannot be written in a syntax without a wrong pixel; undefined
   * where they can.
   */
  unencodable(transferSyntaxUID: string, format: PixelFormat): string | undefined;
  /** The format that {@linkcode transcode} will give: known before the first frame is made. */
  formatAfter(format: FrameFormat, from: string, to: FrameTarget): FrameFormat;
  transcode(client: Client, frame: EncodedFrame, to: FrameTarget): Promise<EncodedFrame>;
  close(): Promise<void>;
}

/** Too much work waits already. */
export class PixelsBusyError extends Error {
  override readonly name = "PixelsBusyError";
}

export type { Bytes, EncodedFrame, FrameFormat, Rectangle };
