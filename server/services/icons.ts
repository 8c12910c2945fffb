/**
 * Pixel data inside sequences (an icon), which is compressed where that of the instance is: it is
 * given decoded, so that its file can be in any transfer syntax (PS3.5 A.4).
 * @module
 */
import type {
  DataSet,
  Element,
  FragmentsElement,
  SequenceElement,
  Tag,
} from "../../lib/dicom/dataset.ts";
import { edited, withPixels } from "../../lib/dicom/pixel_edits.ts";
import { pixelFormatOf } from "../../lib/dicom/pixel_format.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import { PixelError } from "../pixels/frame.ts";
import { collect, placesSource } from "./byte_source.ts";
import { nativeLength } from "./pixel_frames.ts";
import type { OpenInstance, PixelWork } from "./pixel_parts.ts";

const PIXEL_DATA: Tag = 0x7fe00010;

/**
 * Bytes of all decoded pixels inside the sequences of an object, and of each before: an icon has a
 * thousandth of it. They are in memory together.
 */
const ICON_BYTES = 16 * 1024 * 1024;

/**
 * The data set with the pixel data of its sequences decoded. An icon that cannot be decoded is left
 * out: nobody could read it in another transfer syntax. So are those beyond `room`.
 */
export async function withNativeIcons(
  work: PixelWork,
  instance: OpenInstance,
  dataSet: DataSet,
  room: Room = { bytes: ICON_BYTES },
): Promise<DataSet> {
  const changes = new Map<Tag, Element | undefined>();
  for (const element of dataSet.values()) {
    if (element.kind !== "sequence") continue;
    const changed = await sequence(work, instance, element, room);
    if (changed !== element) changes.set(element.tag, changed);
  }
  return changes.size === 0 ? dataSet : edited(dataSet, changes);
}

/** What is left for further icons. */
interface Room {
  bytes: number;
}

async function sequence(
  work: PixelWork,
  instance: OpenInstance,
  element: SequenceElement,
  room: Room,
): Promise<SequenceElement | undefined> {
  let changed = false;
  const items: DataSet[] = [];
  for (const item of element.items) {
    const inner = await withNativeIcons(work, instance, item, room);
    const pixels = inner.get(PIXEL_DATA);
    const icon = pixels?.kind === "fragments"
      ? await decoded(work, instance, inner, pixels, room)
      : inner;
    changed ||= icon !== item;
    if (icon !== undefined) items.push(icon);
  }
  if (!changed) return element;
  return items.length === 0 ? undefined : { ...element, items };
}

async function decoded(
  { pixels, client }: PixelWork,
  { blobs, row, key }: OpenInstance,
  item: DataSet,
  { fragments }: FragmentsElement,
  room: Room,
): Promise<DataSet | undefined> {
  const places = Array.from(
    { length: fragments.length / 2 },
    (_, i) => ({ offset: fragments[2 * i]!, length: fragments[2 * i + 1]! }),
  );
  const source = placesSource(blobs, key, places);
  const format = { ...pixelFormatOf(item), sample: "integer" } as const;
  if (Math.max(source.length, nativeLength(format)) > room.bytes) return undefined;
  const { TransferSyntaxUID: transferSyntaxUID } = row;
  const load = async () => ({ transferSyntaxUID, format, bytes: await collect(source) });
  const target = { transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN };
  try {
    const { format, bytes } = await pixels.transcode(client, load, target);
    room.bytes -= bytes.length;
    const vr = format.BitsAllocated > 8 ? "OW" : "OB";
    return withPixels(item, format, { kind: "value", tag: PIXEL_DATA, vr, bytes });
  } catch (error) {
    if (error instanceof PixelError) return undefined;
    throw error;
  }
}
