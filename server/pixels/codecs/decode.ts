/**
 * One frame from a transfer syntax to samples.
 * @module
 */
import {
  type Bytes,
  type EncodedFrame,
  type Frame,
  type FrameFormat,
  PixelError,
} from "../frame.ts";
import { undecodable } from "./abilities.ts";
import {
  colourOf,
  decodedFormat,
  jpeg2000Format,
  jpegFormat,
  jpegLsFormat,
} from "./decoded_format.ts";
import { inflateFrame } from "./deflate.ts";
import { checkSize, fullFrameLength } from "./geometry.ts";
import { hasEnd, readJpegHeader } from "./jpeg_header.ts";
import { type Jpeg2000Header, readJpeg2000Header } from "./jpeg2000_header.ts";
import { flipSign, interleave, packBits, signExtend, swapComponentRows, widen } from "./layout.ts";
import type { Codecs } from "./load.ts";
import type { NativeDecoder } from "./native_binding.ts";
import { notLoaded, told } from "./native_errors.ts";
import { decodeRle } from "./rle.ts";
import { codingOf } from "./syntaxes.ts";

const CUT_SHORT = "The stream cannot be decoded to its end";

/**
 * Decodes a frame. The codecs of its transfer syntax must be loaded. Throws PixelError: "damaged"
 * where the stream is not whole or not what the data set says, "unsupported" where it may be sound
 * and cannot be decoded right, "limit" where it would be larger than may be.
 */
export function decodeFrame(codecs: Codecs, encoded: EncodedFrame): Frame {
  const { transferSyntaxUID, format, bytes } = encoded;
  const coding = codingOf(transferSyntaxUID);
  if (coding === "native") return { format, bytes };
  checkSize(format);
  const reason = undecodable(transferSyntaxUID, format);
  if (reason !== undefined) throw new PixelError("unsupported", reason);
  switch (coding) {
    case "rle":
      return { format: decodedFormat(encoded), bytes: decodeRle(bytes, format) };
    case "deflate":
      return decodeDeflated(encoded);
    case "jpeg":
      return decodeJpeg(codecs, format, bytes);
    case "jpegLs":
      return decodeJpegLs(codecs, format, bytes);
    case "jpeg2000":
      return decodeJpeg2000(codecs, format, bytes);
    case "htJpeg2000":
      return decodeHighThroughput(codecs, format, bytes);
    case undefined:
      throw new PixelError("unsupported", "Nothing here decodes this transfer syntax");
  }
}

function decodeDeflated(encoded: EncodedFrame): Frame {
  const { format, bytes } = encoded;
  const inflated = inflateFrame(bytes, fullFrameLength(format));
  const isPlanar = format.SamplesPerPixel > 1 && format.PlanarConfiguration === 1;
  const samples = isPlanar
    ? interleave(inflated, format.SamplesPerPixel, format.BitsAllocated / 8)
    : inflated;
  return { format: decodedFormat(encoded), bytes: samples };
}

function decodeJpeg(codecs: Codecs, format: FrameFormat, bytes: Bytes): Frame {
  const header = readJpegHeader(bytes);
  const decoded = jpegFormat(format, header);
  const samples = header.components.length;
  // A sequential scan of all components tells of itself when it is cut, others end between scans.
  const isOneScan = header.process !== 0xc2 && header.scanComponents === samples;
  if (!isOneScan && !hasEnd(bytes, header)) {
    throw new PixelError("damaged", "The JPEG stream ends early");
  }
  const toRgb = samples === 3 && header.process !== 0xc3 && colourOf(format, header) === "YCbCr";
  const raw = callNative(codecs, "DecodeJpeg", format, header.precision, bytes, toRgb);
  return { format: decoded, bytes: toDepth(raw, decoded, header.precision, false) };
}

