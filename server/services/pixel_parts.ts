/**
 * Frames and bulk values of one instance as parts of an answer (PS3.18 8.7.3.3): little endian,
 * without items, each frame of compressed pixel data by itself.
 * @module
 */
import {
  type BitJoiner,
  bitJoiner,
  type FrameNumbers,
  frameNumbers,
  type FrameSource,
  frameSource,
  hasSingleFrames,
} from "../../lib/dicom/frames.ts";
import type { Place } from "../../lib/dicom/dataset.ts";
import { type BulkValue, pixelData, type Places } from "../../lib/dicom/places.ts";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
} from "../../lib/dicom/uids.ts";
import { layoutOf } from "../../lib/dicom/value_layout.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import { OCTET_STREAM } from "../http/pixel_media_types.ts";
import { Problem } from "../http/problem.ts";
import type { Part } from "../http/representation.ts";
import {
  type BulkChoice,
  chooseOctets,
  choosePixels,
  type Obstacle,
  type Packaging,
  type PixelChoice,
  withTransferSyntax,
} from "../http/wado_negotiate.ts";
import type { InstanceRow } from "../index/index.ts";
import {
  alignedSource,
  type ByteSource,
  bytesSource,
  partOf,
  placesSource,
  swappedSource,
} from "./byte_source.ts";
import type { Client, Pixels } from "../pixels/pixels.ts";
import type { InflatedBlobs } from "./inflated.ts";
import { pixelObstacle, transcodedFrames } from "./pixel_frames.ts";
import { pathOf } from "./retrieve_parts.ts";

/** Work on pixels, and for whom. */
export interface PixelWork {
  readonly pixels: Pixels;
  readonly client: Client;
}

/** An instance whose large values can be read. */
export interface OpenInstance {
  readonly blobs: BlobStore;
  readonly row: InstanceRow;
  readonly places: Places;
  /** The blob in which the places are offsets. */
  readonly key: string;
}

/**
 * Readies an instance for reading: a deflated one is inflated first. Throws Problem 404 where it is
 * damaged, so that it cannot be.
 */
export async function openInstance(
  blobs: BlobStore,
  inflated: InflatedBlobs,
  row: InstanceRow,
  places: Places,
): Promise<OpenInstance> {
  const deflated = transferSyntax(row.TransferSyntaxUID)?.deflated === true;
  if (deflated && row.damage !== undefined) throw damaged(row.damage);
  return { blobs, row, places, key: deflated ? await inflated.keyOf(row) : row.blobKey };
}

/** The answer where a damaged object lacks what is wanted of it. */
export function damaged(damage: string): Problem {
  return new Problem(
    404,
    `The stored object is damaged and lacks this: ${damage}; retrieve the instance as it is stored.`,
  );
}

/** Throws Problem 404: native pixel data of a damaged object may reach beyond its end. */
export function demandThere({ row }: OpenInstance, { offset, length }: Place): void {
  if (row.damage !== undefined && offset + length > row.size) throw damaged(row.damage);
}

/**
 * One frame as it is stored, counted from 1. Throws UnsupportedError where it cannot be told from
 * the others, Problem 404 where a damaged object ends before it does.
 */
export function framePart(
  instance: OpenInstance,
  pixels: BulkValue,
  frame: number,
  { mediaType, transferSyntaxUID }: PixelChoice,
): Part {
  const { row, places } = instance;
  const found = frameSource(places, pixels, frame);
  if (found.kind === "native") demandThere(instance, found.place);
  const source = frameBytes(instance, pixels, found);
  const location = `${pathOf(row)}/frames/${frame}`;
  return { mediaType: withTransferSyntax(mediaType, transferSyntaxUID), location, ...source };
}

/** Frames as chosen, made one by one: a slide has 100,000. Rejects as framePart and Pixels do. */
export async function* frameParts(
  instance: OpenInstance,
  pixels: BulkValue,
  frames: FrameNumbers,
  choice: PixelChoice,
  work: PixelWork,
): AsyncGenerator<Part> {
  if (!choice.transcoded) {
    for (const frame of frames) yield framePart(instance, pixels, frame, choice);
    return;
  }
  const numbers = frames[Symbol.iterator]();
  const path = pathOf(instance.row);
  const mediaType = withTransferSyntax(choice.mediaType, choice.transferSyntaxUID);
  for await (const { bytes } of transcodedFrames(work, instance, pixels, frames, choice)) {
    yield bytesPart(mediaType, `${path}/frames/${numbers.next().value}`, bytes);
  }
}

/** Bytes at hand as a part. */
export function bytesPart(
  mediaType: string,
  location: string,
  bytes: Uint8Array<ArrayBuffer>,
): Part {
  return { mediaType, location, ...bytesSource(bytes) };
}

/** How a bulk value is sent. */
export interface ValueParts {
  readonly choice: BulkChoice;
  /** Of the bytes. */
  readonly transferSyntaxUID: string;
  readonly count: number;
  /** Whether they have to be made out of what is stored. */
  readonly made: boolean;
  /** The parts, one by one. */
  readonly parts: () => AsyncGenerator<Part>;
}

/**
 * A bulk value in what the client accepts; undefined where it cannot be given so. `packagings`: what
 * is possible for a value of one part, the default first. Throws Problem 404 where a damaged object
 * ends before it does.
 */
