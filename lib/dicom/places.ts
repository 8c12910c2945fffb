/**
 * Where the large values of a stored object lie, and which fragments make which frame: all that
 * frames and bulk data need, so that no request parses the file again. Packed small, because a
 * slide has 100,000 fragments, and never as a row a frame.
 * @module
 */
import { VarintReader, VarintWriter } from "../bytes/varint.ts";
import { DecodeError } from "../errors.ts";
import type { DataSet, InstanceScan, Place, VR } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import { type FrameGrouping, groupFragments } from "./frame_grouping.ts";
import { type PixelFormat, pixelFormatOf } from "./pixel_format.ts";
import { integer } from "./values.ts";
import { VR_TRAITS } from "./vr.ts";

/** The form of each frame, and how many there are. */
export interface Geometry extends PixelFormat {
  /** At least 1. */
  readonly NumberOfFrames: number;
}

/** Fragments of encapsulated pixel data, without the offset table. */
export interface Fragments {
  /** offset, length of each fragment's value, as in FragmentsElement. */
  readonly places: Float64Array;
  readonly grouping: FrameGrouping;
}

/** One large value. */
export interface BulkValue {
  /** As in a BulkDataURI: `7FE00010`, or tags and 1-based items down to it, `00880200/1/7FE00010`. */
  readonly path: string;
  readonly vr: VR;
  readonly value:
    | { readonly kind: "native"; readonly place: Place }
    | { readonly kind: "fragments"; readonly fragments: Fragments };
}

/** What packPlaces keeps of an instance. */
export interface Places {
  readonly geometry: Geometry;
  /** In the order of the file. */
  readonly bulk: readonly BulkValue[];
}

/** PixelData, FloatPixelData, DoubleFloatPixelData: at most one of them is there. */
const PIXEL_PATHS: readonly string[] = ["7FE00010", "7FE00008", "7FE00009"];

const GROUPINGS = ["each", "all", "starts", "unknown"] as const;

/** The top-level pixel data, where the instance has any (PS3.18 10.4.3.3.6). */
export function pixelData(places: Places): BulkValue | undefined {
  return places.bulk.find(({ path }) => PIXEL_PATHS.includes(path));
}

/** Bytes of a value, all fragments of an encapsulated one together. */
export function bulkLength(value: BulkValue["value"]): number {
  if (value.kind === "native") return value.place.length;
  let length = 0;
  for (let i = 1; i < value.fragments.places.length; i += 2) length += value.fragments.places[i]!;
  return length;
}

/** Packs the places of a scanned instance for the index. */
export function packPlaces(scan: InstanceScan): Uint8Array<ArrayBuffer> {
  const geometry = geometryOf(scan.dataSet);
  const bulk = bulkValues(scan.dataSet, "", geometry.NumberOfFrames)
    .sort((a, b) => firstOffset(a) - firstOffset(b));
  const writer = new VarintWriter();
  writer.integer(geometry.Rows);
  writer.integer(geometry.Columns);
  writer.integer(geometry.SamplesPerPixel);
  writer.integer(geometry.BitsAllocated);
  writer.integer(geometry.NumberOfFrames);
  writer.integer(geometry.BitsStored);
  writer.integer(geometry.HighBit);
  writer.integer(geometry.PixelRepresentation);
  writer.integer(geometry.PlanarConfiguration);
  writeText(writer, geometry.PhotometricInterpretation);
  writer.integer(bulk.length);
  let path = "";
  let offset = 0;
  for (const entry of bulk) {
    const shared = sharedPrefix(path, entry.path);
    writer.integer(shared);
    writeText(writer, entry.path.slice(shared));
    writer.bytes(new TextEncoder().encode(entry.vr));
    writer.integer(firstOffset(entry) - offset);
    path = entry.path;
    offset = firstOffset(entry);
    if (entry.value.kind === "native") {
      writer.integer(0);
      writer.integer(entry.value.place.length);
    } else {
      writeFragments(writer, entry.value.fragments);
    }
  }
  return writer.finish();
}

