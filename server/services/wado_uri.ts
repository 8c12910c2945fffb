/**
 * The URI service (PS3.18 9): one instance, as a file or as something to look at.
 * @module
 */
import { DEFAULT_PROFILE } from "../../lib/config/deidentification.ts";
import { pixelData } from "../../lib/dicom/places.ts";
import {
  MAX_VIEWPORT_SIDE,
  type RenderedParameters,
  type Viewport,
} from "../../lib/query/rendered_parameters.ts";
import type { WadoUriRendered, WadoUriRequest } from "../../lib/query/wado_uri.ts";
import { Problem } from "../http/problem.ts";
import type { Representation } from "../http/representation.ts";
import type { Client } from "../pixels/pixels.ts";
import { isPresentationState } from "./presented.ts";
import { renderedResource, type RenderParts } from "./render.ts";
import { retrieveInstances } from "./retrieve_instances.ts";
import { findInstance, type InstanceScope, presentInstance } from "./retrieve_parts.ts";

/**
 * What a request asks for. Throws Problem: 404 and 410 where there is nothing, 406 where it cannot
 * be given so, 400 where the image cannot have what is asked.
 */
export async function retrieveByUri(
  parts: RenderParts,
  archive: string,
  request: WadoUriRequest,
  client: Client,
): Promise<Representation> {
  const { instance } = request;
  if (request.kind === "dicom") {
    return await retrieveInstances(parts, archive, instance, {
      kind: "instances",
      packaging: "single",
      transferSyntaxes: [[request.transferSyntax]],
      anonymize: request.anonymize ? DEFAULT_PROFILE : undefined,
      implicit: true,
    }, client);
  }
  const { ranges, frameNumber, presentationState } = request;
  const { StudyInstanceUID } = instance;
  const state = presentationState && { StudyInstanceUID, ...presentationState };
  if (state !== undefined) await demandState(parts, archive, state);
  if (frameNumber !== undefined) await demandFrame(parts, archive, instance, frameNumber);
  return await renderedResource(parts, archive, instance, {
    ranges,
    parameters: await parametersOf(parts, archive, request),
    ...(frameNumber === undefined ? {} : { frames: [frameNumber] }),
    ...(state === undefined ? {} : { state }),
    isWindowSeen: true,
  }, client);
}

/** PS3.18 8.3.5.1.6: what the parameters name, and not the target, is wrong. Throws Problem 400. */
async function demandState(
  parts: RenderParts,
  archive: string,
  state: InstanceScope,
): Promise<void> {
  const found = await findInstance(parts, archive, state);
  if (found !== undefined && isPresentationState(found.row)) return;
  throw new Problem(
    400,
    "The parameters presentationSeriesUID and presentationUID name no presentation state of this " +
      "study.",
  );
}

/** PS3.18 9.5.2.1. Throws Problem 400; 404 and 410 where there is no such instance. */
async function demandFrame(
  parts: RenderParts,
  archive: string,
  instance: InstanceScope,
  frameNumber: number,
): Promise<void> {
  const { places } = await presentInstance(parts, archive, instance);
  const { NumberOfFrames } = places.geometry;
  const frames = pixelData(places) === undefined ? 0 : NumberOfFrames;
  if (frameNumber <= frames) return;
  throw new Problem(
    400,
    `The parameter frameNumber is greater than the number of frames of this instance, ${frames}.`,
  );
}

/** The parameters as WADO-RS has them: its viewport counts in pixels. */
async function parametersOf(
  parts: RenderParts,
  archive: string,
  request: WadoUriRendered,
): Promise<RenderedParameters> {
  const { instance, window, quality, annotation, warnings } = request;
  const viewport = await viewportOf(parts, archive, request, instance);
  return {
    ...(viewport === undefined ? {} : { viewport }),
    ...(window === undefined ? {} : { window: { ...window, function: "linear" } }),
    ...(quality === undefined ? {} : { quality }),
    annotation,
    warnings,
  };
}

async function viewportOf(
  parts: RenderParts,
  archive: string,
  { region, rows, columns }: WadoUriRendered,
  instance: WadoUriRendered["instance"],
): Promise<Viewport | undefined> {
  if (region === undefined) {
    if (rows === undefined && columns === undefined) return undefined;
    return { width: columns ?? MAX_VIEWPORT_SIDE, height: rows ?? MAX_VIEWPORT_SIDE };
  }
  const { places: { geometry } } = await presentInstance(parts, archive, instance);
  const x = region.xMin * geometry.Columns;
  const y = region.yMin * geometry.Rows;
  const width = (region.xMax - region.xMin) * geometry.Columns;
  const height = (region.yMax - region.yMin) * geometry.Rows;
  const isSized = rows !== undefined || columns !== undefined;
  return {
    // Without a size the region keeps its own.
    width: columns ?? (isSized ? MAX_VIEWPORT_SIDE : Math.max(1, Math.round(width))),
    height: rows ?? (isSized ? MAX_VIEWPORT_SIDE : Math.max(1, Math.round(height))),
    source: { x, y, width, height, flipHorizontal: false, flipVertical: false },
  };
}
