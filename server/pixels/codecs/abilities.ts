/**
 * What the codecs do right, by measurement, as it can be known without them. Everything else is
 * refused: no frame leaves with a wrong sample.
 * @module
 */
import type { PixelFormat } from "../../../lib/dicom/pixel_format.ts";
import type { FrameFormat } from "../frame.ts";
import { afterTransform, withoutSharedChroma } from "./decoded_format.ts";
import { fitsRle } from "./rle.ts";
import { codingOf, UID } from "./syntaxes.ts";

type Format = PixelFormat & { readonly sample?: FrameFormat["sample"] };

/** Why a frame stored so cannot be decoded; undefined where it can, as far as the data set tells. */
export function undecodable(transferSyntaxUID: string, format: Format): string | undefined {
  const coding = codingOf(transferSyntaxUID);
  if (coding === undefined) return "Nothing here decodes this transfer syntax";
  if (coding === "native") return undefined;
  const { BitsAllocated, BitsStored, SamplesPerPixel } = format;
  const general = impossible(format);
  if (general !== undefined) return general;
  if (coding === "deflate" || coding === "rle") return undefined;
  if (SamplesPerPixel !== 1 && SamplesPerPixel !== 3) {
    return "Frames of 2 or more than 3 samples a pixel are decoded from RLE only";
  }
  if (BitsAllocated > 16) return "More than 16 bits a sample are decoded from RLE only";
  const isJpeg2000 = coding === "jpeg2000" || coding === "htJpeg2000";
  if (BitsAllocated === 1 && !isJpeg2000) {
    return "Samples of 1 bit are not in this transfer syntax";
  }
  if (coding === "jpeg2000" && SamplesPerPixel === 3 && BitsStored > 8) {
    return "Colour of more than 8 bits a sample is not decoded from JPEG 2000";
  }
  return undefined;
}

/** Of every syntax that is not native. */
function impossible(format: Format): string | undefined {
  const { BitsAllocated, sample = "integer" } = format;
  if (sample !== "integer") return "Floating point samples are not compressed";
  if (![1, 8, 16, 32].includes(BitsAllocated)) {
    return "Samples of this many bits are not compressed";
  }
  if (BitsAllocated === 1 && format.SamplesPerPixel > 1) {
    return "Colour of 1 bit a sample is not compressed";
  }
  if (!fitsRle(format) || format.SamplesPerPixel === 0) {
    return "The frame has more samples a pixel than can be coded";
  }
  return undefined;
}

/** What a syntax can hold, beside what all can. */
const ENCODERS: ReadonlyMap<string, (format: Format) => string | undefined> = new Map([
  [UID.encapsulatedUncompressed, () => undefined],
  [UID.deflatedImageFrame, () => undefined],
  [UID.rleLossless, () => undefined],
  [UID.jpegBaseline, baselineRefuses],
  [UID.jpegLossless, jpegRefuses],
  [UID.jpegLsLossless, jpegRefuses],
  [UID.jpegLsNearLossless, nearLosslessRefuses],
  [UID.jpeg2000Lossless, jpeg2000Refuses],
  [UID.jpeg2000, jpeg2000LossyRefuses],
  [UID.htJpeg2000Lossless, colourDepthRefuses],
  [UID.htJpeg2000LosslessRpcl, colourDepthRefuses],
  [UID.htJpeg2000, htLossyRefuses],
]);

/**
 * Why decoded frames of this format cannot be written in a syntax without a wrong pixel; undefined
 * where they can.
 */
export function unencodable(transferSyntaxUID: string, format: Format): string | undefined {
  if (codingOf(transferSyntaxUID) === "native") return undefined;
  const refuses = ENCODERS.get(transferSyntaxUID);
  if (refuses === undefined) return "Nothing here encodes this transfer syntax";
  return impossible(format) ?? badColour(format) ?? refuses(format);
}

/** Colours that are carried through; sharing chroma is undone where it is done as the standard says. */
function badColour(format: Format): string | undefined {
  const { PhotometricInterpretation: name, SamplesPerPixel, Columns, BitsAllocated } = format;
  if (SamplesPerPixel === 1) return undefined;
  if (SamplesPerPixel !== 3) return "Frames of 2 or more than 3 samples a pixel are not encoded";
  if (name === "RGB" || name === "YBR_FULL") return undefined;
  if (name === "YBR_FULL_422" && Columns % 2 === 0 && BitsAllocated === 8) return undefined;
  return "Colour of this Photometric Interpretation is not encoded";
}

/** JPEG and JPEG-LS. */
function jpegRefuses({ BitsAllocated }: Format): string | undefined {
  if (BitsAllocated !== 8 && BitsAllocated !== 16) {
    return "This transfer syntax holds 8 or 16 bits a sample";
  }
  return undefined;
}

