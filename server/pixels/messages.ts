/**
 * What goes between the pool and its workers.
 * @module
 */
import type { Bytes, EncodedFrame, PixelError } from "./frame.ts";
import type { ImageDescription } from "./image/describe.ts";
import type { FrameDescription } from "./image/description.ts";
import type { FramePresentation, PresentationState } from "./image/presentation_state.ts";
import type { FrameTarget, RenderedImage, RenderTarget } from "./pixels.ts";

/** Kinds of work, each with what it takes and what it gives. */
export interface Work {
  readonly transcode: {
    readonly input: { readonly frame: EncodedFrame; readonly to: FrameTarget };
    readonly output: EncodedFrame;
  };
  readonly describe: {
    /** The bytes of the stored object before its pixel data. */
    readonly input: Bytes;
    readonly output: ImageDescription;
  };
  readonly describeState: {
    /** The bytes of the stored presentation state. */
    readonly input: Bytes;
    readonly output: PresentationState;
  };
  readonly render: {
    readonly input: {
      readonly frame: EncodedFrame;
      /** Counted from 1; of use where the description is still to be made. */
      readonly number: number;
      /** As in `describe`, or what came of it for this frame. */
      readonly image: Bytes | FrameDescription;
      readonly presentation: FramePresentation | undefined;
      readonly to: RenderTarget;
    };
    readonly output: RenderedImage;
  };
}

/** Name of a kind of work. */
export type Kind = keyof Work;

/** One piece of work of a kind. */
export type TaskOf<K extends Kind> = { readonly kind: K; readonly input: Work[K]["input"] };

/** One piece of work. */
export type Task = { readonly [K in Kind]: TaskOf<K> }[Kind];

/** What a task of this kind comes to. */
export type Output<K extends Kind> = Work[K]["output"];

/** What a worker answers to a task. */
export type Answer =
  | { readonly kind: "done"; readonly output: Output<Kind> }
  | { readonly kind: "refused"; readonly why: PixelError["kind"]; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

/** The buffers of bytes that a message hands over, whatever else lies in them. */
export function buffersOf(...values: readonly unknown[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const value of values) {
    if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) {
      buffers.add(value.buffer);
    }
  }
  return [...buffers];
}
