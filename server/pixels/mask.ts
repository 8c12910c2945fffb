/**
 * Blackening regions of a frame, where they show what nobody may see.
 * @module
 */
import { type Frame, PixelError, type Rectangle } from "./frame.ts";

/**
 * Overwrites every sample of a rectangle, as far as it lies in the frame. What was there is gone
 * whatever the window; it looks black where one value of the samples does. Throws PixelError for
 * frames whose samples are not whole bytes or are shared between pixels.
 */
export function blacken({ format, bytes }: Frame, rectangle: Rectangle): void {
  const { Rows, Columns, BitsAllocated, PlanarConfiguration, PhotometricInterpretation } = format;
  const samples = Math.max(1, format.SamplesPerPixel);
  const width = BitsAllocated / 8;
  if (!Number.isInteger(width) || bytes.length < Rows * Columns * samples * width) {
    throw new PixelError("unsupported", "No region of such pixels can be blackened");
  }
  const left = clamp(rectangle.x, Columns);
  const right = clamp(rectangle.x + rectangle.width, Columns);
  const top = clamp(rectangle.y, Rows);
  const bottom = clamp(rectangle.y + rectangle.height, Rows);
  const planar = PlanarConfiguration === 1 && samples > 1;
  for (let sample = 0; sample < samples; sample++) {
    const value = blackOf(PhotometricInterpretation, sample, format);
    const start = planar ? sample * Rows * Columns : sample;
    const step = planar ? 1 : samples;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        bytes.set(value, (start + (y * Columns + x) * step) * width);
      }
    }
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, Math.round(value)), most);
}

/** The bytes of a sample that is as dark as it can be. */
function blackOf(photometric: string, sample: number, format: Frame["format"]): Uint8Array {
  const bytes = new Uint8Array(format.BitsAllocated / 8);
  const stored = format.BitsStored;
  if (format.sample !== "integer" || stored > 32) return bytes;
  const isChroma = photometric.startsWith("YBR_") && sample > 0;
  const signed = format.PixelRepresentation === 1;
  const half = 2 ** (stored - 1);
  let value = signed && photometric.startsWith("MONOCHROME") ? -half : 0;
  if (isChroma) value = half;
  if (photometric === "MONOCHROME1") value = signed ? half - 1 : 2 * half - 1;
  const placed = BigInt.asUintN(64, BigInt(value) << BigInt(format.HighBit + 1 - stored));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((placed >> BigInt(8 * i)) & 0xffn);
  return bytes;
}
