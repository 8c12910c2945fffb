/**
 * What services may ask of pixels: all of it is done away from the event loop.
 * @module
 */
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";
import type { Bytes, EncodedFrame, FrameFormat, Rectangle } from "./frame.ts";
import type { ImageDescription } from "./image/describe.ts";
import type { RenderOptions } from "./image/render_frame.ts";

/** Who asks. */
export interface Client {
  /** Clients take turns, whatever they ask for. */
  readonly id: string;
  /** Stands for one request: once something of it has been let in, nothing of it is turned away. */
  readonly request: object;
  /** Work is dropped when it aborts. */
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

/** How an image leaves. */
export type ImageOutput =
  | { readonly kind: "jpeg"; readonly quality: number }
  | { readonly kind: "png" }
  | { readonly kind: "gif" };

/** What a frame is to look like. */
export interface RenderTarget {
  readonly output: ImageOutput;
  readonly options: RenderOptions;
}

/** A frame with what its data set says of how it is to be looked at. */
export interface RenderSource {
  readonly frame: EncodedFrame;
  /** Counted from 1. */
  readonly number: number;
  /** The bytes of the stored object before its pixel data, or what a worker made of them. */
  readonly image: Bytes | ImageDescription;
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
  /** The format in which frames stored so are decoded, where they are what their data set says. */
  presumedFormat(transferSyntaxUID: string, format: FrameFormat): FrameFormat;
  /** True where frames are made with loss under this syntax. */
  isLossy(transferSyntaxUID: string): boolean;
  /**
   * The format that {@linkcode transcode} will give, told by the beginning of a frame. Throws
   * PixelError where that shows already that it will give none.
   */
  formatAfter(frame: EncodedFrame, to: FrameTarget): FrameFormat;
  /** `load` is called when it is its turn; the bytes that it gives are gone afterwards. */
  transcode(
    client: Client,
    load: () => Promise<EncodedFrame>,
    to: FrameTarget,
  ): Promise<EncodedFrame>;
  /** Describes an image by the bytes of the stored object before its pixel data. */
  describe(client: Client, load: () => Promise<Bytes>): Promise<ImageDescription>;
  /** One image file. */
  render(client: Client, load: () => Promise<RenderSource>, to: RenderTarget): Promise<Bytes>;
  /** One image file of several frames, one shown after the other. */
  animate(
    client: Client,
    frames: readonly (() => Promise<RenderSource>)[],
    to: RenderTarget,
  ): AsyncGenerator<Bytes>;
  close(): Promise<void>;
}

/** Raised with every change of what any work on pixels gives: part of the ETag of what is made. */
export const PIXELS_VERSION = 1;

/** Too much work waits already. */
export class PixelsBusyError extends Error {
  override readonly name = "PixelsBusyError";
}

export type { Bytes, EncodedFrame, FrameFormat, ImageDescription, Rectangle, RenderOptions };
