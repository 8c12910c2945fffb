/**
 * The main header and the tile-parts of JPEG 2000 codestreams, with or without HTJ2K (ISO/IEC
 * 15444-1 A, 15444-15), read before anything that decodes sees the stream.
 * @module
 */
import { PixelError } from "../frame.ts";

/** What a codestream says of itself. */
export interface Jpeg2000Header {
  readonly columns: number;
  readonly rows: number;
  readonly components: readonly Jpeg2000Component[];
  /** Tiles of the image. */
  readonly tiles: number;
  /** Code-blocks are coded with HTJ2K, all or some. */
  readonly highThroughput: boolean;
  /** The first three components went through the colour transform. */
  readonly colourTransform: boolean;
  /** True for the 5-3 wavelet, which loses nothing of itself. */
  readonly reversible: boolean;
  /** Where Ssiz of the first component lies in the codestream. */
  readonly precisionOffset: number;
  /** The codestream, without the boxes of a JP2 file around it and without padding behind. */
  readonly codestream: Uint8Array<ArrayBuffer>;
}

/** A component's samples. */
export interface Jpeg2000Component {
  readonly precision: number;
  readonly signed: boolean;
  /** Distance of its samples on the grid of the image. */
  readonly dx: number;
  readonly dy: number;
}

/** Tiles of an image at most, for each of which decoders keep some kilobytes: 128 by 128 at 16,384 squared. */
const TILES_MAX = 16_384;

const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;
const EOC = 0xffd9;

/** Bytes of a tile-part before its packets, at least. */
const SOT_LENGTH = 12;

/** Reads a codestream's headers and follows its tile-parts. Throws PixelError. */
export function readJpeg2000Header(bytes: Uint8Array<ArrayBuffer>): Jpeg2000Header {
  const start = codestreamStart(bytes);
  const stream = bytes.subarray(start);
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  if (stream.length < 4 || view.getUint16(0) !== SOC || view.getUint16(2) !== SIZ) {
    throw new PixelError("damaged", "The JPEG 2000 codestream does not begin as one");
  }
  let size: ReturnType<typeof readSize> | undefined;
  let coding: { colourTransform: boolean; reversible: boolean } | undefined;
  let highThroughput = false;
  let at = 2;
  for (;;) {
    if (at + 4 > stream.length) throw tooShort();
    const marker = view.getUint16(at);
    if (marker === SOT) break;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker < 0xff01 || end < at + 4) {
      throw new PixelError("damaged", "The JPEG 2000 codestream has no marker where one must be");
    }
    if (end > stream.length) throw tooShort();
    if (marker === SIZ) size = readSize(view, at + 4, end);
    if (marker === COD && end >= at + 14) {
      coding = {
        colourTransform: view.getUint8(at + 8) === 1,
        reversible: view.getUint8(at + 13) === 1,
      };
    }
    // Pcap15, the bit of part 15.
    if (marker === CAP && end >= at + 8) highThroughput = (view.getUint32(at + 4) & 0x20000) !== 0;
    at = end;
  }
  if (size === undefined || coding === undefined) {
    throw new PixelError("damaged", "The JPEG 2000 codestream lacks a header that it must have");
  }
  const { end, tiles } = readTileParts(view, at);
  // A decoder leaves a tile that is not there black, and says nothing.
  if (tiles < size.tiles) throw tooShort();
  return {
    ...size,
    ...coding,
    highThroughput,
    precisionOffset: 42,
    codestream: stream.subarray(0, end),
  };
}

function readSize(view: DataView, at: number, end: number) {
  if (end < at + 36) throw tooShort();
  const word = (index: number) => view.getUint32(at + 2 + 4 * index);
  const [xEnd, yEnd, x, y] = [word(0), word(1), word(2), word(3)];
  const [tileWidth, tileHeight, tileX, tileY] = [word(4), word(5), word(6), word(7)];
  const count = view.getUint16(at + 34);
  if (count === 0 || end < at + 36 + 3 * count) throw tooShort();
  const tiles = Math.ceil((xEnd - tileX) / tileWidth) * Math.ceil((yEnd - tileY) / tileHeight);
  const isSound = xEnd > x && yEnd > y && tileX <= x && tileY <= y && tileX + tileWidth > x &&
    tileY + tileHeight > y && tiles >= 1 && tiles <= TILES_MAX;
  if (!isSound) throw new PixelError("damaged", "The JPEG 2000 codestream has impossible tiles");
  const components = Array.from({ length: count }, (_, index): Jpeg2000Component => {
    const [ssiz, dx, dy] = [0, 1, 2].map((i) => view.getUint8(at + 36 + 3 * index + i));
    return { precision: (ssiz! & 0x7f) + 1, signed: ssiz! >= 0x80, dx: dx!, dy: dy! };
  });
  return { columns: xEnd - x, rows: yEnd - y, components, tiles };
}

/**
 * Of how many tiles there are parts, and where the codestream ends: behind the end marker, or where
 * that is missing behind the last whole tile-part. Throws PixelError where a tile-part is cut.
 */
function readTileParts(
  view: DataView,
  from: number,
): { readonly end: number; readonly tiles: number } {
  const seen = new Set<number>();
  const endingAt = (end: number) => ({ end, tiles: seen.size });
  let at = from;
  for (;;) {
    if (at + 2 > view.byteLength) return endingAt(at);
    const marker = view.getUint16(at);
    if (marker === EOC) return endingAt(at + 2);
    // Padding after a last tile-part without an end marker.
    if (marker === 0) return endingAt(at);
    if (marker !== SOT) {
      throw new PixelError("damaged", "The JPEG 2000 codestream has a tile-part of a wrong length");
    }
    if (at + SOT_LENGTH > view.byteLength) throw tooShort();
    seen.add(view.getUint16(at + 4));
    const length = view.getUint32(at + 6);
    if (length === 0) return endingAt(lastEnd(view, at + SOT_LENGTH));
    if (length < SOT_LENGTH + 2) {
      throw new PixelError("damaged", "The JPEG 2000 codestream has a tile-part of a wrong length");
    }
    if (at + length > view.byteLength) throw tooShort();
    at += length;
  }
}

/** The end of a tile-part that reaches up to the end marker. */
function lastEnd(view: DataView, from: number): number {
  for (let at = view.byteLength - 2; at >= from; at--) {
    if (view.getUint16(at) === EOC) return at + 2;
  }
  throw tooShort();
}

/** Passes over the boxes of a JP2 file (ISO/IEC 15444-1 I), which does not belong in DICOM but is met. */
function codestreamStart(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(4) !== 0x6a502020) return 0;
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a703263) return at + (length === 1 ? 16 : 8);
    if (length < 8) break;
    at += length;
  }
  throw new PixelError("damaged", "The JP2 file holds no codestream");
}

function tooShort(): PixelError {
  return new PixelError("damaged", "The JPEG 2000 codestream ends early");
}
