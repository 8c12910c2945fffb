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
import type { InflatedBlobs } from "./inflated.ts";
import { damaged, framePart, openInstance } from "./pixel_parts.ts";
import {
  boundaryOf,
  type InstanceScope,
  presentInstance,
  type RetrieveParts,
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
  parts: RetrieveParts & { readonly inflated: InflatedBlobs },
  archive: string,
  scope: InstanceScope,
  { frames, ranges }: FramesChoice,
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
  const choice = choosePixels(ranges, packagings, row.TransferSyntaxUID);
  if (choice === undefined) throw pixelsNotAcceptable(row.TransferSyntaxUID, packagings);
  const instance = await openInstance(parts.blobs, parts.inflated, row, places);
  const list = frames.map((frame) => framePart(instance, pixels, frame, choice.mediaType));
  const numbers = frames.length === 1
    ? String(frames[0])
    : `${frames.length}-${crc32(new TextEncoder().encode(frames.join())).toString(36)}`;
  return {
    etag: [row.revision, "frames", numbers, choice.packaging, choice.mediaType].join(":"),
    lasting: parts.lasting(archive),
    body: choice.packaging === "single" ? { kind: "single", part: list[0]! } : {
      kind: "multipart",
      type: choice.mediaType,
      boundary: boundaryOf(row),
      parts: list,
      left: { out: 0, of: list.length },
    },
  };
}
