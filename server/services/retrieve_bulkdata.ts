/**
 * Retrieval of bulk data (PS3.18 10.4.1.1.5, 10.4.1.1.6): one value by the path in its
 * BulkDataURI, or all values, or the pixel data, of everything in a scope.
 * @module
 */
import { crc32 } from "../../lib/bytes/crc32.ts";
import { type BulkValue, pixelData, type Places } from "../../lib/dicom/places.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import { Problem } from "../http/problem.ts";
import type { Part, Representation } from "../http/representation.ts";
import {
  chooseOctets,
  choosePixels,
  type Packaging,
  pixelsNotAcceptable,
} from "../http/wado_negotiate.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import type { InflatedBlobs } from "./inflated.ts";
import { damaged, openInstance, valueParts } from "./pixel_parts.ts";
import {
  boundaryOf,
  findInstance,
  type InstanceScope,
  presentInstance,
  presentScope,
  type RetrieveParts,
  vanished,
} from "./retrieve_parts.ts";

/** What retrieval of bulk data works on. */
export type BulkParts = RetrieveParts & { readonly inflated: InflatedBlobs };

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
  parts: BulkParts,
  archive: string,
  scope: InstanceScope,
  selection: Exclude<BulkSelection, { kind: "all" }>,
  ranges: readonly AcceptRange[],
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
  const found = valueParts(instance, value, ranges, SINGLE_FIRST);
  if (found === undefined) throw pixelsNotAcceptable(row.TransferSyntaxUID, SINGLE_FIRST);
  const { choice: { packaging, mediaType }, count } = found;
  const list = count <= LISTED_PARTS ? [...found.parts()] : undefined;
  return {
    etag: [row.revision, "bulkdata", value.path, packaging, mediaType].join(":"),
    lasting: parts.lasting(archive),
    body: packaging === "single" ? { kind: "single", part: list![0]! } : {
      kind: "multipart",
      type: mediaType,
      boundary: boundaryOf(row),
      parts: list ?? oneByOne(found.parts()),
      left: { out: 0, of: count },
    },
  };
}

/**
 * All bulk data, or all pixel data, of a scope. Throws Problem 404 where there is none, 406 where
 * nothing of it can be given as asked, 410.
 */
export async function retrieveBulkdata(
  parts: BulkParts,
  archive: string,
  scope: Scope,
  selection: Exclude<BulkSelection, { kind: "path" }>,
  ranges: readonly AcceptRange[],
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const { first, refused, out } = await surveyOf(parts.index.instances(archive, scope), ranges);
  if (first === undefined) throw vanished();
  const [type, all] = await begun(partsOf(parts, archive, scope, selection, ranges));
  if (type === undefined) {
    if (first.damage !== undefined) throw damaged(first.damage);
    if (refused !== undefined) throw pixelsNotAcceptable(refused.TransferSyntaxUID, MULTIPART);
    throw new Problem(404, "There is no bulk data in it.");
  }
  const accepted = ranges.map((
    range,
  ) => [range.essence, range.type, range.transferSyntax, range.q]);
  const accept = crc32(new TextEncoder().encode(JSON.stringify(accepted))).toString(36);
  return {
    etag: [revision, instances, selection.kind, accept].join(":"),
    lasting: false,
    body: {
      kind: "multipart",
      type,
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
 * given as asked.
 */
async function surveyOf(
  pages: AsyncIterable<readonly InstanceRow[]>,
  ranges: readonly AcceptRange[],
) {
  const octets = chooseOctets(ranges, MULTIPART) !== undefined;
  let first: InstanceRow | undefined;
  let refused: InstanceRow | undefined;
  let out = 0;
  for await (const page of pages) {
    first ??= page[0];
    for (const row of page) {
      const { TransferSyntaxUID, damage } = row;
      if (damage !== undefined) {
        out++;
        continue;
      }
      const given = pixelEncoding(TransferSyntaxUID).uncompressed
        ? octets
        : choosePixels(ranges, MULTIPART, TransferSyntaxUID) !== undefined;
      if (given) continue;
      refused ??= row;
      out++;
    }
  }
  return { first, refused, out };
}

async function* partsOf(
  parts: BulkParts,
  archive: string,
  scope: Scope,
  selection: BulkSelection,
  ranges: readonly AcceptRange[],
): AsyncGenerator<Part, void, undefined> {
  for await (const page of parts.index.instances(archive, scope)) {
    for (const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of page) {
      const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
      const found = await findInstance(parts, archive, uids);
      // Damaged ones answer value by value, as each may be there or not.
      if (found === undefined || found.row.damage !== undefined) continue;
      const values = selected(found.places, selection);
      if (values.length === 0) continue;
      const instance = await openInstance(parts.blobs, parts.inflated, found.row, found.places);
      for (const value of values) {
        yield* valueParts(instance, value, ranges, MULTIPART)?.parts() ?? [];
      }
    }
  }
}

/** Media type of the first part, without parameters, and all parts. */
async function begun(
  parts: AsyncGenerator<Part, void, undefined>,
): Promise<[type: string | undefined, all: AsyncGenerator<Part>]> {
  const first = await parts.next();
  async function* all(): AsyncGenerator<Part> {
    try {
      if (!first.done) yield first.value;
      yield* parts;
    } finally {
      await parts.return();
    }
  }
  return [first.done ? undefined : first.value.mediaType.split(";")[0], all()];
}

async function* oneByOne(parts: Iterable<Part>): AsyncGenerator<Part> {
  yield* parts;
}
