/**
 * Rendered resources (PS3.18 10.4.1.1.3): images, videos and documents as any program can show them.
 * @module
 */
import { type FrameNumbers, frameNumbers } from "../../lib/dicom/frames.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { Problem } from "../http/problem.ts";
import {
  IMAGE_MEDIA_TYPES,
  type ImageMediaType,
  negotiateRendered,
  type RenderedChoice,
} from "../http/rendered_negotiate.ts";
import type { Part, Representation } from "../http/representation.ts";
import type { Scope } from "../index/index.ts";
import { PixelError } from "../pixels/frame.ts";
import type { Client, RenderTarget } from "../pixels/pixels.ts";
import { documentOf } from "./documents.ts";
import { frameCount, type FrameRun, frameRun, frameViews } from "./frame_views.ts";
import { bytesPart, damaged } from "./pixel_parts.ts";
import { isPresentationState, presentedFrames, stateOf } from "./presented.ts";
import { type RenderRequest, renderTarget } from "./render_request.ts";
import { type RenderedFrames, targetKey } from "./rendered_frames.ts";
import { notShown, representativeOf } from "./representative.ts";
import {
  boundaryOf,
  findInstance,
  type FoundInstance,
  type InstanceScope,
  isInstance,
  pathOf,
  type PixelRetrieveParts,
  presentInstance,
  presentScope,
} from "./retrieve_parts.ts";

/** What rendering works on. */
export type RenderParts = PixelRetrieveParts & { readonly rendered: RenderedFrames };

const SINGLE_FIRST = ["single", "multipart"] as const;
const SINGLE = ["single"] as const;
const MULTIPART_FIRST = ["multipart", "single"] as const;
/** Images that hold several frames. */
const ANIMATED = ["image/gif"] as const;

/**
 * A study, series or instance, or frames of one. Throws Problem: 404 and 410 where there is
 * nothing, 406 where it cannot be shown so, 400 where it takes no such parameter.
 */
export function renderedResource(
  parts: RenderParts,
  archive: string,
  scope: Scope,
  request: RenderRequest,
  client: Client,
): Promise<Representation> {
  return isInstance(scope)
    ? renderedInstance(parts, archive, scope, request, client)
    : renderedScope(parts, archive, scope, request, client);
}

async function renderedInstance(
  parts: RenderParts,
  archive: string,
  scope: InstanceScope,
  request: RenderRequest,
  client: Client,
): Promise<Representation> {
  const found = await presentInstance(parts, archive, scope);
  const { row } = found;
  const document = await documentOf(parts, found);
  if (document !== undefined) {
    if (request.frames !== undefined) {
      throw new Problem(404, "This instance has no frames that could be shown one by one.");
    }
    negotiateRendered(request.ranges, [document.mediaType], SINGLE);
    const etag = [row.revision, "rendered", document.mediaType].join(":");
    const lasting = parts.lasting(archive) && row.damage === undefined;
    return { etag, lasting, body: { kind: "single", part: document } };
  }
  const isState = isPresentationState(row);
  if (isState || request.state !== undefined) refuseLook(request, isState);
  if (isState) {
    const state = await stateOf(parts, client, row);
    const runs = await presentedFrames(parts, archive, row, state);
    if (runs.length === 0) {
      throw new Problem(404, "None of the images that this presentation state refers to is here.");
    }
    // What it refers to may come and go.
    return images(parts, found, runs, { ...request, isWhole: true }, client);
  }
  const frames = framesOf(found, request.frames);
  const state = request.state &&
    await stateOf(parts, client, (await presentInstance(parts, archive, request.state)).row);
  const runs = [await frameRun(parts, found, frames, state)];
  const isWhole = request.frames === undefined || frames.length === 1;
  return images(parts, found, runs, { ...request, isWhole }, client);
}

/** A presentation state says itself what window, what part and what frames of its images are seen. */
function refuseLook({ parameters, frames }: RenderRequest, isState: boolean): void {
  if (parameters.window !== undefined || parameters.viewport?.source !== undefined) {
    throw new Problem(
      400,
      "A presentation state has its own window and region; leave out window and source region.",
    );
  }
  if (isState && frames !== undefined) {
    throw new Problem(400, "A presentation state has no frames of its own; ask for all of it.");
  }
  if (frames !== undefined && frames.length > 1) {
    throw new Problem(400, "Frames are seen through a presentation state one at a time.");
  }
}

/** The frames to be shown. Throws Problem 404 where there are none so numbered, 406 where none is shown. */
function framesOf(found: FoundInstance, asked: readonly number[] | undefined): FrameNumbers {
  demandShown(found);
  const { NumberOfFrames } = found.places.geometry;
  if (asked?.some((frame) => frame > NumberOfFrames)) {
    throw new Problem(404, `This instance has ${NumberOfFrames} frames; the first is number 1.`);
  }
  return asked ?? frameNumbers(NumberOfFrames);
}

interface ImagesRequest extends RenderRequest {
  /** All that there is was asked for: one image stands for it where only one is taken. */
  readonly isWhole: boolean;
}

/**
 * Frames as one image, as one each, or as an animation. None is lasting: a newer version of this
 * program may make a better image of them, or another presentation state be stored.
 */
