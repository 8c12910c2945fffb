/**
 * Samples in another order or width, with the values they had.
 * @module
 */
import type { Bytes } from "../frame.ts";

/** Planes one after the other become pixels whose samples lie together (PS3.3 C.7.6.3.1.3). */
export function interleave(planes: Bytes, samples: number, bytesPerSample: number): Bytes {
  const pixels = planes.length / samples / bytesPerSample;
  const out = new Uint8Array(planes.length);
  const [from, to] = [view(planes, bytesPerSample), view(out, bytesPerSample)];
  for (let sample = 0; sample < samples; sample++) {
    for (let pixel = 0, at = sample; pixel < pixels; pixel++, at += samples) {
      to[at] = from[sample * pixels + pixel]!;
    }
  }
  return out;
}

/**
 * OpenJPH's binding walks rows and in each of them components, where the library itself walks
 * components and in each of them rows when there is no colour transform: rows of samples lie in
 * places of each other.
 */
export function swapComponentRows(
  frame: Bytes,
  { Rows, Columns, SamplesPerPixel: samples }: {
    Rows: number;
    Columns: number;
    SamplesPerPixel: number;
  },
  bytesPerSample: number,
  direction: "fromLibrary" | "toLibrary",
): Bytes {
  const out = new Uint8Array(frame.length);
  const [from, to] = [view(frame, bytesPerSample), view(out, bytesPerSample)];
  for (let line = 0; line < Rows * samples; line++) {
    const place = Math.floor(line / samples) * Columns * samples + line % samples;
    const truth = line % Rows * Columns * samples + Math.floor(line / Rows);
    let [source, target] = direction === "fromLibrary" ? [place, truth] : [truth, place];
    for (let x = 0; x < Columns; x++, source += samples, target += samples) {
      to[target] = from[source]!;
    }
  }
  return out;
}

/** Bytes become 16-bit samples. */
export function widen(bytes: Bytes, signed: boolean): Bytes {
  const out = new Int16Array(bytes.length);
  out.set(signed ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes);
  return new Uint8Array(out.buffer);
}

/** 8 samples of 1 bit to a byte, the first in the lowest bit (PS3.5 8.1.1). */
export function packBits(samples: Bytes): Bytes {
  const out = new Uint8Array(Math.ceil(samples.length / 8));
  for (let i = 0; i < samples.length; i++) out[i >> 3]! |= (samples[i]! & 1) << (i & 7);
  return out;
}

/** Chroma that pixels share is written for each (PS3.3 C.7.6.3.1.2): Y Y Cb Cr becomes Y Cb Cr, twice. */
export function unshareChroma(frame: Bytes, pixels: number): Bytes {
  const out = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const pair = (pixel >> 1) * 4;
    out[3 * pixel] = frame[pair + (pixel & 1)]!;
    out[3 * pixel + 1] = frame[pair + 2]!;
    out[3 * pixel + 2] = frame[pair + 3]!;
  }
  return out;
}

/** YBR_FULL to RGB by the equations of PS3.3 C.7.6.3.1.2. */
export function ybrFullToRgb(frame: Bytes): Bytes {
  const out = new Uint8ClampedArray(frame.length);
  for (let i = 0; i + 2 < frame.length; i += 3) {
    const [y, cb, cr] = [frame[i]!, frame[i + 1]! - 128, frame[i + 2]! - 128];
    out[i] = y + 1.402 * cr;
    out[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    out[i + 2] = y + 1.772 * cb;
  }
  return new Uint8Array(out.buffer);
}

/** Turns the highest of `bits` bits of every byte: two's complement from and to an offset. */
export function flipSign(bytes: Bytes, bits: number): Bytes {
  const mask = 1 << bits - 1;
  return bytes.map((byte) => byte ^ mask);
}

/** Two's complement of `bits` bits in every byte is carried up to the whole byte. */
export function signExtend(bytes: Bytes, bits: number): Bytes {
  const shift = 32 - bits;
  return bytes.map((byte) => byte << shift >> shift);
}

/** A view whose elements are samples; the bytes are copied where they do not begin on a sample. */
export function view(bytes: Bytes, bytesPerSample: number): Uint8Array | Uint16Array | Uint32Array {
  if (bytesPerSample === 1) return bytes;
  const aligned = bytes.byteOffset % bytesPerSample === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const count = Math.floor(bytes.length / bytesPerSample);
  return bytesPerSample === 2
    ? new Uint16Array(buffer, byteOffset, count)
    : new Uint32Array(buffer, byteOffset, count);
}
