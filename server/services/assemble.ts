/**
 * A PS3.10 file out of metadata and the bulk parts that it names (PS3.18 10.5.1.4).
 * @module
 */
import { bulkSyntax, HEAD_BYTES } from "../../lib/dicom/bulk_syntax.ts";
import type {
  BulkElement,
  DataSet,
  Element,
  FragmentsElement,
  Tag,
  UriElement,
} from "../../lib/dicom/dataset.ts";
import { encodeDataSet } from "../../lib/dicom/encode.ts";
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, isValidUID, transferSyntax } from "../../lib/dicom/uids.ts";
import { integer, text } from "../../lib/dicom/values.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { BulkPart } from "./bulk_spool.ts";
import { knownUIDs } from "./identity.ts";
import { FAILURE_REASON, StoreRefusal } from "./store_result.ts";

const PIXEL_DATA: Tag = 0x7fe00010;
const TRANSFER_SYNTAX_UID: Tag = 0x00020010;
const AVAILABLE_TRANSFER_SYNTAX_UID: Tag = 0x00083002;
const NUMBER_OF_FRAMES: Tag = 0x00280008;
const FIRST_DATA_SET_TAG: Tag = 0x00030000;

/** Without these nobody can show pixels (PS3.3 C.7.6.3). We do not derive them from the compressed stream. */
const PIXEL_ATTRIBUTES = {
  SamplesPerPixel: 0x00280002,
  PhotometricInterpretation: 0x00280004,
  Rows: 0x00280010,
  Columns: 0x00280011,
  BitsAllocated: 0x00280100,
} as const satisfies Record<string, Tag>;

/** Bulk parts by the URI that metadata has for them. */
export type FindParts = (uri: string) => readonly BulkPart[];

/**
 * The bytes of the file. @throws {StoreRefusal} while it is read, where a bulk value is missing or
 * cannot be stored as it came
 */
export async function* assemble(
  blobs: BlobStore,
  metadata: DataSet,
  findParts: FindParts,
): AsyncGenerator<Uint8Array, void, undefined> {
  const syntax = await pixelSyntax(blobs, metadata, findParts);
  const sources = new Map<Element, readonly BulkPart[]>();
  const dataSet = resolve(metadata, findParts, sources, syntax);
  const { SOPClassUID = "", SOPInstanceUID = "" } = knownUIDs(dataSet);
  yield encodePart10Header({
    MediaStorageSOPClassUID: SOPClassUID,
    MediaStorageSOPInstanceUID: SOPInstanceUID,
    TransferSyntaxUID: syntax ?? EXPLICIT_VR_LITTLE_ENDIAN,
  });
  for (const segment of encodeDataSet(dataSet, syntax ?? EXPLICIT_VR_LITTLE_ENDIAN)) {
    if (segment instanceof Uint8Array) yield segment;
    else yield* valueOf(blobs, segment, sources.get(segment) ?? []);
  }
}

/** The same data set, with places where it had URIs. `syntax`: of pixel data, where that is to be encapsulated. */
function resolve(
  dataSet: DataSet,
  findParts: FindParts,
  sources: Map<Element, readonly BulkPart[]>,
  syntax: string | undefined,
): DataSet {
  const resolved = new Map<Tag, Element>();
  for (const element of dataSet.values()) {
    // File Meta Information has no place in metadata; the file gets its own.
    if (element.tag < FIRST_DATA_SET_TAG) continue;
    switch (element.kind) {
      case "uri": {
        const parts = presentParts(element, findParts);
        const isFrames = element.tag === PIXEL_DATA && syntax !== undefined;
        const found = isFrames ? fragmentsOf(parts) : bulkOf(element, parts);
        sources.set(found, parts);
        resolved.set(element.tag, found);
        break;
      }
      case "sequence": {
        const items = element.items.map((item) => resolve(item, findParts, sources, undefined));
        resolved.set(element.tag, { ...element, items });
        break;
      }
      default:
        resolved.set(element.tag, element);
    }
  }
  return resolved;
}

function presentParts({ uri }: UriElement, findParts: FindParts): readonly BulkPart[] {
  const parts = findParts(uri);
  if (parts.length > 0) return parts;
  throw new StoreRefusal(
    FAILURE_REASON.cannotUnderstand,
    "A BulkDataURI names no part of this request",
  );
}

