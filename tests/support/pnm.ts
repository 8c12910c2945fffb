/**
 * Reads and writes binary PGM and PPM of 8 bits a sample.
 * @module
 */
import type { Raster } from "../../server/pixels/frame.ts";

/** Reads a P5 or P6 file. */
export function readPnm(bytes: Uint8Array<ArrayBuffer>): Raster {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 512));
  const match = /^P([56])\s+(?:#[^\n]*\s+)*(\d+)\s+(\d+)\s+255\s/.exec(head);
  if (match === null) throw new Error(`No PNM of 8 bits: ${head.slice(0, 20)}`);
  const data = bytes.slice(match[0].length);
  const channels = match[1] === "5" ? 1 : 3;
  return { width: Number(match[2]), height: Number(match[3]), channels, data };
}

/** Writes a raster as P5 or P6. */
export function writePnm({ width, height, channels, data }: Raster): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`P${channels === 1 ? 5 : 6}\n${width} ${height}\n255\n`);
  const whole = new Uint8Array(head.length + data.length);
  whole.set(head);
  whole.set(data, head.length);
  return whole;
}
