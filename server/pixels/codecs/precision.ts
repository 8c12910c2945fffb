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
 * Bits a sample that a stream without loss must have: BitsStored where every sample fits in them,
 * else BitsAllocated. A stream that knows no signed samples needs all bits of them. Up to 8 bits are
 * written as what is allocated, since decoders differ in what they make of others.
 */
export function precisionOf(frame: Frame, knowsSign: boolean): number {
  const { BitsAllocated, BitsStored, HighBit, PixelRepresentation } = frame.format;
  if (BitsStored === BitsAllocated || BitsStored <= 8) return BitsAllocated;
  if (HighBit !== BitsStored - 1 || PixelRepresentation === 1 && !knowsSign) return BitsAllocated;
  return fits(frame, BitsStored) ? BitsStored : BitsAllocated;
}

/**
 * A frame whose samples of 16 allocated bits are two's complement of fewer, with nothing above, with
 * the sign carried up; any other as it is.
 */
export function withCarriedSign(frame: Frame): Frame {
  const { format, bytes } = frame;
  const { BitsAllocated, BitsStored, HighBit, PixelRepresentation } = format;
  const isCandidate = PixelRepresentation === 1 && BitsAllocated === 16 && BitsStored < 16 &&
    HighBit === BitsStored - 1;
  if (!isCandidate) return frame;
  const { greatest } = rangeOf({ format: { ...format, PixelRepresentation: 0 }, bytes });
  if (greatest >= 2 ** BitsStored) return frame;
  const shift = 32 - BitsStored;
  const carried = Int16Array.from(view(bytes, 2), (sample) => sample << shift >> shift);
  return { format, bytes: new Uint8Array(carried.buffer) };
}

/** True where no sample needs more bits. */
export function fits(frame: Frame, bits: number): boolean {
  const { least, greatest } = rangeOf(frame);
  return frame.format.PixelRepresentation === 0
    ? greatest < 2 ** bits
    : least >= -(2 ** (bits - 1)) && greatest < 2 ** (bits - 1);
}
