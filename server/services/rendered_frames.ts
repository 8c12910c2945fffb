/**
 * Images of single frames: read, described and rendered once, kept for a while.
 * @module
 */
import { createHash } from "node:crypto";
import type { BulkValue } from "../../lib/dicom/places.ts";
import {
  type Bytes,
  type Client,
  type ImageDescription,
  type Pixels,
  PIXELS_VERSION,
  type RenderSource,
  type RenderTarget,
} from "../pixels/pixels.ts";
import { collect, placesSource } from "./byte_source.ts";
import { storedFrame } from "./pixel_frames.ts";
import type { OpenInstance } from "./pixel_parts.ts";
import { RenderedCache } from "./rendered_cache.ts";

/** Bytes before the pixel data that are read to render it: as much as a scan takes. */
const HEAD_BYTES = 64 * 1024 * 1024;

/** Descriptions of images of many frames that are kept. */
const DESCRIPTIONS_KEPT = 64;

/** Makes images of frames. */
export interface RenderedFrames {
  /** What is needed to render a frame, counted from 1, once its turn comes. */
  source(
    client: Client,
    instance: OpenInstance,
    value: BulkValue,
    frame: number,
  ): Promise<() => Promise<RenderSource>>;
  /** The image of a frame. Rejects as Pixels.render does. */
  image(
    client: Client,
    instance: OpenInstance,
    value: BulkValue,
    frame: number,
    target: RenderTarget,
  ): Promise<Bytes>;
  /** What an image of many frames is. */
  description(
    client: Client,
    instance: OpenInstance,
    value: BulkValue,
  ): Promise<ImageDescription>;
}

/** Rendering over work on pixels. */
export function createRenderedFrames(pixels: Pixels): RenderedFrames {
  const cache = new RenderedCache();
  const descriptions = new Map<number, ImageDescription>();

  async function description(client: Client, instance: OpenInstance, value: BulkValue) {
    const { revision } = instance.row;
    const known = descriptions.get(revision);
    if (known !== undefined) return known;
    const made = await pixels.describe(client, () => headOf(instance, value));
    descriptions.set(revision, made);
    for (const oldest of descriptions.keys()) {
      if (descriptions.size <= DESCRIPTIONS_KEPT) break;
      descriptions.delete(oldest);
    }
    return made;
  }

  async function source(
    client: Client,
    instance: OpenInstance,
    value: BulkValue,
    number: number,
  ): Promise<() => Promise<RenderSource>> {
    const isMany = instance.places.geometry.NumberOfFrames > 1;
    const known = isMany ? await description(client, instance, value) : undefined;
    return async () => {
      const [frame, image] = await Promise.all([
        storedFrame(instance, value, number),
        known ?? headOf(instance, value),
      ]);
      return { frame, number, image };
    };
  }

  return {
    description,
    source,
    async image(client, instance, value, frame, target) {
      const key = `${instance.row.revision}:${frame}:${targetKey(target)}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const load = await source(client, instance, value, frame);
      const image = await pixels.render(client, load, target);
      cache.set(key, image);
      return image;
    },
  };
}

/** What decides how a frame looks, as a short text for keys and entity tags. */
export function targetKey(target: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(target)).digest("hex");
  return `${PIXELS_VERSION}-${digest.slice(0, 24)}`;
}

/** The bytes of an object before its pixel data. */
function headOf({ blobs, key }: OpenInstance, { value }: BulkValue): Promise<Bytes> {
  const end = value.kind === "native" ? value.place.offset : value.fragments.places[0] ?? 0;
  return collect(placesSource(blobs, key, [{ offset: 0, length: Math.min(end, HEAD_BYTES) }]));
}