function decodeJpegLs(codecs: Codecs, format: FrameFormat, bytes: Bytes): Frame {
  const header = readJpegHeader(bytes);
  const decoded = jpegLsFormat(format, header);
  // Where there is no marker to stop it, the library counts bits that are not there for seconds.
  if (!hasEnd(bytes, header)) throw new PixelError("damaged", "The JPEG-LS stream ends early");
  let raw = callNative(codecs, "DecodeJpegLs", format, header.precision, bytes);
  const samples = format.SamplesPerPixel;
  if (samples > 1 && header.interleave === 0) {
    raw = interleave(raw, samples, header.precision > 8 ? 2 : 1);
  }
  return { format: decoded, bytes: toDepth(raw, decoded, header.precision, false) };
}

function decodeJpeg2000(codecs: Codecs, format: FrameFormat, bytes: Bytes): Frame {
  const header = readJpeg2000Header(bytes);
  const decoded = jpeg2000Format(format, header);
  const { precision, signed } = header.components[0]!;
  if (format.SamplesPerPixel > 1 && precision > 8) {
    throw new PixelError(
      "unsupported",
      "Colour of more than 8 bits a sample is not decoded from JPEG 2000",
    );
  }
  const raw = callNative(codecs, "DecodeJpeg2000", format, precision, header.codestream);
  return { format: decoded, bytes: toDepth(raw, decoded, precision, signed) };
}

function decodeHighThroughput(codecs: Codecs, format: FrameFormat, bytes: Bytes): Frame {
  const header = readJpeg2000Header(bytes);
  const decoded = jpeg2000Format(format, header);
  if (!header.highThroughput) {
    throw new PixelError("damaged", "The JPEG 2000 codestream is not of high throughput");
  }
  const { openJph } = codecs;
  if (openJph === undefined) throw notLoaded();
  const { precision, signed } = header.components[0]!;
  // The binding holds samples of up to 8 bits above 0: signed ones are made to be so.
  const isOffset = signed && precision <= 8;
  const codestream = isOffset ? withSign(header, false) : header.codestream;
  let raw = toldOf(() => openJph.decode(codestream));
  checkLength(raw, format, precision);
  if (format.SamplesPerPixel > 1 && !header.colourTransform) {
    raw = swapComponentRows(raw, format, precision > 8 ? 2 : 1, "fromLibrary");
  }
  if (isOffset) raw = signExtend(flipSign(raw, precision), precision);
  return { format: decoded, bytes: toDepth(raw, decoded, precision, signed) };
}

/** A copy of a codestream that says whether its samples are signed, whatever they are. */
export function withSign(header: Jpeg2000Header, signed: boolean): Bytes {
  const copy = header.codestream.slice();
  header.components.forEach((_, index) => {
    const at = header.precisionOffset + 3 * index;
    copy[at] = copy[at]! & 0x7f | (signed ? 0x80 : 0);
  });
  return copy;
}

function callNative(
  { native }: Codecs,
  name: NativeDecoder,
  format: FrameFormat,
  precision: number,
  bytes: Bytes,
  toRgb = false,
): Bytes {
  if (native === undefined) throw notLoaded();
  const frame = {
    Rows: format.Rows,
    Columns: format.Columns,
    SamplesPerPixel: format.SamplesPerPixel,
    // The width of samples in the library for the stream's precision, whatever the data set says.
    BitsAllocated: precision <= 8 ? 8 : 16,
    BitsStored: precision,
    PixelRepresentation: 0,
  };
  const raw = toldOf(() => native.decode(name, frame, bytes, toRgb));
  checkLength(raw, format, precision);
  return raw;
}

function toldOf(work: () => Bytes): Bytes {
  return told(work, "damaged", CUT_SHORT);
}

function checkLength(raw: Bytes, format: FrameFormat, precision: number): void {
  const samples = format.Rows * format.Columns * format.SamplesPerPixel;
  if (raw.length !== samples * (precision <= 8 ? 1 : 2)) {
    throw new PixelError("damaged", CUT_SHORT);
  }
}

/** Samples in the width that the format says. */
function toDepth(raw: Bytes, format: FrameFormat, precision: number, signed: boolean): Bytes {
  if (format.BitsAllocated === 1) return packBits(raw);
  if (format.BitsAllocated === 16 && precision <= 8) return widen(raw, signed);
  return raw;
}
