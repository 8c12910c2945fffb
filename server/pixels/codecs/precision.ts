/**
 * Which bits of a frame's samples are in use: a stream holds no more than these and no less, so
 * that what lies beside the stored bits (overlays of old, the sign) comes out as it went in.
 * @module
 */
import type { Frame } from "../frame.ts";
import { view } from "./layout.ts";

/** The least and the greatest sample, signed where the format says so, of 8 or 16 allocated bits. */
export function rangeOf({ format, bytes }: Frame): { least: number; greatest: number } {
  const unsigned = view(bytes, format.BitsAllocated / 8);
  const samples = format.PixelRepresentation === 0
    ? unsigned
    : format.BitsAllocated === 8
    ? new Int8Array(unsigned.buffer, unsigned.byteOffset, unsigned.length)
    : new Int16Array(unsigned.buffer, unsigned.byteOffset, unsigned.length);
  let least = samples[0] ?? 0;
  let greatest = least;
  for (let i = 1; i < samples.length; i++) {
    const sample = samples[i]!;
    if (sample < least) least = sample;
    else if (sample > greatest) greatest = sample;
  }
  return { least, greatest };
}

/**
 * Bits a sample that a stream must have: BitsStored where every sample fits in them, else
 * BitsAllocated. A stream that knows no signed samples needs all bits of them. A precision of up to
 * 8 bits under 16 allocated ones is avoided, since decoders differ in what they make of it.
 */
export function precisionOf(frame: Frame, knowsSign: boolean): number {
  const { BitsAllocated, BitsStored, HighBit, PixelRepresentation } = frame.format;
  if (BitsStored === BitsAllocated || HighBit !== BitsStored - 1) return BitsAllocated;
  if (BitsAllocated === 16 && BitsStored <= 8) return BitsAllocated;
  if (PixelRepresentation === 1 && !knowsSign) return BitsAllocated;
  const { least, greatest } = rangeOf(frame);
  const isSound = PixelRepresentation === 0
    ? greatest < 2 ** BitsStored
    : least >= -(2 ** (BitsStored - 1)) && greatest < 2 ** (BitsStored - 1);
  return isSound ? BitsStored : BitsAllocated;
}
