/**
 * The format that a frame has when it is decoded, told from the head of its stream: headers are
 * written before pixels are there.
 * @module
 */
import { type EncodedFrame, type FrameFormat, PixelError } from "../frame.ts";
import { type JpegHeader, readJpegHeader, SOF55 } from "./jpeg_header.ts";
import { type Jpeg2000Header, readJpeg2000Header } from "./jpeg2000_header.ts";
import { codingOf } from "./syntaxes.ts";

/**
 * What {@linkcode decodeFrame} will give for a frame. Throws PixelError as that does where the
 * stream's header is damaged, says other than the data set, or asks for what cannot be done.
 */
export function decodedFormat(encoded: EncodedFrame): FrameFormat {
  const { transferSyntaxUID, format, bytes } = encoded;
  switch (codingOf(transferSyntaxUID)) {
    case "native":
      return format;
    case "rle":
    case "deflate":
      return asStored(format);
    case "jpeg":
      return jpegFormat(format, readJpegHeader(bytes));
    case "jpegLs":
      return jpegLsFormat(format, readJpegHeader(bytes));
    case "jpeg2000":
    case "htJpeg2000":
      return jpeg2000Format(format, readJpeg2000Header(bytes));
    case undefined:
      throw new PixelError("unsupported", "Nothing here decodes this transfer syntax");
  }
}

/** Samples of a pixel lie together in what was decoded. */
function asStored(format: FrameFormat): FrameFormat {
  return { ...format, PlanarConfiguration: 0 };
}

/** For JPEG with a frame header that belongs to it. Throws PixelError. */
export function jpegFormat(format: FrameFormat, header: JpegHeader): FrameFormat {
  if (header.process === SOF55) throw new PixelError("damaged", "The stream is JPEG-LS, not JPEG");
  checkJpeg(format, header);
  const lossless = header.process === 0xc3;
  if (!lossless && header.components.length === 3 && colourOf(format, header) === "YCbCr") {
    return withDepth({ ...asStored(format), PhotometricInterpretation: "RGB" }, header.precision);
  }
  if (header.components.length === 3 && header.colour === "RGB") {
    return withDepth({ ...asStored(format), PhotometricInterpretation: "RGB" }, header.precision);
  }
  return withDepth(asStored(withoutSharedChroma(format)), header.precision);
}

/** The colour of a JPEG's samples: as its markers say, else as the data set does. */
export function colourOf(format: FrameFormat, header: JpegHeader): "YCbCr" | "RGB" {
  return header.colour ?? (format.PhotometricInterpretation.startsWith("YBR") ? "YCbCr" : "RGB");
}

/** For JPEG-LS with a frame header that belongs to it. Throws PixelError. */
export function jpegLsFormat(format: FrameFormat, header: JpegHeader): FrameFormat {
  if (header.process !== SOF55) throw new PixelError("damaged", "The stream is JPEG, not JPEG-LS");
  checkJpeg(format, header);
  return withDepth(asStored(withoutSharedChroma(format)), header.precision);
}

function checkJpeg(format: FrameFormat, header: JpegHeader): void {
  checkDimensions(format, header.rows, header.columns, header.components.length);
  if (header.precision < 2 || header.precision > 16) {
    throw new PixelError("damaged", "The JPEG stream has an impossible precision");
  }
}

/** For a JPEG 2000 codestream whose header belongs to it. Throws PixelError. */
export function jpeg2000Format(format: FrameFormat, header: Jpeg2000Header): FrameFormat {
  checkDimensions(format, header.rows, header.columns, header.components.length);
  const [first] = header.components;
  const isUniform = header.components.every(({ precision, signed, dx, dy }) =>
    precision === first!.precision && signed === first!.signed && dx === 1 && dy === 1
  );
  if (!isUniform) {
    throw new PixelError("unsupported", "The JPEG 2000 codestream has components of several forms");
  }
  if (first!.precision > 16) {
    throw new PixelError("unsupported", "The JPEG 2000 codestream has more than 16 bits a sample");
  }
  return withDepth(asStored(afterTransform(format)), first!.precision);
}

/** Photometric Interpretation once the decoder has undone the colour transform. */
export function afterTransform(format: FrameFormat): FrameFormat {
  const { PhotometricInterpretation: name } = format;
  if (name === "YBR_RCT" || name === "YBR_ICT") {
    return { ...format, PhotometricInterpretation: "RGB" };
  }
  return withoutSharedChroma(format);
}

/** Decoders give every sample of every pixel. */
export function withoutSharedChroma(format: FrameFormat): FrameFormat {
  const name = format.PhotometricInterpretation;
  return name === "YBR_FULL_422" ? { ...format, PhotometricInterpretation: "YBR_FULL" } : format;
}

function checkDimensions(format: FrameFormat, rows: number, columns: number, samples: number) {
  if (rows !== format.Rows || columns !== format.Columns) {
    throw new PixelError("damaged", "The stream has other rows or columns than the data set");
  }
  if (samples !== format.SamplesPerPixel) {
    throw new PixelError("damaged", "The stream has another number of samples than the data set");
  }
}

/**
 * The data set's depth where the stream's samples fit in it; they are never cut. Samples of 1 bit
 * stay packed.
 */
function withDepth(format: FrameFormat, precision: number): FrameFormat {
  if (format.BitsAllocated === 1 && precision === 1) return format;
  const needed = precision <= 8 ? 8 : 16;
  if (format.BitsAllocated === needed || format.BitsAllocated === 16 && needed === 8) return format;
  if (format.BitsAllocated > 16) {
    throw new PixelError("damaged", "The stream has fewer bits a sample than the data set");
  }
  return { ...format, BitsAllocated: needed, BitsStored: precision, HighBit: precision - 1 };
}
