/**
 * Images of single frames: read, described and rendered once, kept for a while.
 * @module
 */
import { createHash } from "node:crypto";
import { frameSource } from "../../lib/dicom/frames.ts";
import type { BulkValue } from "../../lib/dicom/places.ts";
import { EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import {
  type Bytes,
  type Client,
  type EncodedFrame,
  type ImageDescription,
  type Pixels,
  PIXELS_VERSION,
  type RenderTarget,
} from "../pixels/pixels.ts";
import { ahead } from "./ahead.ts";
import { collect, placesSource } from "./byte_source.ts";
import {
  frameCount,
  type FrameRun,
  type FrameView,
  frameViews,
  type InstanceView,
} from "./frame_views.ts";
import { frameFormat, storedFrame } from "./pixel_frames.ts";
import type { OpenInstance } from "./pixel_parts.ts";
import { RecentCache, sizeOf } from "./recent_cache.ts";

/** Bytes before the pixel data that are read to render it: as much as a scan takes. */
const HEAD_BYTES = 64 * 1024 * 1024;

/** Makes images of frames. Its methods reject as those of Pixels do. */
export interface RenderedFrames {
  /** The image of a frame. */
  image(client: Client, view: FrameView, target: RenderTarget): Promise<Bytes>;
  /** Several frames as one image, one after the other. */
  animation(
    client: Client,
    runs: readonly FrameRun[],
    options: RenderTarget["options"],
  ): AsyncGenerator<Bytes>;
}

/** Rendering over work on pixels. */
export function createRenderedFrames(pixels: Pixels): RenderedFrames {
  const cache = new RecentCache<string, Bytes>();
  const descriptions = new RecentCache<number, ImageDescription>();

  async function described(client: Client, { instance, value }: InstanceView) {
    const { revision } = instance.row;
    const known = descriptions.get(revision);
    if (known !== undefined) return known;
    const made = await pixels.describe(client, () => headOf(instance, value));
    descriptions.set(revision, made, sizeOf(made));
    return made;
  }

  async function render(client: Client, view: FrameView, target: RenderTarget) {
    const { instance, value, frame: number, state } = view;
    const isMany = instance.places.geometry.NumberOfFrames > 1;
    const known = isMany ? await described(client, view) : undefined;
    const { SOPInstanceUID } = instance.row;
    return await pixels.render(client, async () => {
      const [frame, image] = known === undefined
        ? await headAndFrame(instance, value, number)
        : [await storedFrame(instance, value, number), known];
      const through = state && { seenThrough: { state: state.described, SOPInstanceUID } };
      return { frame, number, image, ...through };
    }, target);
  }

  return {
    async image(client, view, target) {
      const { instance, frame, state } = view;
      const key = [instance.row.revision, frame, state?.revision, targetKey(target)].join(":");
      const known = cache.get(key);
      if (known !== undefined) return known;
      const { bytes } = await render(client, view, target);
      cache.set(key, bytes, bytes.length);
      return bytes;
    },

    async *animation(client, runs, options) {
      const [first] = runs;
      const isMany = first !== undefined && first.instance.places.geometry.NumberOfFrames > 1;
      const { durations = [] } = isMany ? await described(client, first) : {};
      const frames = ahead(client, frameViews(runs), (view, one) => {
        const duration = durations[view.frame - 1] ?? durations[0];
        const output = { kind: "gif", ...(duration === undefined ? {} : { duration }) } as const;
        return render(one, view, { output, options });
      });
      let ends: ReturnType<Pixels["animation"]> | undefined;
      for await (const { bytes, width, height } of frames) {
        if (ends === undefined) {
          ends = pixels.animation({ width, height }, frameCount(runs));
          yield ends.head;
        }
        yield bytes;
      }
      if (ends !== undefined) yield ends.tail;
    },
  };
}

/** What decides how a frame looks, as a short text for keys and entity tags. */
export function targetKey(target: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(target)).digest("hex");
  return `${PIXELS_VERSION}-${digest.slice(0, 24)}`;
}

/** Bytes that are read at once, head and frame together, where they lie together. */
const READ_TOGETHER_BYTES = 4 * 1024 * 1024;

/** What is before the pixel data, and a frame of it: in one read where the frame is next to it. */
async function headAndFrame(
  instance: OpenInstance,
  value: BulkValue,
  number: number,
): Promise<[EncodedFrame, Bytes]> {
  const { row, places, key, blobs } = instance;
  const found = frameSource(places, value, number);
  const isStraight = row.TransferSyntaxUID !== EXPLICIT_VR_BIG_ENDIAN && row.damage === undefined;
  if (found.kind === "native" && isStraight && found.firstBit === 0 && found.bits % 8 === 0) {
    const { offset, length } = found.place;
    if (number === 1 && offset + length <= READ_TOGETHER_BYTES) {
      const bytes = await blobs.read(key, { offset: 0, length: offset + length });
      const frame = {
        transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
        format: frameFormat(places, value),
      };
      return [{ ...frame, bytes: bytes.subarray(offset) }, bytes.subarray(0, offset)];
    }
  }
  return await Promise.all([storedFrame(instance, value, number), headOf(instance, value)]);
}

/** The bytes of an object before its pixel data. */
function headOf({ blobs, key }: OpenInstance, { value }: BulkValue): Promise<Bytes> {
  const end = value.kind === "native" ? value.place.offset : value.fragments.places[0] ?? 0;
  return collect(placesSource(blobs, key, [{ offset: 0, length: Math.min(end, HEAD_BYTES) }]));
}
