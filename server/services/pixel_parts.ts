/**
 * Frames and bulk values of one instance as parts of an answer (PS3.18 8.7.3.3): little endian,
 * without items, each frame of compressed pixel data by itself.
 * @module
 */
import { type FrameSource, frameSource, hasSingleFrames } from "../../lib/dicom/frames.ts";
import type { Place } from "../../lib/dicom/dataset.ts";
import type { BulkValue, Places } from "../../lib/dicom/places.ts";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
} from "../../lib/dicom/uids.ts";
import { layoutOf } from "../../lib/dicom/value_layout.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import { Problem } from "../http/problem.ts";
import type { Part } from "../http/representation.ts";
import {
  type BulkChoice,
  chooseOctets,
  choosePixels,
  type Packaging,
  withTransferSyntax,
} from "../http/wado_negotiate.ts";
import type { InstanceRow } from "../index/index.ts";
import {
  alignedSource,
  type ByteSource,
  partOf,
  placesSource,
  swappedSource,
} from "./byte_source.ts";
import type { InflatedBlobs } from "./inflated.ts";
import { pathOf } from "./retrieve_parts.ts";

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

/** Native pixel data of a damaged object may reach beyond its end. */
function demandThere({ row }: OpenInstance, { offset, length }: Place): void {
  if (row.damage !== undefined && offset + length > row.size) throw damaged(row.damage);
}

/**
 * One frame, counted from 1. Throws UnsupportedError where it cannot be told from the others,
 * Problem 404 where a damaged object ends before it does.
 */
export function framePart(
  instance: OpenInstance,
  pixels: BulkValue,
  frame: number,
  mediaType: string,
): Part {
  const { row, places } = instance;
  const found = frameSource(places, pixels, frame);
  if (found.kind === "native") demandThere(instance, found.place);
  const source = frameBytes(instance, pixels, found);
  return part(mediaType, row, `${pathOf(row)}/frames/${frame}`, source);
}

/** How a bulk value is sent. */
export interface ValueParts {
  readonly choice: BulkChoice;
  readonly count: number;
  /** The parts, made one by one: a slide has 100,000. */
  readonly parts: () => Generator<Part>;
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
): ValueParts | undefined {
  const { row, places } = instance;
  const location = `${pathOf(row)}/bulkdata/${value.path}`;
  if (value.value.kind === "native") {
    demandThere(instance, value.value.place);
    const choice = chooseOctets(ranges, packagings);
    const one = () => octets(location, valueBytes(instance, value));
    return choice && { choice, count: 1, parts: () => only(one()) };
  }
  const { fragments } = value.value;
  const top = !value.path.includes("/");
  const frames = top && hasSingleFrames(fragments, places.geometry)
    ? places.geometry.NumberOfFrames
    : 1;
  const choice = choosePixels(
    ranges,
    frames === 1 ? packagings : ["multipart"],
    row.TransferSyntaxUID,
  );
  if (choice === undefined) return undefined;
  if (frames === 1) {
    const one = () => part(choice.mediaType, row, location, valueBytes(instance, value));
    return { choice, count: 1, parts: () => only(one()) };
  }
  function* each(mediaType: string): Generator<Part> {
    for (let frame = 1; frame <= frames; frame++) {
      yield framePart(instance, value, frame, mediaType);
    }
  }
  return { choice, count: frames, parts: () => each(choice.mediaType) };
}

function* only(one: Part): Generator<Part> {
  yield one;
}

function part(mediaType: string, row: InstanceRow, location: string, source: ByteSource): Part {
  const { transferSyntaxUID } = pixelEncoding(row.TransferSyntaxUID);
  return { mediaType: withTransferSyntax(mediaType, transferSyntaxUID), location, ...source };
}

function octets(location: string, source: ByteSource): Part {
  const mediaType = withTransferSyntax("application/octet-stream", EXPLICIT_VR_LITTLE_ENDIAN);
  return { mediaType, location, ...source };
}

/** All bytes of a value, little endian. */
function valueBytes({ blobs, row, key }: OpenInstance, { vr, value }: BulkValue): ByteSource {
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

function frameBytes(instance: OpenInstance, pixels: BulkValue, frame: FrameSource): ByteSource {
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
