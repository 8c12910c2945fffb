/**
 * Retrieval of bulk data (PS3.18 10.4.1.1.5, 10.4.1.1.6): one value by the path in its
 * BulkDataURI, or all values, or the pixel data, of everything in a scope.
 * @module
 */
import { crc32 } from "../../lib/bytes/crc32.ts";
import { type BulkValue, pixelData, type Places } from "../../lib/dicom/places.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import { notAcceptable } from "../http/negotiate.ts";
import { OCTET_STREAM, pixelEncoding } from "../http/pixel_media_types.ts";
import { Problem } from "../http/problem.ts";
import type { Part, Representation } from "../http/representation.ts";
import {
  chooseOctets,
  choosePixels,
  type Obstacle,
  type Packaging,
  pixelsNotAcceptable,
} from "../http/wado_negotiate.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import { type Client, type Pixels, PIXELS_VERSION } from "../pixels/pixels.ts";
import { begun } from "./begun.ts";
import { pixelObstacle } from "./pixel_frames.ts";
import {
  damaged,
  documentMediaType,
  obstacleOf,
  type OpenInstance,
  openInstance,
  type PixelWork,
  valueParts,
} from "./pixel_parts.ts";
import {
  boundaryOf,
  findInstance,
  type InstanceScope,
  type PixelRetrieveParts,
  presentInstance,
  presentScope,
  vanishedFrom,
} from "./retrieve_parts.ts";

/** Which values of an instance are wanted. */
export type BulkSelection =
  /** The one with this path, as it stands in a BulkDataURI. */
  | { readonly kind: "path"; readonly path: string }
  /** Top-level pixel data. */
  | { readonly kind: "pixels" }
  | { readonly kind: "all" };

/** Parts listed before they are sent, so that the length of the whole can be said. */
const LISTED_PARTS = 10_000;
const SINGLE_FIRST: readonly Packaging[] = ["single", "multipart"];
const MULTIPART: readonly Packaging[] = ["multipart"];

/**
 * One value of an instance. Throws Problem 404 where there is no such value, 406 where it cannot be
 * given as asked, 410.
 */
export async function retrieveValue(
  parts: PixelRetrieveParts,
  archive: string,
  scope: InstanceScope,
  selection: Exclude<BulkSelection, { kind: "all" }>,
  ranges: readonly AcceptRange[],
  client: Client,
): Promise<Representation> {
  const { row, places } = await presentInstance(parts, archive, scope);
  const [value] = selected(places, selection);
  if (value === undefined) {
    if (row.damage !== undefined) throw damaged(row.damage);
    throw new Problem(
      404,
      "This instance has no such bulk data; its metadata names what there is.",
    );
  }
  const instance = await openInstance(parts.blobs, parts.inflated, row, places);
  const work = { pixels: parts.pixels, client };
  const found = valueParts(instance, value, ranges, SINGLE_FIRST, work);
  if (found === undefined) throw notAcceptableValue(parts.pixels, instance, value);
  const { choice: { packaging, mediaType }, transferSyntaxUID, count, made } = found;
  // Those that are made come one by one: their lengths are not known before.
  const isList = count <= LISTED_PARTS && !made;
  const list = isList ? await Array.fromAsync(found.parts()) : found.parts();
  const version = made ? [transferSyntaxUID, PIXELS_VERSION] : [];
  return {
    etag: [row.revision, "bulkdata", value.path, packaging, mediaType, ...version].join(":"),
    // A sound object may take the place of a damaged one.
    lasting: parts.lasting(archive) && row.damage === undefined,
    body: packaging === "single" ? { kind: "single", part: await onlyPart(list) } : {
      kind: "multipart",
      type: mediaType,
      boundary: boundaryOf(row),
      parts: list,
      left: { out: 0, of: count },
    },
  };
}

function notAcceptableValue(pixels: Pixels, instance: OpenInstance, value: BulkValue): Problem {
  const { row, places } = instance;
  if (value.value.kind === "native" && value !== pixelData(places)) {
    const own = documentMediaType(row, value);
    return notAcceptable(own === undefined ? [OCTET_STREAM] : [OCTET_STREAM, own]);
  }
  const obstacle = obstacleOf(pixels, instance, value);
  return pixelsNotAcceptable(row.TransferSyntaxUID, SINGLE_FIRST, obstacle);
}

/** The one part of several that there are not. */
async function onlyPart(parts: Iterable<Part> | AsyncIterable<Part>): Promise<Part> {
  for await (const part of parts) return part;
  throw new RangeError("There is no part");
}

