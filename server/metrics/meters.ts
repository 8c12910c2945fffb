/**
 * The parts of a server with meters round them.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import type { Pixels } from "../pixels/pixels.ts";
import { meterBlobs } from "./blob_meter.ts";
import { meterIndex } from "./index_meter.ts";
import type { Family } from "./instruments.ts";
import { meterPixels } from "./pixel_meter.ts";

/** What can be metered. */
export interface Metered {
  readonly index: Index;
  readonly blobs: BlobStore;
  readonly pixels: Pixels;
}

/** The same parts, and what is counted of them. */
export function meterParts(
  { index, blobs, pixels }: Metered,
): Metered & { readonly families: readonly Family[] } {
  const meters = [meterIndex(index), meterBlobs(blobs), meterPixels(pixels)] as const;
  return Object.assign({}, ...meters, { families: meters.flatMap(({ families }) => families) });
}
