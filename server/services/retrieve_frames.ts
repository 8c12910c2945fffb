/**
 * Retrieval of frames by number (PS3.18 10.4.1.1.6): one question to the index, one read a frame.
 * @module
 */
import { crc32 } from "../../lib/bytes/crc32.ts";
import { pixelData } from "../../lib/dicom/places.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import { Problem } from "../http/problem.ts";
import type { Representation } from "../http/representation.ts";
import { choosePixels, pixelsNotAcceptable } from "../http/wado_negotiate.ts";
import { type Client, PIXELS_VERSION } from "../pixels/pixels.ts";
import { damaged, framePart, frameParts, joined, obstacleOf, openInstance } from "./pixel_parts.ts";
import {
  boundaryOf,
  type InstanceScope,
  pathOf,
  type PixelRetrieveParts,
  presentInstance,
} from "./retrieve_parts.ts";

/** What a request for frames asks. */
export interface FramesChoice {
  /** Counted from 1, in the order wanted; at least one. */
  readonly frames: readonly number[];
  readonly ranges: readonly AcceptRange[];
}

/**
 * Frames of an instance. Throws Problem 404 where there are no such frames, 406 where they cannot
 * be given as asked, 410; UnsupportedError where they cannot be told apart.
 */
export async function retrieveFrames(
  parts: PixelRetrieveParts,
  archive: string,
  scope: InstanceScope,
  { frames, ranges }: FramesChoice,
  client: Client,
): Promise<Representation> {
  const { row, places } = await presentInstance(parts, archive, scope);
  const pixels = pixelData(places);
  if (pixels === undefined) {
    if (row.damage !== undefined) throw damaged(row.damage);
    throw new Problem(404, "This instance has no pixel data.");
  }
  const { NumberOfFrames } = places.geometry;
  if (frames.some((frame) => frame > NumberOfFrames)) {
    throw new Problem(404, `This instance has ${NumberOfFrames} frames; the first is number 1.`);
  }
  const packagings = frames.length === 1
    ? ["multipart", "single"] as const
    : ["multipart"] as const;
  const instance = await openInstance(parts.blobs, parts.inflated, row, places);
  const obstacle = obstacleOf(parts.pixels, instance, pixels);
  const choice = choosePixels(ranges, packagings, row.TransferSyntaxUID, obstacle);
  if (choice === undefined) {
    throw pixelsNotAcceptable(row.TransferSyntaxUID, packagings, obstacle);
  }
  const { packaging, mediaType, transferSyntaxUID, transcoded } = choice;
  const made = () => frameParts(instance, pixels, frames, choice, { pixels: parts.pixels, client });
  const stored = (frame: number) => framePart(instance, pixels, frame, choice);
  const location = `${pathOf(row)}/frames/${frames[0]}`;
  const numbers = frames.length === 1
    ? String(frames[0])
    : `${frames.length}-${crc32(new TextEncoder().encode(frames.join())).toString(36)}`;
  const version = transcoded ? [transferSyntaxUID, PIXELS_VERSION] : [];
  return {
    etag: [row.revision, "frames", numbers, packaging, mediaType, ...version].join(":"),
    // A sound object may take the place of a damaged one.
    lasting: parts.lasting(archive) && row.damage === undefined,
    body: packaging === "single"
      ? {
        kind: "single",
        part: transcoded ? joined(location, choice, made()) : stored(frames[0] ?? 1),
      }
      : {
        kind: "multipart",
        type: mediaType,
        boundary: boundaryOf(row),
        parts: transcoded ? made() : frames.map(stored),
        left: { out: 0, of: frames.length },
      },
  };
}