/**
 * All bulk data, or all pixel data, of a scope. Throws Problem 404 where there is none, 406 where
 * nothing of it can be given as asked, 410.
 */
export async function retrieveBulkdata(
  parts: PixelRetrieveParts,
  archive: string,
  scope: Scope,
  selection: Exclude<BulkSelection, { kind: "path" }>,
  ranges: readonly AcceptRange[],
  client: Client,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const work = { pixels: parts.pixels, client };
  const { first, refused, out } = await surveyOf(parts, archive, scope, ranges);
  if (first === undefined) throw await vanishedFrom(parts.index, archive, scope);
  const [firstPart, all] = await begun(partsOf(parts, archive, scope, selection, ranges, work));
  if (firstPart === undefined) {
    if (first.damage !== undefined) throw damaged(first.damage);
    if (refused !== undefined) {
      const { TransferSyntaxUID } = refused.row;
      throw pixelsNotAcceptable(TransferSyntaxUID, MULTIPART, refused.obstacle);
    }
    throw new Problem(404, "There is no bulk data in it.");
  }
  const accepted = ranges.map((
    range,
  ) => [range.essence, range.type, range.transferSyntax, range.q]);
  const accept = crc32(new TextEncoder().encode(JSON.stringify(accepted))).toString(36);
  return {
    etag: [revision, instances, selection.kind, accept, PIXELS_VERSION].join(":"),
    lasting: false,
    body: {
      kind: "multipart",
      type: firstPart.mediaType.split(";")[0]!,
      boundary: boundaryOf(first),
      parts: all,
      left: { out, of: instances },
    },
  };
}

function selected(places: Places, selection: BulkSelection): readonly BulkValue[] {
  switch (selection.kind) {
    case "path":
      return places.bulk.filter(({ path }) => path === selection.path).slice(0, 1);
    case "pixels": {
      const pixels = pixelData(places);
      return pixels === undefined ? [] : [pixels];
    }
    case "all":
      return places.bulk;
  }
}

/**
 * Counts the instances that are damaged, or whose pixel data, as far as they have any, cannot be
 * given as asked. Places are looked at only where the pixels would have to be made anew.
 */
async function surveyOf(
  parts: PixelRetrieveParts,
  archive: string,
  scope: Scope,
  ranges: readonly AcceptRange[],
) {
  const octets = chooseOctets(ranges, MULTIPART) !== undefined;
  let first: InstanceRow | undefined;
  let refused: { readonly row: InstanceRow; readonly obstacle: Obstacle } | undefined;
  let out = 0;

  async function isGiven(row: InstanceRow): Promise<boolean> {
    const { TransferSyntaxUID } = row;
    if (pixelEncoding(TransferSyntaxUID).uncompressed && octets) return true;
    const stored = choosePixels(ranges, MULTIPART, TransferSyntaxUID, () => "not asked yet");
    if (stored !== undefined) return true;
    const found = await findInstance(parts, archive, row);
    // What has no pixel data is given, or not, value by value.
    if (found === undefined || pixelData(found.places) === undefined) return true;
    const obstacle = (uid: string) =>
      pixelObstacle(parts.pixels, TransferSyntaxUID, found.places, uid);
    if (choosePixels(ranges, MULTIPART, TransferSyntaxUID, obstacle) !== undefined) return true;
    refused ??= { row, obstacle };
    return false;
  }

  for await (const page of parts.index.instances(archive, scope)) {
    first ??= page[0];
    for (const row of page) if (row.damage !== undefined || !await isGiven(row)) out++;
  }
  return { first, refused, out };
}

async function* partsOf(
  parts: PixelRetrieveParts,
  archive: string,
  scope: Scope,
  selection: BulkSelection,
  ranges: readonly AcceptRange[],
  work: PixelWork,
): AsyncGenerator<Part, void, undefined> {
  for await (const page of parts.index.instances(archive, scope)) {
    for (const row of page) {
      const found = await findInstance(parts, archive, row);
      // Damaged ones answer value by value, as each may be there or not.
      if (found === undefined || found.row.damage !== undefined) continue;
      const values = selected(found.places, selection);
      if (values.length === 0) continue;
      const instance = await openInstance(parts.blobs, parts.inflated, found.row, found.places);
      for (const value of values) {
        const given = valueParts(instance, value, ranges, MULTIPART, work);
        if (given !== undefined) yield* given.parts();
      }
    }
  }
}
