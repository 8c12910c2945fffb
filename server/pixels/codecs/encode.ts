/**
 * One frame from samples to a transfer syntax.
 * @module
 */
import { type Bytes, type EncodedFrame, type Frame, PixelError } from "../frame.ts";
import { encodedFormat, isLossy, unencodable } from "./abilities.ts";
import { withSign } from "./decode.ts";
import { deflateFrame } from "./deflate.ts";
import { checkSize, evenLength, fullFrameLength, storedSamplesPerPixel } from "./geometry.ts";
import { readJpeg2000Header } from "./jpeg2000_header.ts";
import { withoutColourMarks } from "./jpeg_marks.ts";
import { flipSign, interleave, swapComponentRows, unshareChroma, ybrFullToRgb } from "./layout.ts";
import type { Codecs } from "./load.ts";
import { notLoaded, told } from "./native_errors.ts";
import { fits, precisionOf, rangeOf, withCarriedSign } from "./precision.ts";
import { encodeRle } from "./rle.ts";
import { codingOf, UID } from "./syntaxes.ts";

/** What a frame is to be encoded to. */
export interface EncodeTarget {
  readonly transferSyntaxUID: string;
  /** 1 to 100, of a syntax with loss. */
  readonly quality?: number;
}

/** Of lossy syntaxes whose client names none. */
const QUALITY = 90;

/**
 * Below it the tables of IJG's library have values of more than 8 bits, which Baseline does not
 * know (ISO/IEC 10918-1 B.2.4.1).
 */
const BASELINE_QUALITY_MIN = 24;

/** Syntaxes whose streams have no depth of their own. */
const BIT_BY_BIT: readonly string[] = [UID.rleLossless, UID.deflatedImageFrame];

/** RPCL. */
const PROGRESSION_ORDER = 2;
const JPEG_LS_NEAR_MAX = 255;
/** Of flat frames; for a step that is much finer the encoder has no exponent. */
const QUANTIZATION_STEP_MIN = 2 ** -20;

/**
 * Encodes a frame; its length is even but in a native syntax. The codecs of the target must be
 * loaded. Throws PixelError "unsupported" where `unencodable` refuses, or where the encoder gives up,
 * "damaged" where the frame has too few bytes, "limit" where it is larger than may be.
 */
export function encodeFrame(codecs: Codecs, frame: Frame, target: EncodeTarget): EncodedFrame {
  const { transferSyntaxUID } = target;
  const format = encodedFormat(frame.format, transferSyntaxUID);
  if (codingOf(transferSyntaxUID) === "native") {
    return { transferSyntaxUID, format, bytes: frame.bytes };
  }
  const reason = unencodable(transferSyntaxUID, frame.format);
  if (reason !== undefined) throw new PixelError("unsupported", reason);
  checkSize(frame.format);
  const quality = Math.min(100, Math.max(1, Math.round(target.quality ?? QUALITY)));
  const whole = normalised(frame);
  // Readers of a stream that has its own depth may go by that.
  const prepared = BIT_BY_BIT.includes(transferSyntaxUID) ? whole : withCarriedSign(whole);
  const bytes = evenLength(encode(codecs, prepared, transferSyntaxUID, quality));
  return { transferSyntaxUID, format, bytes };
}

function encode(codecs: Codecs, frame: Frame, syntax: string, quality: number): Bytes {
  switch (codingOf(syntax)) {
    case "deflate":
      return deflateFrame(frame.bytes);
    case "rle":
      return encodeRle(frame.bytes, frame.format);
    case "jpeg":
      return syntax === UID.jpegBaseline
        ? encodeBaseline(codecs, frame, quality)
        : encodeJpegLossless(codecs, frame);
    case "jpegLs":
      return encodeJpegLs(codecs, frame, syntax, quality);
    case "jpeg2000":
      return encodeJpeg2000(codecs, frame, syntax, quality);
    case "htJpeg2000":
      return encodeHighThroughput(codecs, frame, syntax, quality);
    default:
      throw new PixelError("unsupported", "Nothing here encodes this transfer syntax");
  }
}

/** Every sample of every pixel, those of a pixel together. */
function normalised({ format, bytes }: Frame): Frame {
  const full = fullFrameLength(format);
  const pixels = format.Rows * format.Columns;
  const stored = Math.ceil(pixels * storedSamplesPerPixel(format) * format.BitsAllocated / 8);
  if (bytes.length < stored) throw new PixelError("damaged", "The frame has too few bytes");
  const whole = encodedFormat(format, UID.deflatedImageFrame);
  if (bytes.length < full) return { format: whole, bytes: unshareChroma(bytes, pixels) };
  const exact = bytes.subarray(0, full);
  const isPlanar = format.SamplesPerPixel > 1 && format.PlanarConfiguration === 1;
  const samples = isPlanar
    ? interleave(exact, format.SamplesPerPixel, format.BitsAllocated / 8)
    : exact;
  return { format: whole, bytes: samples };
}

function encodeBaseline(codecs: Codecs, { format, bytes }: Frame, quality: number): Bytes {
  const isYbr = format.PhotometricInterpretation === "YBR_FULL";
  return callNative(
    codecs,
    "EncodeJpeg",
    { ...format, BitsStored: 8 },
    isYbr ? ybrFullToRgb(bytes) : bytes,
    {
      lossy: true,
      quality: Math.max(BASELINE_QUALITY_MIN, quality),
      sampleFactor: 1,
    },
  );
}

