/**
 * What an instance holds that any program can show as it is: a video, or an encapsulated document
 * (PS3.18 8.7.4).
 * @module
 */
import { pixelData } from "../../lib/dicom/places.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import type { Part } from "../http/representation.ts";
import type { InstanceRow } from "../index/index.ts";
import { type ByteSource, bytesSource, collect, partOf } from "./byte_source.ts";
import { DOCUMENT_PATH, documentMediaType, openInstance, valueBytes } from "./pixel_parts.ts";
import { type FoundInstance, pathOf, type PixelRetrieveParts } from "./retrieve_parts.ts";
import { scanBlob } from "./scan_blob.ts";

const ENCAPSULATED_DOCUMENT = 0x00420011;

/** Its last bytes are nulls of its own, and their number is even. */
const BINARY_DOCUMENT = "model/stl";

/** The document or video of an instance; undefined where it is something else. */
export async function documentOf(
  parts: PixelRetrieveParts,
  found: FoundInstance,
): Promise<Part | undefined> {
  const { row, places } = found;
  const pixels = pixelData(places);
  const [mediaType = ""] = pixelEncoding(row.TransferSyntaxUID).mediaTypes;
  const location = `${pathOf(row)}/rendered`;
  if (pixels !== undefined && mediaType.startsWith("video/")) {
    const instance = await openInstance(parts.blobs, parts.inflated, row, places);
    return { mediaType, location, ...valueBytes(instance, pixels) };
  }
  const named = documentMediaType(row, { path: DOCUMENT_PATH });
  if (named === undefined) return undefined;
  const value = places.bulk.find(({ path }) => path === DOCUMENT_PATH);
  const source = value === undefined
    ? await heldDocument(parts, row)
    : valueBytes(await openInstance(parts.blobs, parts.inflated, row, places), value);
  if (source === undefined) return undefined;
  const isText = named !== BINARY_DOCUMENT;
  return { mediaType: named, location, ...(isText ? await withoutPadding(source) : source) };
}

/** A document so small that the index holds no place of it. */
async function heldDocument(
  { blobs }: PixelRetrieveParts,
  { blobKey }: InstanceRow,
): Promise<ByteSource | undefined> {
  const element = (await scanBlob(blobs, blobKey)).dataSet.get(ENCAPSULATED_DOCUMENT);
  if (element?.kind !== "value") return undefined;
  return bytesSource(new Uint8Array(element.bytes));
}

/** A document of odd length ends with a null that is none of it: readers of XML stumble over it. */
async function withoutPadding(source: ByteSource): Promise<ByteSource> {
  if (source.length === 0) return source;
  const [last] = await collect(partOf(source, { offset: source.length - 1, length: 1 }));
  return last === 0 ? partOf(source, { offset: 0, length: source.length - 1 }) : source;
}
