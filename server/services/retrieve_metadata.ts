/**
 * Retrieval of metadata (PS3.18 10.4.1.1.2): the packed texts of the index, spliced into one JSON
 * array without inflating them, or each as a Native DICOM Model.
 * @module
 */
import { type ContentCoding, createSplicer, unpackPieces } from "../../lib/bytes/gzip_pieces.ts";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import { encodeXml } from "../../lib/dicom/xml.ts";
import type { MetadataRepresentation } from "../http/negotiate.ts";
import type { Part, Representation } from "../http/representation.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import { begun } from "./begun.ts";
import { bytesSource, type Chunk, joined } from "./byte_source.ts";
import {
  boundaryOf,
  currentPieces,
  pathOf,
  presentScope,
  type RetrieveParts,
  vanishedFrom,
} from "./retrieve_parts.ts";

/** What a request for metadata chose. */
export interface MetadataChoice {
  readonly representation: MetadataRepresentation;
  readonly coding: ContentCoding;
  /** URL of the archive's root, of which BulkDataURIs are made. */
  readonly base: string;
}

type Row = InstanceRow & { readonly pieces: Uint8Array };
type Pages = AsyncIterable<readonly Row[]>;
type Rows = AsyncGenerator<Row, void, undefined>;

const FRAMING = { prefix: "[", separator: ",", suffix: "]" };

/** Records spliced at once: inflated for a client without gzip they are 1 MB or so, a few ms of work. */
const GROUP_BYTES = 128 * 1024;

/** The metadata of a scope. Throws Problem 404 or 410. */
export async function retrieveMetadata(
  parts: RetrieveParts,
  archive: string,
  scope: Scope,
  choice: MetadataChoice,
): Promise<Representation> {
  const { revision, instances } = await presentScope(parts.index, archive, scope);
  const { representation: { form, mediaType, alone = false }, coding, base } = choice;
  const packaging = form === "xml" && alone ? "single" : "";
  const etag = [revision, instances, mediaType, coding, SCANNER_VERSION, packaging].join(":");
  switch (form) {
    case "json": {
      const part: Part = {
        mediaType,
        location: `${pathOf(scope)}/metadata`,
        length: undefined,
        ...(coding === "identity" ? {} : { coding }),
        read: () => spliced(parts, archive, scope, choice),
      };
      return { etag, lasting: false, body: { kind: "single", part } };
    }
    case "xml": {
      const [first, rows] = await begunRows(parts.index, archive, scope);
      if (alone && instances === 1) {
        const part = await xmlPart(parts, first, mediaType, base);
        return { etag, lasting: false, body: { kind: "single", part } };
      }
      return {
        etag,
        lasting: false,
        body: {
          kind: "multipart",
          type: mediaType,
          boundary: boundaryOf(first),
          parts: xmlParts(parts, rows, mediaType, base),
          left: { out: 0, of: instances },
        },
      };
    }
  }
}

async function* spliced(
  parts: RetrieveParts,
  archive: string,
  scope: Scope,
  { coding, base }: MetadataChoice,
): AsyncGenerator<Chunk> {
  const splicer = createSplicer(coding, jsonEscaped(base), FRAMING);
  let group: Uint8Array[] = [];
  let bytes = 0;
  let isEmpty = true;
  for await (const page of parts.index.metadata(archive, scope)) {
    for (const row of page) {
      isEmpty = false;
      const record = await currentPieces(parts, row);
      group.push(record);
      bytes += record.length;
      if (bytes < GROUP_BYTES) continue;
      yield splicer.add(group);
      group = [];
      bytes = 0;
    }
  }
  // It went after it was seen: an empty list would say that it is there and has nothing.
  if (isEmpty) throw await vanishedFrom(parts.index, archive, scope);
  yield joined(splicer.add(group), splicer.end());
}

async function* xmlParts(
  parts: RetrieveParts,
  rows: Rows,
  mediaType: string,
  base: string,
): AsyncGenerator<Part> {
  for await (const row of rows) yield await xmlPart(parts, row, mediaType, base);
}

async function xmlPart(
  parts: RetrieveParts,
  row: Row,
  mediaType: string,
  base: string,
): Promise<Part> {
  const json = unpackPieces(await currentPieces(parts, row), jsonEscaped(base));
  const bytes = new TextEncoder().encode(xmlOf(json));
  return {
    mediaType,
    location: `${pathOf(row)}/metadata`,
    ...bytesSource(bytes),
  };
}

function xmlOf(json: string): string {
  return encodeXml(decodeJson(JSON.parse(json)), {
    bulkDataURI() {
      throw new Error("Metadata of the index names every bulk value by its URI");
    },
  });
}

/** The first row, and all rows with it, which are read once. Throws Problem 404 or 410 where there is none. */
export async function begunRows(
  index: RetrieveParts["index"],
  archive: string,
  scope: Scope,
): Promise<[first: Row, all: Rows]> {
  const [first, rows] = await begun(rowsOf(index.metadata(archive, scope)));
  if (first === undefined) throw await vanishedFrom(index, archive, scope);
  return [first, rows];
}

async function* rowsOf(pages: Pages): Rows {
  for await (const page of pages) yield* page;
}

/** The pieces are JSON text: a URL in it needs the escapes of any string. */
function jsonEscaped(url: string): string {
  return JSON.stringify(url).slice(1, -1);
}
