/**
 * What services may ask of pixels: all of it is done away from the event loop.
 * @module
 */
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";
import type { Bytes, EncodedFrame, FrameFormat, Rectangle } from "./frame.ts";
import type { ImageDescription } from "./image/describe.ts";
import type { ColorSpace } from "./image/icc_profile.ts";
import type { PresentationState } from "./image/presentation_state.ts";
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

/** How an image leaves. `profile`: the colours that it has, and says that it has (PS3.18 8.3.5.1.5). */
export type ImageOutput =
  | { readonly kind: "jpeg"; readonly quality: number; readonly profile?: ProfileWish }
  | { readonly kind: "png"; readonly profile?: ProfileWish }
  /** One frame of an animation, seen for `duration` milliseconds. */
  | { readonly kind: "gif"; readonly duration?: number };

/** Its own colours with their profile, or those of a well-known space. */
export type ProfileWish = "yes" | ColorSpace;

/** What a frame is to look like. */
export interface RenderTarget {
  readonly output: ImageOutput;
  readonly options: Omit<RenderOptions, "presentation">;
}

/** A frame with what its data set says of how it is to be looked at. */
export interface RenderSource {
  readonly frame: EncodedFrame;
  /** Counted from 1. */
  readonly number: number;
  /** The bytes of the stored object before its pixel data, or what a worker made of them. */
  readonly image: Bytes | ImageDescription;
  /** What it is seen through, and the UID that it has there. */
  readonly seenThrough?: { readonly state: PresentationState; readonly SOPInstanceUID: string };
}

/** An image file, or a piece of one. */
export interface RenderedImage {
  readonly bytes: Bytes;
  readonly width: number;
  readonly height: number;
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
  /** `load` is called when it is its turn; the bytes that it gives are gone afterwards. */
  transcode(
    client: Client,
    load: () => Promise<EncodedFrame>,
    to: FrameTarget,
  ): Promise<EncodedFrame>;
  /** Describes an image by the bytes of the stored object before its pixel data. */
  describe(client: Client, load: () => Promise<Bytes>): Promise<ImageDescription>;
  /** Reads a presentation state from the bytes of its stored object. */
  describeState(client: Client, load: () => Promise<Bytes>): Promise<PresentationState>;
  /** One image file; of a GIF one frame. */
  render(
    client: Client,
    load: () => Promise<RenderSource>,
    to: RenderTarget,
  ): Promise<RenderedImage>;
  /**
   * What a GIF of so many frames begins and ends with; the frames come between. Throws PixelError
   * where there are more than it may have.
   */
  animation(
    size: Pick<RenderedImage, "width" | "height">,
    frames: number,
  ): { readonly head: Bytes; readonly tail: Bytes };
  /** What there is to do at present. */
  workload(): Workload;
  close(): Promise<void>;
}

/** How busy the workers are. */
export interface Workload {
  /** Pieces of work that wait for their turn. */
  readonly waiting: number;
  /** Workers that have work. */
  readonly busy: number;
  /** Workers that there may be. */
  readonly limit: number;
}

/** Raised with every change of what any work on pixels gives: part of the ETag of what is made. */
export const PIXELS_VERSION = 1;

/** Too much work waits already. */
export class PixelsBusyError extends Error {
  override readonly name = "PixelsBusyError";
}

export type { Bytes, EncodedFrame, FrameFormat, ImageDescription, PresentationState, Rectangle };
