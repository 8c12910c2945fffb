/**
 * Rasters of another size: what shrinks is averaged over the area of each new pixel, what grows is
 * interpolated between neighbours, so that no value appears that was not between them.
 * @module
 */
import { PixelError, type Raster, type Rectangle } from "../frame.ts";
import { RASTER_PIXELS_MAX } from "./samples.ts";

/** Most pixels across or down. */
const SIDE_MAX = 0xffff;

/**
 * Scales a region of a raster, in fractions of its pixels, to `width` x `height`. What of the region
 * lies outside the raster is black.
 *
 * @throws {PixelError} where the result has more pixels than are made
 */
export function resample(
  raster: Raster,
  region: Rectangle,
  width: number,
  height: number,
): Raster {
  if (width * height > RASTER_PIXELS_MAX) {
    throw new PixelError("limit", `The image asked for has more than ${RASTER_PIXELS_MAX} pixels`);
  }
  if (width > SIDE_MAX || height > SIDE_MAX) {
    throw new PixelError("limit", `The image asked for has more than ${SIDE_MAX} pixels on a side`);
  }
  const { channels } = raster;
  const across = axisWeights(region.x, region.width, width, raster.width);
  const down = axisWeights(region.y, region.height, height, raster.height);
  if (isIdentity(raster, region, width, height)) return raster;
  const data = new Uint8Array(width * height * channels);
  const rowOf = rowScaler(raster, across);
  const line = new Float32Array(width * channels);
  for (let y = 0; y < height; y++) {
    // Cutting off what a half was added to rounds it.
    line.fill(0.5);
    const weights = down.weights[y]!;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      const row = rowOf(down.starts[y]! + i);
      for (let x = 0; x < line.length; x++) line[x]! += weight * row[x]!;
    }
    data.set(line, y * line.length);
  }
  return { width, height, channels, data };
}

/** For each new pixel of an axis the old ones that it is made of. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly weights: readonly Float32Array[];
}

function isIdentity(raster: Raster, region: Rectangle, width: number, height: number): boolean {
  return region.x === 0 && region.y === 0 && region.width === raster.width &&
    region.height === raster.height && width === raster.width && height === raster.height;
}

function axisWeights(from: number, length: number, count: number, old: number): AxisWeights {
  const step = length / count;
  const starts = new Int32Array(count);
  const weights: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    const [start, own] = step > 1
      ? areaWeights(from + i * step, step, old)
      : neighbourWeights(from + (i + 0.5) * step, old);
    starts[i] = start;
    weights.push(own);
  }
  return { starts, weights };
}

/** Shares of the old pixels in the stretch from `from` on; what lies outside is black and has a share too. */
function areaWeights(from: number, length: number, old: number): [number, Float32Array] {
  const start = Math.max(0, Math.floor(from));
  const end = Math.min(old, Math.ceil(from + length));
  const weights = new Float32Array(Math.max(0, end - start));
  for (let i = 0; i < weights.length; i++) {
    const left = Math.max(from, start + i);
    const right = Math.min(from + length, start + i + 1);
    weights[i] = Math.max(0, right - left) / length;
  }
  return [Math.min(start, old), weights];
}

/** Shares of the two pixels whose centers are around a point; none where the point is outside. */
function neighbourWeights(point: number, old: number): [number, Float32Array] {
  if (point < 0 || point > old) return [point < 0 ? 0 : old, new Float32Array(0)];
  const place = Math.max(0, Math.min(point - 0.5, old - 1));
  const start = Math.floor(place);
  const share = place - start;
  return [start, share === 0 ? Float32Array.of(1) : Float32Array.of(1 - share, share)];
}

/**
 * Gives rows with their new width. The last two are kept: rows are asked for in ascending order, but
 * what grows needs each pair again for every new row between them.
 */
function rowScaler(
  { width, channels, data }: Raster,
  { starts, weights }: AxisWeights,
): (row: number) => Float32Array {
  const kept = [0, 1].map(() => ({ row: -1, line: new Float32Array(starts.length * channels) }));
  return (row) => {
    const place = kept[row & 1]!;
    if (place.row === row) return place.line;
    place.row = row;
    for (let x = 0, to = 0; x < starts.length; x++) {
      const own = weights[x]!;
      for (let channel = 0; channel < channels; channel++, to++) {
        let from = (row * width + starts[x]!) * channels + channel;
        let sum = 0;
        for (let i = 0; i < own.length; i++, from += channels) sum += own[i]! * data[from]!;
        place.line[to] = sum;
      }
    }
    return place.line;
  };
}