function bulkOf({ tag, vr }: UriElement, parts: readonly BulkPart[]): BulkElement {
  return { kind: "bulk", tag, vr, place: { offset: 0, length: lengthOf(parts) } };
}

/** Each part is a frame and becomes a fragment. The places are not those of a file: only lengths are looked at. */
function fragmentsOf(parts: readonly BulkPart[]): FragmentsElement {
  return {
    kind: "fragments",
    tag: PIXEL_DATA,
    vr: "OB",
    basicOffsetTable: new Uint8Array(0),
    fragments: Float64Array.from(parts.flatMap(({ length }) => [0, length])),
  };
}

async function* valueOf(
  blobs: BlobStore,
  { kind }: BulkElement | FragmentsElement,
  parts: readonly BulkPart[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { key, length } of parts) {
    if (kind === "fragments") yield itemHeader(length + length % 2);
    yield* await blobs.open(key);
    if (kind === "fragments" && length % 2 === 1) yield new Uint8Array(1);
  }
}

/** Item tag and length (PS3.5 A.4). */
function itemHeader(length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint16(0, 0xfffe, true);
  view.setUint16(2, 0xe000, true);
  view.setUint32(4, length, true);
  return new Uint8Array(view.buffer);
}

/** The transfer syntax under which pixel data is to be encapsulated; undefined where it is native or absent. */
async function pixelSyntax(
  blobs: BlobStore,
  metadata: DataSet,
  findParts: FindParts,
): Promise<string | undefined> {
  const pixelData = metadata.get(PIXEL_DATA);
  if (pixelData === undefined) return undefined;
  for (const [keyword, tag] of Object.entries(PIXEL_ATTRIBUTES)) {
    if (text(metadata, tag) === undefined && integer(metadata, tag) === undefined) {
      throw new StoreRefusal(
        FAILURE_REASON.dataSetDoesNotMatchSOPClass,
        `There is pixel data, but ${keyword} is missing`,
      );
    }
  }
  if (pixelData.kind !== "uri") return undefined;
  const parts = presentParts(pixelData, findParts);
  const syntax = await declaredSyntax(blobs, metadata, parts);
  if (syntax === undefined || transferSyntax(syntax)?.encapsulated === false) return undefined;
  const frames = integer(metadata, NUMBER_OF_FRAMES) ?? 1;
  if (parts.length > 1 && parts.length !== frames) {
    throw new StoreRefusal(
      FAILURE_REASON.dataSetDoesNotMatchSOPClass,
      "There are not as many bulk parts as NumberOfFrames says",
    );
  }
  return syntax;
}

/** What the part says, else its media type, else the metadata. */
async function declaredSyntax(
  blobs: BlobStore,
  metadata: DataSet,
  parts: readonly BulkPart[],
): Promise<string | undefined> {
  const [{ key, length, mediaType }] = parts as [BulkPart];
  const parameter = mediaType?.parameters.get("transfer-syntax");
  if (parameter !== undefined && isValidUID(parameter)) return parameter;
  const head = await blobs.read(key, { offset: 0, length: Math.min(length, HEAD_BYTES) });
  const bulk = bulkSyntax(mediaType?.essence ?? "", head);
  switch (bulk.kind) {
    case "encapsulated":
      return bulk.transferSyntaxUID;
    case "consumer":
      throw new StoreRefusal(
        FAILURE_REASON.transferSyntaxNotSupported,
        "PNG and GIF have no transfer syntax; send decoded pixels",
      );
    case "unknown":
      return lengthOf(parts) === nativeLength(metadata)
        ? undefined
        : text(metadata, TRANSFER_SYNTAX_UID) ?? text(metadata, AVAILABLE_TRANSFER_SYNTAX_UID);
  }
}

/** Bytes of native pixel data with its padding (PS3.5 8.1.1), where all samples are there for every pixel. */
function nativeLength(metadata: DataSet): number {
  const number = (tag: Tag) => integer(metadata, tag) ?? 1;
  const bits = number(PIXEL_ATTRIBUTES.Rows) * number(PIXEL_ATTRIBUTES.Columns) *
    number(PIXEL_ATTRIBUTES.SamplesPerPixel) * number(PIXEL_ATTRIBUTES.BitsAllocated) *
    number(NUMBER_OF_FRAMES);
  const bytes = Math.ceil(bits / 8);
  return bytes + bytes % 2;
}

function lengthOf(parts: readonly BulkPart[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