function baselineRefuses(format: Format): string | undefined {
  if (format.BitsAllocated !== 8) return "JPEG Baseline holds 8 bits a sample";
  return lossyRefuses(format) ?? signedRefuses(format);
}

function nearLosslessRefuses(format: Format): string | undefined {
  return jpegRefuses(format) ?? lossyRefuses(format) ?? signedRefuses(format);
}

function jpeg2000Refuses(format: Format): string | undefined {
  // The encoder counts its wavelet levels by halving, and needs one.
  if (format.Rows < 2 || format.Columns < 2) {
    return "JPEG 2000 is not encoded with less than 2 rows and columns";
  }
  return colourDepthRefuses(format);
}

function colourDepthRefuses(format: Format): string | undefined {
  if (format.SamplesPerPixel > 1 && format.BitsAllocated > 8) {
    return "Colour of more than 8 bits a sample is not encoded in JPEG 2000";
  }
  return jpegRefuses(format);
}

function jpeg2000LossyRefuses(format: Format): string | undefined {
  return jpeg2000Refuses(format) ?? lossyRefuses(format);
}

function htLossyRefuses(format: Format): string | undefined {
  return colourDepthRefuses(format) ?? lossyRefuses(format);
}

/** An index that is off by one is another colour altogether; bits of several meanings mix. */
function lossyRefuses(format: Format): string | undefined {
  if (format.PhotometricInterpretation === "PALETTE COLOR") {
    return "Palette indices are not compressed with loss";
  }
  if (format.HighBit !== format.BitsStored - 1) {
    return "Samples whose bits do not begin at the lowest are not compressed with loss";
  }
  return undefined;
}

/** Samples are coded as if unsigned: an error would carry the largest over to the smallest. */
function signedRefuses(format: Format): string | undefined {
  if (format.PixelRepresentation === 0) return undefined;
  return "Signed samples are not compressed with loss in this transfer syntax";
}

/**
 * The format of a decoded frame once it is encoded (PS3.5 8.2): what {@linkcode encodeFrame} returns.
 * With `decodedFormat` of the first frame this is known before any frame is made.
 */
export function encodedFormat(format: FrameFormat, transferSyntaxUID: string): FrameFormat {
  const coding = codingOf(transferSyntaxUID);
  if (coding === "native") return format;
  const base = withoutSharedChroma({ ...format, PlanarConfiguration: 0 });
  const isColour = base.SamplesPerPixel > 1;
  const isTransformed = base.PhotometricInterpretation === "RGB" &&
    (coding === "jpeg2000" || coding === "htJpeg2000");
  if (!isLossy(transferSyntaxUID)) {
    return isTransformed ? { ...base, PhotometricInterpretation: "YBR_RCT" } : base;
  }
  // What is lost may carry a sample over what it could be: only the stream's depth holds it.
  const isWhole = base.BitsStored <= 8 || coding === "htJpeg2000";
  const BitsStored = isWhole ? base.BitsAllocated : base.BitsStored;
  const lossy = { ...base, BitsStored, HighBit: BitsStored - 1 };
  if (isTransformed) return { ...lossy, PhotometricInterpretation: "YBR_ICT" };
  const isShared = transferSyntaxUID === UID.jpegBaseline && isColour;
  return isShared ? { ...lossy, PhotometricInterpretation: "YBR_FULL_422" } : lossy;
}

/** True where frames are made with loss under this syntax, which may allow either. */
export function isLossy(transferSyntaxUID: string): boolean {
  return ([UID.jpegBaseline, UID.jpegLsNearLossless, UID.jpeg2000, UID.htJpeg2000] as string[])
    .includes(transferSyntaxUID);
}

/**
 * The format of frames after they went from one syntax to another, as far as the data set tells.
 * Streams may differ from the data set in colour and depth: with the first frame at hand, give
 * its `decodedFormat` and Explicit VR Little Endian instead.
 */
export function formatAfter(format: FrameFormat, fromUID: string, toUID: string): FrameFormat {
  return encodedFormat(presumedFormat(format, fromUID), toUID);
}

/** What decoding gives when a stream is what its data set says. */
function presumedFormat(format: FrameFormat, fromUID: string): FrameFormat {
  const coding = codingOf(fromUID);
  if (coding === "native" || coding === undefined) return format;
  const base: FrameFormat = { ...format, PlanarConfiguration: 0 };
  if (coding === "rle" || coding === "deflate") return base;
  const isLosslessJpeg = fromUID === UID.jpegLossless || fromUID.endsWith(".4.57");
  if (coding === "jpeg" && !isLosslessJpeg && base.PhotometricInterpretation.startsWith("YBR")) {
    return { ...base, PhotometricInterpretation: "RGB" };
  }
  return afterTransform(base);
}
