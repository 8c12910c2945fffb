/**
 * Rendered resources (PS3.18 10.4.1.1.3): images, videos and documents as any program can show them.
 * @module
 */
import { pixelData, type Places } from "../../lib/dicom/places.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import { Problem } from "../http/problem.ts";
import {
  IMAGE_MEDIA_TYPES,
  type ImageMediaType,
  negotiateRendered,
  type RenderedChoice,
} from "../http/rendered_negotiate.ts";
import type { Part, Representation } from "../http/representation.ts";
import type { Scope } from "../index/index.ts";
import type { Client, RenderOptions, RenderTarget } from "../pixels/pixels.ts";
import { documentOf } from "./documents.ts";
import { createInflatedBlobs } from "./inflated.ts";
import { bytesPart, damaged, openInstance } from "./pixel_parts.ts";
import { createRenderedFrames, type RenderedFrames, targetKey } from "./rendered_frames.ts";
import { representativeOf } from "./representative.ts";
import {
  boundaryOf,
  type FoundInstance,
  type InstanceScope,
  isInstance,
  pathOf,
  type PixelRetrieveParts,
  presentInstance,
  presentScope,
} from "./retrieve_parts.ts";

/** What a request for something rendered asks. */
export interface RenderRequest {
  readonly ranges: readonly AcceptRange[];
  readonly options: RenderOptions;
  /** 1 to 100, of JPEG. */
  readonly quality: number | undefined;
  /** Frames of the instance, counted from 1; undefined: the instance as a whole. */
  readonly frames: readonly number[] | undefined;
}

/** Every method throws Problem: 404 and 410 where there is nothing, 406 where it cannot be shown so. */
export interface RenderService {
  rendered(
    archive: string,
    scope: Scope,
    request: RenderRequest,
    client: Client,
  ): Promise<Representation>;
}

/** JPEG quality where none is asked for: no difference that an eye sees. */
export const DEFAULT_QUALITY = 90;

const SINGLE_FIRST = ["single", "multipart"] as const;
const SINGLE = ["single"] as const;
const MULTIPART_FIRST = ["multipart", "single"] as const;

/** What rendering works on. */
export type RenderParts = PixelRetrieveParts & { readonly frames: RenderedFrames };

/** Rendering over an index, a store of blobs and work on pixels. */
export function createRenderService(given: Omit<PixelRetrieveParts, "inflated">): RenderService {
  const parts: RenderParts = {
    ...given,
    inflated: createInflatedBlobs(given.blobs),
    frames: createRenderedFrames(given.pixels),
  };
  return {
    rendered: (archive, scope, request, client) =>
      isInstance(scope)
        ? renderedInstance(parts, archive, scope, request, client)
        : renderedScope(parts, archive, scope, request, client),
  };
}

async function renderedInstance(
  parts: RenderParts,
  archive: string,
  scope: InstanceScope,
  request: RenderRequest,
  client: Client,
): Promise<Representation> {
  const found = await presentInstance(parts, archive, scope);
  const lasting = parts.lasting(archive) && found.row.damage === undefined;
  const passed = await passedThrough(parts, found, request);
  if (passed !== undefined) {
    return {
      etag: [found.row.revision, "rendered", passed.mediaType].join(":"),
      lasting,
      body: { kind: "single", part: passed },
    };
  }
  const { NumberOfFrames } = imageOf(found).geometry;
  const frames = request.frames ?? Array.from({ length: NumberOfFrames }, (_, i) => i + 1);
  if (frames.some((frame) => frame > NumberOfFrames)) {
    throw new Problem(404, `This instance has ${NumberOfFrames} frames; the first is number 1.`);
  }
  const isWhole = request.frames === undefined || frames.length === 1;
  const choice = negotiateRendered(
    request.ranges,
    IMAGE_MEDIA_TYPES,
    isWhole ? SINGLE_FIRST : MULTIPART_FIRST,
  );
  const target = targetOf(choice, request);
  const key = targetKey([target, choice.packaging, request.frames]);
  const etag = [found.row.revision, "rendered", key].join(":");
  const list = imageParts(parts, found, frames, choice, target, client);
  if (choice.packaging === "multipart") {
    return {
      etag,
      lasting,
      body: {
        kind: "multipart",
        type: choice.mediaType,
        boundary: boundaryOf(found.row),
        parts: list(),
        left: { out: 0, of: frames.length },
      },
    };
  }
  const part = choice.mediaType === "image/gif"
    ? animation(parts, found, frames, target, client)
    : firstOf(list(), `${pathOf(found.row)}/rendered`, choice.mediaType);
  return { etag, lasting, body: { kind: "single", part } };
}

