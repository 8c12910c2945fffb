/**
 * Pixel data made of frames, as an element of a data set that is being written.
 * @module
 */
import type { BulkElement, FragmentsElement } from "../../lib/dicom/dataset.ts";
import { bitJoiner } from "../../lib/dicom/frames.ts";
import { type EncodedFrame, type FrameFormat, PixelError } from "../pixels/frame.ts";
import type { Chunk } from "./byte_source.ts";
import { nativeLength } from "./pixel_frames.ts";

/**
 * Decoded bytes up to which frames are held until all are made, so that the Basic Offset Table can
 * stand before them. Beyond, it is empty, as PS3.5 A.4 allows: each frame is one fragment.
 */
const TABLE_BYTES = 64 * 1024 * 1024;

/** Bytes that a frame counts for at least: one of a single pixel takes more when it is encoded and held. */
const LEAST_FRAME_BYTES = 1024;

/** Pixel data that takes the place of an element's value. */
export interface NewPixels {
  readonly element: BulkElement | FragmentsElement;
  bytes(): AsyncGenerator<Chunk>;
}

/**
 * Frames one after the other, as native syntaxes have them (PS3.5 8.1.1): one of single bits begins
 * where the last one ends, inside a byte. `first` is the first of them.
 */
export function nativePixels(
  frames: AsyncGenerator<EncodedFrame>,
  first: EncodedFrame,
  NumberOfFrames: number,
): NewPixels {
  const { format } = first;
  const bits = format.BitsAllocated % 8 === 0
    ? first.bytes.length * 8
    : format.Rows * format.Columns * format.SamplesPerPixel * format.BitsAllocated;
  const length = Math.ceil(bits * NumberOfFrames / 8);
  const element: BulkElement = {
    kind: "bulk",
    tag: 0x7fe00010,
    vr: format.BitsAllocated > 8 ? "OW" : "OB",
    place: { offset: 0, length },
  };
  return {
    element,
    async *bytes() {
      const join = bits % 8 === 0 ? undefined : bitJoiner(bits);
      for await (const { bytes } of frames) {
        if (bytes.length !== Math.ceil(bits / 8)) {
          throw new PixelError("damaged", "A frame is not as large as it should be");
        }
        yield join === undefined ? bytes : join.next(bytes);
      }
      if (join !== undefined) yield join.rest();
    },
  };
}

/** A fragment for each frame (PS3.5 A.4). */
export async function encapsulatedPixels(
  frames: AsyncGenerator<EncodedFrame>,
  format: FrameFormat,
  NumberOfFrames: number,
): Promise<NewPixels> {
  if (Math.max(nativeLength(format), LEAST_FRAME_BYTES) * NumberOfFrames > TABLE_BYTES) {
    return {
      element: element(new Uint8Array(0)),
      async *bytes() {
        for await (const { bytes } of frames) yield* fragment(bytes);
      },
    };
  }
  const made: Chunk[] = [];
  for await (const { bytes } of frames) made.push(bytes);
  return {
    element: element(offsetTable(made)),
    async *bytes() {
      for (const bytes of made) yield* await Promise.resolve(fragment(bytes));
    },
  };
}

/** Encapsulated pixel data without a frame. */
export function noPixels(): NewPixels {
  return { element: element(new Uint8Array(0)), async *bytes() {} };
}

function element(basicOffsetTable: Uint8Array): FragmentsElement {
  return {
    kind: "fragments",
    tag: 0x7fe00010,
    vr: "OB",
    basicOffsetTable,
    fragments: new Float64Array(0),
  };
}

/** Offsets of the frames' items from the first one's on (PS3.5 A.4). */
function offsetTable(frames: readonly Chunk[]): Uint8Array {
  const table = new DataView(new ArrayBuffer(4 * frames.length));
  let offset = 0;
  frames.forEach(({ length }, i) => {
    table.setUint32(4 * i, offset, true);
    offset += 8 + length + length % 2;
  });
  return new Uint8Array(table.buffer);
}

/** An item of encapsulated pixel data. */
function* fragment(bytes: Chunk): Generator<Chunk> {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, 0xfffe, true);
  head.setUint16(2, 0xe000, true);
  head.setUint32(4, bytes.length + bytes.length % 2, true);
  yield new Uint8Array(head.buffer);
  yield bytes;
  if (bytes.length % 2 === 1) yield new Uint8Array(1);
}