function encodeJpegLossless(codecs: Codecs, frame: Frame): Bytes {
  const { format, bytes } = frame;
  const precision = precisionOf(frame, false);
  const stream = callNative(codecs, "EncodeJpeg", { ...format, BitsStored: precision }, bytes, {
    lossy: false,
  });
  // The encoder marks every stream of three components as RGB.
  return format.PhotometricInterpretation === "YBR_FULL" ? withoutColourMarks(stream) : stream;
}

function encodeJpegLs(codecs: Codecs, frame: Frame, syntax: string, quality: number): Bytes {
  const precision = streamPrecision(frame, syntax, false);
  // The library takes its precision from here.
  const format = { ...frame.format, BitsAllocated: precision, BitsStored: precision };
  const allowedError = isLossy(syntax) ? nearOf(frame, quality) : 0;
  return callNative(codecs, "EncodeJpegLs", format, frame.bytes, {
    lossy: allowedError > 0,
    allowedError,
  });
}

/** Bits a sample of a stream; with loss they are those that the data set will say. */
function streamPrecision(frame: Frame, syntax: string, knowsSign: boolean): number {
  if (!isLossy(syntax)) return precisionOf(frame, knowsSign);
  const { BitsAllocated, BitsStored } = encodedFormat(frame.format, syntax);
  if (BitsStored < BitsAllocated && !fits(frame, BitsStored)) {
    throw new PixelError(
      "unsupported",
      "Bits beside the stored ones are in use, which loss would mix",
    );
  }
  return BitsStored;
}

/** How far a sample may be off: a part of the range that the frame uses, 1 of 256 for each 10 of quality. */
function nearOf(frame: Frame, quality: number): number {
  const { least, greatest } = rangeOf(frame);
  const near = Math.round((100 - quality) / 10 * (greatest - least + 1) / 256);
  return Math.min(JPEG_LS_NEAR_MAX, near);
}

function encodeJpeg2000(codecs: Codecs, frame: Frame, syntax: string, quality: number): Bytes {
  const { format } = frame;
  const isSigned8 = format.PixelRepresentation === 1 && format.BitsAllocated === 8;
  const precision = streamPrecision(frame, syntax, !isSigned8);
  // Samples of 8 bits are taken as unsigned.
  const bytes = isSigned8 ? flipSign(frame.bytes, 8) : frame.bytes;
  const stream = callNative(
    codecs,
    "EncodeJpeg2000",
    {
      ...format,
      BitsStored: precision,
      PixelRepresentation: isSigned8 ? 0 : format.PixelRepresentation,
    },
    bytes,
    {
      lossy: isLossy(syntax),
      colourTransform: format.PhotometricInterpretation === "RGB",
      rate: isLossy(syntax) ? compressionRatio(quality) : 0,
    },
  );
  return isSigned8 ? withSign(readJpeg2000Header(stream), true) : stream;
}

/** How many times fewer bits than stored ones: 1 at quality 100, 6 at 90, 11 at 80. */
function compressionRatio(quality: number): number {
  return Math.max(1, Math.round(1 + (100 - quality) / 2));
}

function encodeHighThroughput(
  codecs: Codecs,
  frame: Frame,
  syntax: string,
  quality: number,
): Bytes {
  const { openJph } = codecs;
  if (openJph === undefined) throw notLoaded();
  const { format } = frame;
  const isSigned8 = format.PixelRepresentation === 1 && format.BitsAllocated === 8;
  const isTransformed = format.PhotometricInterpretation === "RGB";
  let bytes = isSigned8 ? flipSign(frame.bytes, 8) : frame.bytes;
  if (format.SamplesPerPixel > 1 && !isTransformed) {
    bytes = swapComponentRows(bytes, format, 1, "toLibrary");
  }
  const stream = toldOf(() =>
    openJph.encode(
      {
        width: format.Columns,
        height: format.Rows,
        bitsPerSample: format.BitsAllocated,
        componentCount: format.SamplesPerPixel,
        isSigned: format.PixelRepresentation === 1 && !isSigned8,
        isUsingColorTransform: isTransformed,
      },
      bytes,
      {
        lossless: !isLossy(syntax),
        ...(isLossy(syntax) ? { quantizationStep: quantizationStep(frame, quality) } : {}),
        decompositions: decompositions(format),
        progressionOrder: PROGRESSION_ORDER,
      },
    )
  );
  return isSigned8 ? withSign(readJpeg2000Header(stream), true) : stream;
}

/** So many that the smallest image has no more than 64 rows and columns, and 5 at least. */
function decompositions({ Rows, Columns }: Frame["format"]): number {
  return Math.max(5, Math.ceil(Math.log2(Math.max(Rows, Columns) / 64)));
}

/** A part of the range that samples could have, by the range that they do have. */
function quantizationStep(frame: Frame, quality: number): number {
  const { least, greatest } = rangeOf(frame);
  const used = (greatest - least + 1) / 2 ** frame.format.BitsAllocated;
  return Math.max(QUANTIZATION_STEP_MIN, used * 2 ** -(3 + quality / 12));
}

function callNative(
  { native }: Codecs,
  ...call: Parameters<NonNullable<Codecs["native"]>["encode"]>
): Bytes {
  if (native === undefined) throw notLoaded();
  return toldOf(() => native.encode(...call));
}

function toldOf(work: () => Bytes): Bytes {
  return told(work, "unsupported", "The frame cannot be encoded in this transfer syntax");
}
