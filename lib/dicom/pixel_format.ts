/**
 * How the samples of a frame are laid out (PS3.3 C.7.6.3, PS3.5 8.1 and 8.2).
 * @module
 */
import type { DataSet, Tag } from "./dataset.ts";
import { integer, text } from "./values.ts";

/** Attributes of the Image Pixel Description Macro, by keyword. 0 or "" where absent, but for those that say otherwise. */
export interface PixelFormat {
  readonly Rows: number;
  readonly Columns: number;
  readonly SamplesPerPixel: number;
  readonly BitsAllocated: number;
  /** BitsAllocated where absent, or where it is larger than that. */
  readonly BitsStored: number;
  /** BitsStored - 1 where absent, or where the stored bits would not fit. */
  readonly HighBit: number;
  /** 1 where samples are two's complement. */
  readonly PixelRepresentation: number;
  /** 1 where a plane of each sample follows the other. */
  readonly PlanarConfiguration: number;
  readonly PhotometricInterpretation: string;
}

/** Longest PhotometricInterpretation kept: CS has at most 16 characters. */
const PHOTOMETRIC_MAX = 16;

/** The format that a data set gives its top-level pixel data. */
export function pixelFormatOf(dataSet: DataSet): PixelFormat {
  const number = (tag: Tag) => Math.max(0, integer(dataSet, tag) ?? 0);
  const BitsAllocated = number(0x00280100);
  const stored = number(0x00280101);
  const BitsStored = stored === 0 || stored > BitsAllocated ? BitsAllocated : stored;
  const high = integer(dataSet, 0x00280102);
  const fits = high !== undefined && high < BitsAllocated && high >= BitsStored - 1;
  return {
    Rows: number(0x00280010),
    Columns: number(0x00280011),
    SamplesPerPixel: number(0x00280002),
    BitsAllocated,
    BitsStored,
    HighBit: fits ? high : Math.max(0, BitsStored - 1),
    PixelRepresentation: number(0x00280103) === 1 ? 1 : 0,
    PlanarConfiguration: number(0x00280006) === 1 ? 1 : 0,
    PhotometricInterpretation: (text(dataSet, 0x00280004) ?? "").slice(0, PHOTOMETRIC_MAX),
  };
}
