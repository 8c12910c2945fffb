/**
 * Frames in colour: PALETTE COLOR, RGB, the YBR family, and what was retired (PS3.3 C.7.6.3.1.2).
 * @module
 */
import { type Frame, type FrameFormat, PixelError, type Raster } from "../frame.ts";
import type { Palette } from "./description.ts";
import { copyColor, paintByTable, storedValue } from "./grayscale.ts";
import { openCells, storedSamples } from "./samples.ts";

/** The image of a frame of palette indexes. Throws PixelError as {@linkcode openCells} does. */
export function renderPalette(frame: Frame, palette: Palette): Raster {
  const { format } = frame;
  if (format.sample !== "integer" || format.BitsStored > 16) {
    throw new PixelError("unsupported", "Palettes are rendered for integers of up to 16 bits");
  }
  const count = format.Rows * format.Columns;
  const cells = openCells(frame, count);
  const table = new Uint8Array((cells.mask + 1) * 3);
  for (let code = 0; code <= cells.mask; code++) {
    copyColor(palette.colors, storedValue(code, format) - palette.first, table, 3 * code);
  }
  const data = new Uint8Array(count * 3);
  paintByTable(cells, table, data, 3);
  return { width: format.Columns, height: format.Rows, channels: 3, data };
}

/** How the samples of a photometric interpretation become RGB. */
interface ColorModel {
  /** Samples that a pixel needs. */
  readonly samples: number;
  /** Converts pixels of `stride` samples until `target`, which has 3 a pixel, is full. */
  readonly convert: (source: Uint8Array, stride: number, target: Uint8Array) => void;
}

/** RGB from the sample `first` of each pixel on. */
function copyFrom(first: number): ColorModel["convert"] {
  return (source, stride, target) => {
    for (let to = 0, from = first; to < target.length; to += 3, from += stride) {
      target[to] = source[from]!;
      target[to + 1] = source[from + 1]!;
      target[to + 2] = source[from + 2]!;
    }
  };
}

/** Weights by which luminance and chroma make red, green and blue. */
interface ChromaWeights {
  /** Luminance of black. */
  readonly black: number;
  readonly luminance: number;
  readonly redOfCr: number;
  readonly greenOfCb: number;
  readonly greenOfCr: number;
  readonly blueOfCb: number;
}

/** Chroma of 128 is none. */
function convertChroma(weights: ChromaWeights): ColorModel["convert"] {
  const { black, luminance, redOfCr, greenOfCb, greenOfCr, blueOfCb } = weights;
  return (source, stride, target) => {
    for (let to = 0, from = 0; to < target.length; to += 3, from += stride) {
      const y = luminance * (source[from]! - black);
      const cb = source[from + 1]! - 128;
      const cr = source[from + 2]! - 128;
      target[to] = byte(y + redOfCr * cr);
      target[to + 1] = byte(y - greenOfCb * cb - greenOfCr * cr);
      target[to + 2] = byte(y + blueOfCb * cb);
    }
  };
}

/** ITU-R BT.601 in full range. */
const FULL_RANGE = convertChroma({
  black: 0,
  luminance: 1,
  redOfCr: 1.402,
  greenOfCb: 0.344136,
  greenOfCr: 0.714136,
  blueOfCb: 1.772,
});

/** The same in studio range: luminance from 16 to 235, chroma from 16 to 240. */
const STUDIO_RANGE = convertChroma({
  black: 16,
  luminance: 1.164384,
  redOfCr: 1.596027,
  greenOfCb: 0.391762,
  greenOfCr: 0.812968,
  blueOfCb: 2.017232,
});

function convertCmyk(source: Uint8Array, stride: number, target: Uint8Array): void {
  for (let to = 0, from = 0; to < target.length; to += 3, from += stride) {
    const light = (255 - source[from + 3]!) / 255;
    for (let i = 0; i < 3; i++) target[to + i] = byte((255 - source[from + i]!) * light);
  }
}

/** Hue is a circle of 256 steps. */
function convertHsv(source: Uint8Array, stride: number, target: Uint8Array): void {
  for (let to = 0, from = 0; to < target.length; to += 3, from += stride) {
    const hue = source[from]! * 6 / 256;
    const value = source[from + 2]!;
    const chroma = value * source[from + 1]! / 255;
    for (let i = 0; i < 3; i++) {
      const k = (5 - 2 * i + hue) % 6;
      target[to + i] = byte(value - chroma * Math.max(0, Math.min(k, 4 - k, 1)));
    }
  }
}

const RGB: ColorModel = { samples: 3, convert: copyFrom(0) };
const YBR_FULL: ColorModel = { samples: 3, convert: FULL_RANGE };
const YBR_PARTIAL: ColorModel = { samples: 3, convert: STUDIO_RANGE };

/**
 * Decoders give RGB for YBR_RCT and YBR_ICT. Where a native frame has such a name, YBR_RCT can only
 * be a slip, since its chroma needs a bit more than there is; YBR_ICT has the numbers of YBR_FULL.
 */
