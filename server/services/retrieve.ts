/**
 * Retrieval of what is stored (PS3.18 10.4), as it is or made into something else, as one service.
 * @module
 */
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import type { WadoUriRequest } from "../../lib/query/wado_uri.ts";
import type { Representation } from "../http/representation.ts";
import type { InstanceChoice } from "../http/wado_negotiate.ts";
import type { Scope } from "../index/index.ts";
import type { Client } from "../pixels/pixels.ts";
import { createInflatedBlobs } from "./inflated.ts";
import { renderedResource } from "./render.ts";
import type { RenderRequest } from "./render_request.ts";
import { createRenderedFrames } from "./rendered_frames.ts";
import { type BulkSelection, retrieveBulkdata, retrieveValue } from "./retrieve_bulkdata.ts";
import { type FramesChoice, retrieveFrames } from "./retrieve_frames.ts";
import { retrieveInstances } from "./retrieve_instances.ts";
import { type MetadataChoice, retrieveMetadata } from "./retrieve_metadata.ts";
import type { InstanceScope, PixelRetrieveParts } from "./retrieve_parts.ts";
import { retrieveZip } from "./retrieve_zip.ts";
import { retrieveByUri } from "./wado_uri.ts";
import { createThumbnails, type ThumbnailRequest } from "./thumbnail.ts";

/**
 * Every method throws Problem: 404 and 410 where there is nothing, 406 where it cannot be given as
 * asked. Nothing is read from a blob before the representation's bytes are pulled.
 */
export interface RetrieveService {
  instances(
    archive: string,
    scope: Scope,
    choice: Extract<InstanceChoice, { kind: "instances" }>,
    client: Client,
  ): Promise<Representation>;
  /** An archive of files with a DICOMDIR. */
  zip(archive: string, scope: Scope): Promise<Representation>;
  metadata(archive: string, scope: Scope, choice: MetadataChoice): Promise<Representation>;
  /** Throws UnsupportedError too, where the frames cannot be told apart. */
  frames(
    archive: string,
    scope: InstanceScope,
    choice: FramesChoice,
    client: Client,
  ): Promise<Representation>;
  /** One value of an instance. */
  value(
    archive: string,
    scope: InstanceScope,
    selection: Exclude<BulkSelection, { kind: "all" }>,
    ranges: readonly AcceptRange[],
    client: Client,
  ): Promise<Representation>;
  /** The values of everything in the scope. */
  bulkdata(
    archive: string,
    scope: Scope,
    selection: Exclude<BulkSelection, { kind: "path" }>,
    ranges: readonly AcceptRange[],
    client: Client,
  ): Promise<Representation>;
  /** Images, a video or a document to look at; throws 400 too. */
  rendered(
    archive: string,
    scope: Scope,
    request: RenderRequest,
    client: Client,
  ): Promise<Representation>;
  /** What the URI service asks for (PS3.18 9); throws 400 too. */
  byUri(archive: string, request: WadoUriRequest, client: Client): Promise<Representation>;
  /** A small image that stands for what is in the scope. */
  thumbnail(
    archive: string,
    scope: Scope,
    request: ThumbnailRequest,
    client: Client,
  ): Promise<Representation>;
}

/** Retrieval over an index, a store of blobs and work on pixels. */
export function createRetrieveService(
  given: Omit<PixelRetrieveParts, "inflated">,
): RetrieveService {
  const parts = {
    ...given,
    inflated: createInflatedBlobs(given.blobs),
    rendered: createRenderedFrames(given.pixels),
  };
  const thumbnails = createThumbnails(parts);
  return {
    instances: (archive, scope, choice, client) =>
      retrieveInstances(parts, archive, scope, choice, client),
    zip: (archive, scope) => retrieveZip(parts, archive, scope),
    metadata: (archive, scope, choice) => retrieveMetadata(parts, archive, scope, choice),
    frames: (archive, scope, choice, client) =>
      retrieveFrames(parts, archive, scope, choice, client),
    value: (archive, scope, selection, ranges, client) =>
      retrieveValue(parts, archive, scope, selection, ranges, client),
    bulkdata: (archive, scope, selection, ranges, client) =>
      retrieveBulkdata(parts, archive, scope, selection, ranges, client),
    rendered: (archive, scope, request, client) =>
      renderedResource(parts, archive, scope, request, client),
    byUri: (archive, request, client) => retrieveByUri(parts, archive, request, client),
    thumbnail: (archive, scope, request, client) => thumbnails.of(archive, scope, request, client),
  };
}
