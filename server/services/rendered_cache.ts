/**
 * Images that were made a moment ago: viewers and lists of studies ask for the same ones again.
 * @module
 */
import type { Bytes } from "../pixels/pixels.ts";

/** Bytes of images that are kept: some 1,500 of 512 × 512. */
export const RENDERED_CACHE_BYTES = 64 * 1024 * 1024;

/** Images by what decides their bytes; the one that was not asked for the longest goes first. */
export class RenderedCache {
  readonly #images = new Map<string, Bytes>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number = RENDERED_CACHE_BYTES) {
    this.#limit = limit;
  }

  get(key: string): Bytes | undefined {
    const image = this.#images.get(key);
    if (image === undefined) return undefined;
    this.#images.delete(key);
    this.#images.set(key, image);
    return image;
  }

  /** Keeps an image; one that would take an eighth of the room is not worth it. */
  set(key: string, image: Bytes): void {
    if (image.length > this.#limit / 8 || this.#images.has(key)) return;
    this.#images.set(key, image);
    this.#bytes += image.length;
    for (const [oldest, { length }] of this.#images) {
      if (this.#bytes <= this.#limit) return;
      this.#images.delete(oldest);
      this.#bytes -= length;
    }
  }
}