const MODELS: ReadonlyMap<string, ColorModel> = new Map(Object.entries({
  RGB,
  YBR_RCT: RGB,
  YBR_ICT: YBR_FULL,
  YBR_FULL,
  YBR_FULL_422: YBR_FULL,
  YBR_PARTIAL_422: YBR_PARTIAL,
  YBR_PARTIAL_420: YBR_PARTIAL,
  // Alpha is no part of what is shown.
  ARGB: { samples: 4, convert: copyFrom(1) },
  CMYK: { samples: 4, convert: convertCmyk },
  HSV: { samples: 3, convert: convertHsv },
}));

/** True where frames of that interpretation are made of several samples a pixel. */
export function isColorModel(photometricInterpretation: string): boolean {
  return MODELS.has(photometricInterpretation);
}

/**
 * The image of a frame with several samples a pixel; what names no interpretation is taken as RGB.
 *
 * @throws {PixelError} where its bytes are too few, or its form is not read
 */
export function renderColor(frame: Frame): Raster {
  const { format } = frame;
  const model = MODELS.get(format.PhotometricInterpretation) ?? RGB;
  if (format.sample !== "integer" || format.SamplesPerPixel < model.samples) {
    throw new PixelError("unsupported", "The samples of a pixel do not make a colour");
  }
  const count = format.Rows * format.Columns;
  const source = colorSamples(frame);
  const isSubsampled = source.length < count * format.SamplesPerPixel;
  const pixels = isSubsampled ? expandChroma(source, format) : source;
  const stride = isSubsampled ? 3 : format.SamplesPerPixel;
  const data = new Uint8Array(count * 3);
  model.convert(pixels, stride, data);
  return { width: format.Columns, height: format.Rows, channels: 3, data };
}

/** The samples in 8 bits, those of a pixel together; chroma that is shared between pixels stays so. */
function colorSamples(frame: Frame): Uint8Array {
  const { format } = frame;
  const pixels = format.Rows * format.Columns;
  const full = storedSamples(format);
  const shared = sharedSamples(format);
  const bytesOf = (samples: number) => Math.ceil(samples * format.BitsAllocated / 8);
  const isShared = shared !== undefined && frame.bytes.length < bytesOf(full);
  const count = isShared ? shared : full;
  const opened = openCells(frame, count);
  const { cells, shift, mask } = opened;
  if (format.BitsStored === 8 && shift === 0 && cells instanceof Uint8Array) {
    const samples = cells.subarray(0, count);
    return isPlanar(format, isShared) ? interleave(samples, pixels) : samples;
  }
  const half = format.PixelRepresentation === 1 ? (mask + 1) / 2 : 0;
  const scale = 255 / mask;
  const samples = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    // Of unsigned 32 bits the shift and the mask are done as numbers: bit operations are signed.
    const code = mask > 0x7fffffff ? cells[i]! : (cells[i]! >>> shift) & mask;
    samples[i] = Math.round(((code + half) % (mask + 1)) * scale);
  }
  return isPlanar(format, isShared) ? interleave(samples, pixels) : samples;
}

function isPlanar({ PlanarConfiguration, SamplesPerPixel }: FrameFormat, isShared: boolean) {
  return PlanarConfiguration === 1 && SamplesPerPixel > 1 && !isShared;
}

/** Samples of a frame whose chroma is shared between pixels; undefined where each has its own. */
function sharedSamples(format: FrameFormat): number | undefined {
  const { Rows, Columns, PhotometricInterpretation } = format;
  switch (PhotometricInterpretation) {
    case "YBR_FULL_422":
    case "YBR_PARTIAL_422":
      return Rows * Columns * 2;
    case "YBR_PARTIAL_420":
      return Math.floor(Rows * Columns * 1.5);
    default:
      return undefined;
  }
}

/** Planes of `pixels` samples to pixels. */
function interleave(planes: Uint8Array, pixels: number): Uint8Array {
  const count = planes.length / pixels;
  const samples = new Uint8Array(planes.length);
  for (let plane = 0; plane < count; plane++) {
    for (let i = 0, from = plane * pixels; i < pixels; i++) {
      samples[i * count + plane] = planes[from + i]!;
    }
  }
  return samples;
}

/** Gives each pixel the chroma that it shares with its neighbour. */
function expandChroma(
  source: Uint8Array,
  { Rows, Columns, PhotometricInterpretation }: FrameFormat,
): Uint8Array {
  if (PhotometricInterpretation === "YBR_PARTIAL_420") {
    throw new PixelError("unsupported", "Native YBR_PARTIAL_420 is not rendered");
  }
  const count = Rows * Columns;
  const samples = new Uint8Array(count * 3);
  // Two pixels are four bytes: Y, Y, Cb, Cr.
  for (let i = 0; i < count; i++) {
    const pair = (i >>> 1) * 4;
    samples[3 * i] = source[pair + (i & 1)]!;
    samples[3 * i + 1] = source[pair + 2]!;
    samples[3 * i + 2] = source[pair + 3]!;
  }
  return samples;
}

function byte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}