function images(
  parts: RenderParts,
  { row }: FoundInstance,
  runs: readonly FrameRun[],
  { ranges, parameters, frames, isWhole, isWindowSeen }: ImagesRequest,
  client: Client,
): Representation {
  const choice = isWhole
    ? negotiateRendered(ranges, IMAGE_MEDIA_TYPES, SINGLE_FIRST)
    : negotiateRendered(ranges, IMAGE_MEDIA_TYPES, MULTIPART_FIRST, ANIMATED);
  const { mediaType, packaging } = choice;
  const target = renderTarget(mediaType, parameters, isWindowSeen);
  // Which frames of them a presentation state shows, its own revision tells.
  const revisions = new Set(runs.map(({ instance }) => instance.row.revision));
  const state = runs[0]?.state?.revision;
  const key = targetKey([target, packaging, frames ?? "all", [...revisions], state]);
  const etag = [row.revision, "rendered", key].join(":");
  if (packaging === "multipart") {
    return {
      etag,
      lasting: false,
      body: {
        kind: "multipart",
        type: mediaType,
        boundary: boundaryOf(row),
        parts: imageParts(parts, runs, choice, target, client),
        left: { out: 0, of: frameCount(runs) },
      },
    };
  }
  const path = frames === undefined ? pathOf(row) : `${pathOf(row)}/frames/${frames.join(",")}`;
  const location = `${path}/rendered`;
  const part = imagePart(parts, runs, choice, location, target, client);
  return { etag, lasting: false, body: { kind: "single", part } };
}

async function renderedScope(
  parts: RenderParts,
  archive: string,
  scope: Scope,
  { ranges, parameters }: RenderRequest,
  client: Client,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const choice = negotiateRendered(ranges, IMAGE_MEDIA_TYPES, SINGLE_FIRST);
  const { mediaType, packaging } = choice;
  const target = renderTarget(mediaType, parameters);
  const etag = [revision, instances, "rendered", targetKey([target, packaging])].join(":");
  const found = await representativeOf(parts, archive, scope);
  demandShown(found);
  if (packaging === "single") {
    const middle = Math.ceil(found.places.geometry.NumberOfFrames / 2);
    const runs = [await frameRun(parts, found, [middle])];
    const location = `${pathOf(scope)}/rendered`;
    const part = imagePart(parts, runs, choice, location, target, client);
    return { etag, lasting: false, body: { kind: "single", part } };
  }
  return {
    etag,
    lasting: false,
    body: {
      kind: "multipart",
      type: mediaType,
      boundary: boundaryOf(found.row),
      parts: allParts(parts, archive, scope, choice, target, client),
      left: { out: 0, of: instances },
    },
  };
}

/** Every instance of a scope that can be shown, by its first frame; of damaged pixels none can be. */
async function* allParts(
  parts: RenderParts,
  archive: string,
  scope: Scope,
  choice: RenderedChoice<ImageMediaType>,
  target: RenderTarget,
  client: Client,
): AsyncGenerator<Part> {
  for await (const page of parts.index.instances(archive, scope)) {
    for (const row of page) {
      const found = await findInstance(parts, archive, row);
      if (found === undefined || notShown(found) !== undefined) continue;
      try {
        const runs = [await frameRun(parts, found, [1])];
        yield* imageParts(parts, runs, choice, target, client);
      } catch (error) {
        if (!isUnshowable(error)) throw error;
      }
    }
  }
}

/** True where it is the stored pixels that are at fault, or end too early: others can be shown. */
function isUnshowable(error: unknown): boolean {
  return error instanceof PixelError
    ? error.kind !== "asked"
    : error instanceof UnsupportedError || error instanceof Problem;
}

/** Throws where an instance cannot be shown as an image. */
export function demandShown(found: FoundInstance): void {
  const reason = notShown(found);
  if (reason === undefined) return;
  if (found.row.damage !== undefined) throw damaged(found.row.damage);
  throw new Problem(406, `This instance cannot be shown as an image: ${reason}.`);
}

/** One image a frame, each made when it is its turn. */
async function* imageParts(
  { rendered }: RenderParts,
  runs: readonly FrameRun[],
  { mediaType }: RenderedChoice,
  target: RenderTarget,
  client: Client,
): AsyncGenerator<Part> {
  for (const view of frameViews(runs)) {
    const bytes = target.output.kind === "gif"
      ? await joined(
        rendered.animation(client, [{ ...view, frames: [view.frame] }], target.options),
      )
      : await rendered.image(client, view, target);
    const location = `${pathOf(view.instance.row)}/frames/${view.frame}/rendered`;
    yield bytesPart(mediaType, location, bytes);
  }
}

/** All frames as one animation where the format has room for them, else the first as an image. */
function imagePart(
  { rendered }: RenderParts,
  runs: readonly FrameRun[],
  { mediaType }: RenderedChoice,
  location: string,
  target: RenderTarget,
  client: Client,
): Part {
  async function* first(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (const view of frameViews(runs)) return yield await rendered.image(client, view, target);
  }
  const read = target.output.kind === "gif"
    ? () => rendered.animation(client, runs, target.options)
    : first;
  return { mediaType, location, length: undefined, read };
}

async function joined(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(await Array.fromAsync(pieces)).arrayBuffer());
}
