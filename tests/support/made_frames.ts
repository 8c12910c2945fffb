/**
 * Frames of every form that images have, with samples that are hard on codecs, and Part 10 files of
 * encoded ones.
 * @module
 */
import type { Bytes, EncodedFrame, Frame, FrameFormat } from "../../server/pixels/frame.ts";
import { chance } from "./chance.ts";
import {
  buildPart10,
  type BuiltElement,
  concat,
  fragments,
  SYNTAX,
  value,
} from "./part10_builder.ts";

/** A format with the usual in what is not named. */
export function frameFormat(differences: Partial<FrameFormat> = {}): FrameFormat {
  const BitsAllocated = differences.BitsAllocated ?? 16;
  const BitsStored = differences.BitsStored ?? BitsAllocated;
  return {
    Rows: 24,
    Columns: 31,
    SamplesPerPixel: 1,
    BitsAllocated,
    BitsStored,
    HighBit: BitsStored - 1,
    PixelRepresentation: 0,
    PlanarConfiguration: 0,
    PhotometricInterpretation: "MONOCHROME2",
    sample: "integer",
    ...differences,
  };
}

const COLOUR = { SamplesPerPixel: 3, PhotometricInterpretation: "RGB" } as const;

/** What images are made of, by the names that messages use. */
export const FORMATS: Readonly<Record<string, FrameFormat>> = {
  u8: frameFormat({ BitsAllocated: 8 }),
  s8: frameFormat({ BitsAllocated: 8, PixelRepresentation: 1 }),
  u7: frameFormat({ BitsAllocated: 8, BitsStored: 7 }),
  "u8 in 16": frameFormat({ BitsStored: 8 }),
  u10: frameFormat({ BitsStored: 10 }),
  u12: frameFormat({ BitsStored: 12 }),
  s12: frameFormat({ BitsStored: 12, PixelRepresentation: 1 }),
  u16: frameFormat(),
  s16: frameFormat({ PixelRepresentation: 1 }),
  u32: frameFormat({ BitsAllocated: 32 }),
  palette: frameFormat({ BitsAllocated: 8, PhotometricInterpretation: "PALETTE COLOR" }),
  RGB: frameFormat({ ...COLOUR, BitsAllocated: 8 }),
  "RGB by plane": frameFormat({ ...COLOUR, BitsAllocated: 8, PlanarConfiguration: 1 }),
  YBR: frameFormat({ ...COLOUR, BitsAllocated: 8, PhotometricInterpretation: "YBR_FULL" }),
  RGB16: frameFormat({ ...COLOUR }),
  "u1": frameFormat({ BitsAllocated: 1 }),
};

/** What samples do. */
export const CONTENTS = ["noise", "flat", "ramp", "extremes"] as const;

/** A frame of a format; the same for the same arguments. */
export function madeFrame(format: FrameFormat, content: typeof CONTENTS[number], seed = 1): Frame {
  const { Rows, Columns, SamplesPerPixel, BitsAllocated, BitsStored, PixelRepresentation } = format;
  const count = Rows * Columns * SamplesPerPixel;
  const span = 2 ** BitsStored;
  const least = PixelRepresentation === 1 ? -span / 2 : 0;
  const random = chance(seed);
  const sample = (index: number): number => {
    switch (content) {
      case "noise":
        return least + random.below(span);
      case "flat":
        return least + Math.floor(span / 3);
      case "ramp":
        return least + Math.floor(index / count * span);
      case "extremes":
        return index % 5 < 2 ? least : least + span - 1;
    }
  };
  if (BitsAllocated === 1) {
    const packed = new Uint8Array(Math.ceil(count / 8));
    for (let i = 0; i < count; i++) packed[i >> 3]! |= (sample(i) & 1) << (i & 7);
    return { format, bytes: packed };
  }
  const width = BitsAllocated / 8;
  const bytes = new Uint8Array(count * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    if (width === 1) view.setUint8(i, sample(i));
    else if (width === 2) view.setUint16(2 * i, sample(i), true);
    else view.setUint32(4 * i, sample(i), true);
  }
  return { format, bytes };
}

/** A file of encoded frames, one fragment each, that says what the first one's format says. */
export function fileOfFrames(frames: readonly EncodedFrame[]): Bytes {
  const { format, transferSyntaxUID } = frames[0]!;
  const pixels = fragments(frames.map(({ bytes }) => bytes));
  return fileOf(format, frames.length, pixels, transferSyntaxUID);
}

/** A file of one frame in Explicit VR Little Endian. */
export function fileOfFrame({ format, bytes }: Frame): Bytes {
  const even = concat([bytes, new Uint8Array(bytes.length % 2)]);
  const vr = format.BitsAllocated > 8 ? "OW" : "OB";
  return fileOf(format, 1, value(0x7fe00010, vr, even), SYNTAX.explicit);
}

function fileOf(
  format: FrameFormat,
  frames: number,
  pixels: BuiltElement,
  transferSyntaxUID: string,
): Bytes {
  return new Uint8Array(concat([buildPart10([
    value(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7.3"),
    value(0x00080018, "UI", "1.2.826.0.1.3680043.10.1.3"),
    value(0x0020000d, "UI", "1.2.826.0.1.3680043.10.1.1"),
    value(0x0020000e, "UI", "1.2.826.0.1.3680043.10.1.2"),
    value(0x00280002, "US", [format.SamplesPerPixel]),
    value(0x00280004, "CS", format.PhotometricInterpretation),
    ...(format.SamplesPerPixel > 1 ? [value(0x00280006, "US", [format.PlanarConfiguration])] : []),
    value(0x00280008, "IS", String(frames)),
    value(0x00280010, "US", [format.Rows]),
    value(0x00280011, "US", [format.Columns]),
    value(0x00280100, "US", [format.BitsAllocated]),
    value(0x00280101, "US", [format.BitsStored]),
    value(0x00280102, "US", [format.HighBit]),
    value(0x00280103, "US", [format.PixelRepresentation]),
    ...(format.PhotometricInterpretation === "PALETTE COLOR" ? PALETTE : []),
    pixels,
  ], transferSyntaxUID)]));
}

const PALETTE = [0x00281101, 0x00281102, 0x00281103].map((tag) => value(tag, "US", [256, 0, 16]))
  .concat(
    [0x00281201, 0x00281202, 0x00281203].map((tag) =>
      value(tag, "OW", Array.from({ length: 256 }, (_, index) => index * 257))
    ),
  );