export function valueParts(
  instance: OpenInstance,
  value: BulkValue,
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  work: PixelWork,
): ValueParts | undefined {
  const { row, places } = instance;
  const native = value.value.kind === "native";
  if (native) demandThere(instance, value.value.place);
  if (value !== pixelData(places) && native) {
    const choice = chooseOctets(ranges, packagings, documentMediaType(row, value));
    const one = () => octets(instance, value, choice!.mediaType);
    const transferSyntaxUID = EXPLICIT_VR_LITTLE_ENDIAN;
    return choice &&
      { choice, transferSyntaxUID, count: 1, made: false, parts: () => only(one()) };
  }
  const frames = framesOf(value, places);
  const choice = choosePixels(
    ranges,
    native || frames === 1 ? packagings : ["multipart"],
    row.TransferSyntaxUID,
    obstacleOf(work.pixels, instance, value),
  );
  if (choice === undefined) return undefined;
  const { transferSyntaxUID, transcoded } = choice;
  const location = withLocation(instance, value);
  if (!transcoded && (native || frames === 1)) {
    const one = () => part(choice, location, valueBytes(instance, value));
    return { choice, transferSyntaxUID, count: 1, made: false, parts: () => only(one()) };
  }
  const each = () => frameParts(instance, value, frameNumbers(frames), choice, work);
  if (frames > 1 && transferSyntaxUID !== EXPLICIT_VR_LITTLE_ENDIAN) {
    return { choice, transferSyntaxUID, count: frames, made: transcoded, parts: each };
  }
  // Uncompressed pixel data is one value, whatever it is made of.
  const { BitsAllocated, Rows, Columns } = places.geometry;
  const bits = BitsAllocated === 1 ? bitJoiner(Rows * Columns) : undefined;
  const one = () => joined(location, choice, each(), bits);
  return { choice, transferSyntaxUID, count: 1, made: transcoded, parts: () => only(one()) };
}

/** Frames that a value can be split into; 1 where it is one stream. */
function framesOf({ path, value }: BulkValue, { geometry }: Places): number {
  if (path.includes("/")) return 1;
  const single = value.kind === "native" || hasSingleFrames(value.fragments, geometry);
  return single ? geometry.NumberOfFrames : 1;
}

/** Why pixel data cannot be made into a transfer syntax: only that of the instance itself is. */
export function obstacleOf(
  pixels: Pixels,
  { row, places }: OpenInstance,
  value: BulkValue,
): Obstacle {
  if (value !== pixelData(places)) return () => "it is a value inside a sequence";
  return (uid) => pixelObstacle(pixels, row.TransferSyntaxUID, places, uid);
}

/** Encapsulated documents by SOP class: their media types (PS3.3 A.45, A.85). */
const DOCUMENTS: ReadonlyMap<string, string> = new Map(Object.entries({
  "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
  "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
  "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
  "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
  "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}));

/** Path of Encapsulated Document. */
export const DOCUMENT_PATH = "00420011";

/** The media type of an encapsulated document; undefined for every other value. */
export function documentMediaType(
  { SOPClassUID }: InstanceRow,
  { path }: Pick<BulkValue, "path">,
): string | undefined {
  return path === DOCUMENT_PATH ? DOCUMENTS.get(SOPClassUID) : undefined;
}

async function* only(one: Part): AsyncGenerator<Part> {
  yield await Promise.resolve(one);
}

function withLocation({ row }: OpenInstance, { path }: BulkValue): string {
  return `${pathOf(row)}/bulkdata/${path}`;
}

function part(choice: PixelChoice, location: string, source: ByteSource): Part {
  const mediaType = withTransferSyntax(choice.mediaType, choice.transferSyntaxUID);
  return { mediaType, location, ...source };
}

/** The bytes of parts as one, made when they are read; once. `bits` joins frames of single bits. */
export function joined(
  location: string,
  choice: PixelChoice,
  parts: AsyncGenerator<Part>,
  bits?: BitJoiner,
): Part {
  return {
    mediaType: withTransferSyntax(choice.mediaType, choice.transferSyntaxUID),
    location,
    length: undefined,
    async *read() {
      for await (const part of parts) {
        if (bits === undefined) yield* part.read();
        else yield bits.next(await new Blob(await Array.fromAsync(part.read())).bytes());
      }
      if (bits !== undefined) yield bits.rest();
    },
  };
}

function octets(instance: OpenInstance, value: BulkValue, mediaType: string): Part {
  const source = valueBytes(instance, value);
  const named = mediaType === OCTET_STREAM
    ? withTransferSyntax(mediaType, EXPLICIT_VR_LITTLE_ENDIAN)
    : mediaType;
  return { mediaType: named, location: withLocation(instance, value), ...source };
}

/** All bytes of a value, little endian. */
export function valueBytes(
  { blobs, row, key }: OpenInstance,
  { vr, value }: BulkValue,
): ByteSource {
  if (value.kind === "fragments") {
    const { places } = value.fragments;
    const list = Array.from(
      { length: places.length / 2 },
      (_, i) => ({ offset: places[2 * i]!, length: places[2 * i + 1]! }),
    );
    return placesSource(blobs, key, list);
  }
  const source = placesSource(blobs, key, [value.place]);
  return row.TransferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN
    ? swappedSource(source, layoutOf(vr).wordBytes)
    : source;
}

/** Bytes of a frame, little endian. */
export function frameBytes(
  instance: OpenInstance,
  pixels: BulkValue,
  frame: FrameSource,
): ByteSource {
  if (frame.kind === "fragments") return placesSource(instance.blobs, instance.key, frame.places);
  const { place, firstBit, bits } = frame;
  const { blobs, row, key } = instance;
  if (row.TransferSyntaxUID !== EXPLICIT_VR_BIG_ENDIAN) {
    return alignedSource(placesSource(blobs, key, [place]), firstBit, bits);
  }
  const start = pixels.value.kind === "native" ? pixels.value.place.offset : 0;
  const bytes = partOf(valueBytes(instance, pixels), {
    offset: place.offset - start,
    length: place.length,
  });
  return alignedSource(bytes, firstBit, bits);
}