async function renderedScope(
  parts: RenderParts,
  archive: string,
  scope: Scope,
  request: RenderRequest,
  client: Client,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const choice = negotiateRendered(request.ranges, IMAGE_MEDIA_TYPES, SINGLE_FIRST);
  const target = targetOf(choice, request);
  const etag = [revision, instances, "rendered", targetKey([target, choice.packaging])].join(":");
  if (choice.packaging === "single") {
    const found = await representativeOf(parts, archive, scope);
    imageOf(found);
    const middle = Math.ceil(found.places.geometry.NumberOfFrames / 2);
    const list = imageParts(parts, found, [middle], choice, target, client);
    const part = firstOf(list(), `${pathOf(scope)}/rendered`, choice.mediaType);
    return { etag, lasting: false, body: { kind: "single", part } };
  }
  const first = await representativeOf(parts, archive, scope);
  return {
    etag,
    lasting: false,
    body: {
      kind: "multipart",
      type: choice.mediaType,
      boundary: boundaryOf(first.row),
      parts: allParts(parts, archive, scope, choice, target, client),
      left: { out: 0, of: instances },
    },
  };
}

/** Every instance of a scope that has pixels which can be shown, by its first frame. */
async function* allParts(
  parts: RenderParts,
  archive: string,
  scope: Scope,
  choice: RenderedChoice<ImageMediaType>,
  target: RenderTarget,
  client: Client,
): AsyncGenerator<Part> {
  for await (const page of parts.index.instances(archive, scope)) {
    for (const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of page) {
      const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
      const found = await presentInstance(parts, archive, uids).catch(undefinedIfGone);
      if (found === undefined || notShown(found) !== undefined) continue;
      yield* imageParts(parts, found, [1], choice, target, client)();
    }
  }
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof Problem) return undefined;
  throw error;
}

/** What is not rendered but given as it is: videos, and documents. */
async function passedThrough(
  parts: RenderParts,
  found: FoundInstance,
  request: RenderRequest,
): Promise<Part | undefined> {
  const part = await documentOf(parts, found);
  if (part === undefined) return undefined;
  if (request.frames !== undefined) {
    throw new Problem(404, "This instance has no frames that could be shown one by one.");
  }
  negotiateRendered(request.ranges, [part.mediaType], SINGLE);
  return part;
}

/** The pixel data of an instance that can be shown. Throws Problem 406 where there is none. */
function imageOf(found: FoundInstance): Places {
  const reason = notShown(found);
  if (reason === undefined) return found.places;
  if (found.row.damage !== undefined) throw damaged(found.row.damage);
  throw new Problem(406, `This instance cannot be shown as an image: ${reason}.`);
}

/** Why an instance cannot be shown as an image; undefined where it can be tried. */
function notShown({ row, places }: FoundInstance): string | undefined {
  const value = pixelData(places);
  if (value === undefined) return "it has no pixel data";
  const [mediaType] = pixelEncoding(row.TransferSyntaxUID).mediaTypes;
  if (mediaType?.startsWith("video/")) return "it is a video, given as it is";
  if (places.geometry.Rows === 0 || places.geometry.Columns === 0) {
    return "it has no rows or columns";
  }
  return undefined;
}

function targetOf(
  { mediaType }: RenderedChoice<ImageMediaType>,
  { options, quality = DEFAULT_QUALITY }: RenderRequest,
): RenderTarget {
  switch (mediaType) {
    case "image/jpeg":
      return { output: { kind: "jpeg", quality }, options };
    case "image/png":
      return { output: { kind: "png" }, options };
    case "image/gif":
      return { output: { kind: "gif" }, options };
  }
}

/** One image a frame, each made when it is its turn. */
function imageParts(
  parts: RenderParts,
  found: FoundInstance,
  frames: readonly number[],
  { mediaType }: RenderedChoice,
  target: RenderTarget,
  client: Client,
): () => AsyncGenerator<Part> {
  return async function* () {
    const { row, places } = found;
    const value = pixelData(places)!;
    const instance = await openInstance(parts.blobs, parts.inflated, row, places);
    for (const frame of frames) {
      const bytes = await parts.frames.image(client, instance, value, frame, target);
      yield bytesPart(mediaType, `${pathOf(row)}/frames/${frame}/rendered`, bytes);
    }
  };
}

/** The first of some parts as one of its own, made when it is read. */
function firstOf(list: AsyncGenerator<Part>, location: string, mediaType: string): Part {
  return {
    mediaType,
    location,
    length: undefined,
    async *read() {
      for await (const part of list) {
        yield* part.read();
        return;
      }
    },
  };
}

/** All frames in one image, one after the other. */
function animation(
  parts: RenderParts,
  found: FoundInstance,
  frames: readonly number[],
  target: RenderTarget,
  client: Client,
): Part {
  return {
    mediaType: "image/gif",
    location: `${pathOf(found.row)}/rendered`,
    length: undefined,
    async *read() {
      const { row, places } = found;
      const value = pixelData(places)!;
      const instance = await openInstance(parts.blobs, parts.inflated, row, places);
      const sources = await Promise.all(
        frames.map((frame) => parts.frames.source(client, instance, value, frame)),
      );
      yield* parts.pixels.animate(client, sources, target);
    },
  };
}
