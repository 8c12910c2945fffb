/**
 * Writes PNG: 8 bits a sample, gray or RGB.
 * @module
 */
import { deflateSync } from "node:zlib";
import { crc32 } from "../../../lib/bytes/crc32.ts";
import type { Bytes, Raster } from "../frame.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Of zlib: higher ones take several times as long for a few hundredths less. */
const LEVEL = 3;

/** Each sample less the one above it: what images of this kind compress best with, for its cost. */
const FILTER_UP = 2;

/** The image as PNG, with an ICC profile where one is given; that of a gray image must be one of grays. */
export function encodePng(raster: Raster, iccProfile?: Uint8Array): Bytes {
  const { width, height, channels } = raster;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = channels === 1 ? 0 : 2;
  return joined([
    SIGNATURE,
    chunk("IHDR", header),
    ...(iccProfile === undefined ? [] : [chunk("iCCP", profileChunk(iccProfile))]),
    chunk("IDAT", deflateSync(filtered(raster), { level: LEVEL })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function filtered({ width, height, channels, data }: Raster): Uint8Array {
  const row = width * channels;
  const out = new Uint8Array((row + 1) * height);
  for (let y = 0, from = 0, to = 0; y < height; y++) {
    out[to++] = FILTER_UP;
    if (y === 0) {
      out.set(data.subarray(0, row), to);
      from += row;
      to += row;
      continue;
    }
    for (const end = from + row; from < end; from++) out[to++] = data[from]! - data[from - row]!;
  }
  return out;
}

/** A name of the profile, a null, the method of compression (0), the profile deflated. */
function profileChunk(profile: Uint8Array): Uint8Array {
  return joined([new TextEncoder().encode("icc\0\0"), deflateSync(profile)]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(type), 4);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}

function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