/** Reads what packPlaces wrote. Throws DecodeError for anything else. */
export function unpackPlaces(bytes: Uint8Array): Places {
  const reader = new VarintReader(bytes);
  const geometry: Geometry = {
    Rows: reader.integer(),
    Columns: reader.integer(),
    SamplesPerPixel: reader.integer(),
    BitsAllocated: reader.integer(),
    NumberOfFrames: reader.integer(),
    BitsStored: reader.integer(),
    HighBit: reader.integer(),
    PixelRepresentation: reader.integer(),
    PlanarConfiguration: reader.integer(),
    PhotometricInterpretation: readText(reader),
  };
  const bulk: BulkValue[] = [];
  let path = "";
  let offset = 0;
  for (let rest = reader.count(); rest > 0; rest--) {
    path = path.slice(0, reader.integer()) + readText(reader);
    const vr = readVR(reader);
    offset += reader.integer();
    const grouping = reader.integer();
    const value: BulkValue["value"] = grouping === 0
      ? { kind: "native", place: { offset, length: reader.integer() } }
      : { kind: "fragments", fragments: readFragments(reader, offset, grouping) };
    bulk.push({ path, vr, value });
  }
  if (reader.remaining > 0) throw new DecodeError("Bytes after the last place");
  return { geometry, bulk };
}

function geometryOf(dataSet: DataSet): Geometry {
  const NumberOfFrames = Math.max(1, integer(dataSet, 0x00280008) ?? 1);
  return { ...pixelFormatOf(dataSet), NumberOfFrames };
}

function bulkValues(dataSet: DataSet, prefix: string, frames: number): BulkValue[] {
  const found: BulkValue[] = [];
  for (const element of dataSet.values()) {
    const path = prefix + formatTag(element.tag);
    switch (element.kind) {
      case "bulk":
        found.push({ path, vr: element.vr, value: { kind: "native", place: element.place } });
        break;
      case "fragments": {
        const grouping = prefix === ""
          ? groupFragments(element, frames, dataSet)
          : { kind: "all" } as const;
        const fragments = { places: element.fragments, grouping };
        found.push({ path, vr: element.vr, value: { kind: "fragments", fragments } });
        break;
      }
      case "sequence":
        element.items.forEach((item, index) => {
          for (const value of bulkValues(item, `${path}/${index + 1}/`, 1)) found.push(value);
        });
        break;
      case "value":
      case "uri":
        break;
    }
  }
  return found;
}

function firstOffset({ value }: BulkValue): number {
  return value.kind === "native" ? value.place.offset : value.fragments.places[0] ?? 0;
}

/** Item tag and length before each fragment's value (PS3.5 A.4). */
const ITEM_HEADER_BYTES = 8;

/** Fragments follow each other, so that only the first has an offset: the rest are lengths. */
function writeFragments(writer: VarintWriter, { places, grouping }: Fragments): void {
  writer.integer(1 + GROUPINGS.indexOf(grouping.kind));
  writer.integer(places.length / 2);
  for (let i = 1; i < places.length; i += 2) writer.integer(places[i]!);
  if (grouping.kind === "starts") {
    const { starts } = grouping;
    writer.integer(starts.length);
    for (let i = 0; i < starts.length; i++) writer.integer(starts[i]! - (starts[i - 1] ?? 0));
  }
}

function readFragments(reader: VarintReader, offset: number, code: number): Fragments {
  const places = new Float64Array(2 * reader.count());
  for (let i = 0; i < places.length; i += 2) {
    const length = reader.integer();
    places[i] = offset;
    places[i + 1] = length;
    offset += length + ITEM_HEADER_BYTES;
  }
  const kind = GROUPINGS[code - 1];
  if (kind === undefined) throw new DecodeError("Unknown grouping of fragments");
  if (kind !== "starts") return { places, grouping: { kind } };
  const starts = new Uint32Array(reader.count());
  for (let i = 0; i < starts.length; i++) starts[i] = (starts[i - 1] ?? 0) + reader.integer();
  return { places, grouping: { kind, starts } };
}

function sharedPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function writeText(writer: VarintWriter, value: string): void {
  const bytes = new TextEncoder().encode(value);
  writer.integer(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: VarintReader): string {
  return new TextDecoder().decode(reader.bytes(reader.integer()));
}

function readVR(reader: VarintReader): VR {
  const name = new TextDecoder().decode(reader.bytes(2));
  if (!Object.hasOwn(VR_TRAITS, name)) throw new DecodeError("Unknown VR of a place");
  return name as VR;
}
