/**
 * Instances too large to be held in memory: made while they are sent, and checked while they come
 * back.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { chance } from "./chance.ts";
import { buildDataSet, buildPart10, ctElements, header, SYNTAX } from "./part10_builder.ts";

const PIXEL_DATA = 0x7fe00010;
const FRAME_SIDE = 512;
/** Bytes of one frame. */
export const FRAME_BYTES = FRAME_SIDE * FRAME_SIDE * 2;
const CHUNK_BYTES = 256 * 1024;

/** Pixels repeat after this many bytes, which is no multiple of a frame's. */
const PERIOD = 1_000_002;
/** Runs are deflated quickly, and each word is the same in both byte orders. */
const RUN_BYTES = 66;
/** A period and a chunk: what begins anywhere in the period lies in it whole. */
const PATTERN = pattern();

function pattern(): Uint8Array<ArrayBuffer> {
  const runs = chance(2).bytes(Math.ceil(PERIOD / RUN_BYTES));
  return Uint8Array.from(
    { length: PERIOD + CHUNK_BYTES },
    (_, i) => runs[Math.floor((i % PERIOD) / RUN_BYTES)]!,
  );
}

/** The pixels from `offset` on, at most a chunk. */
function pixelsAt(offset: number, length: number): Uint8Array<ArrayBuffer> {
  const start = offset % PERIOD;
  return PATTERN.subarray(start, start + Math.min(length, CHUNK_BYTES));
}

/** A CT image of many frames. */
export interface LargeInstance {
  /** The file up to the pixels. */
  readonly head: Uint8Array;
  readonly frames: number;
}

/** A CT image of 512 × 512 × 16 bits in a native syntax that is not deflated. */
export function largeInstance(
  SOPInstanceUID: string,
  frames: number,
  transferSyntaxUID: string = SYNTAX.explicit,
): LargeInstance {
  const elements = largeElements(SOPInstanceUID, frames);
  const form = {
    explicit: transferSyntaxUID !== SYNTAX.implicit,
    little: transferSyntaxUID !== SYNTAX.bigEndian,
  };
  const head = Buffer.concat([
    buildPart10(elements, transferSyntaxUID),
    header(PIXEL_DATA, "OW", frames * FRAME_BYTES, form),
  ]);
  return { head, frames };
}

function largeElements(sopInstanceUID: string, frames: number) {
  return ctElements({ sopInstanceUID, rows: FRAME_SIDE, columns: FRAME_SIDE, frames, pixels: [] })
    .filter(({ tag }) => tag !== PIXEL_DATA);
}

/** Bytes of the file. */
export function sizeOf({ head, frames }: LargeInstance): number {
  return head.length + frames * FRAME_BYTES;
}

/** The file. */
export async function* fileOf(instance: LargeInstance): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield new Uint8Array(instance.head);
  yield* pixelsOf(instance.frames);
}

/** The pixels of so many frames. */
export async function* pixelsOf(frames: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < frames * FRAME_BYTES; at += CHUNK_BYTES) {
    yield await Promise.resolve(pixelsAt(at, CHUNK_BYTES));
  }
}

/** The pixels of so many black frames, which are deflated to a thousandth. */
export async function* blackPixels(frames: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const frame = new Uint8Array(FRAME_BYTES);
  for (let i = 0; i < frames; i++) yield await Promise.resolve(frame);
}

/** A file of these pixels with its data set deflated (PS3.5 A.5). */
export async function* deflatedFileOf(
  SOPInstanceUID: string,
  frames: number,
  pixels: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const elements = largeElements(SOPInstanceUID, frames);
  const inflated = Buffer.concat([
    buildDataSet(elements),
    header(PIXEL_DATA, "OW", frames * FRAME_BYTES),
  ]);
  const meta = buildPart10(elements, SYNTAX.deflated);
  yield new Uint8Array(
    meta.subarray(0, meta.length - buildDataSet(elements, SYNTAX.deflated).length),
  );
  const dataSet = async function* () {
    yield new Uint8Array(inflated);
    yield* pixels;
  };
  let length = 0;
  for await (
    const chunk of ReadableStream.from(dataSet()).pipeThrough(new CompressionStream("deflate-raw"))
  ) {
    length += chunk.length;
    yield chunk;
  }
  if (length % 2 === 1) yield new Uint8Array(1);
}

/** A multipart body of these parts. */
export async function* multipartOf(
  boundary: string,
  parts: readonly { headers: string; body: AsyncIterable<Uint8Array<ArrayBuffer>> }[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for (const { headers, body } of parts) {
    yield encoder.encode(`\r\n--${boundary}\r\n${headers}\r\n\r\n`);
    yield* body;
  }
  yield encoder.encode(`\r\n--${boundary}--\r\n`);
}

/**
 * Checks the pixels of a file in Explicit VR Little Endian, or of one that is to begin with `head`;
 * holds no more of it than its header.
 */
export async function assertFile(
  file: AsyncIterable<Uint8Array>,
  frames: number,
  head?: Uint8Array,
): Promise<void> {
  const pixelHeader = header(PIXEL_DATA, "OW", frames * FRAME_BYTES);
  const pixels = async function* () {
    let held: Uint8Array | undefined = new Uint8Array(0);
    for await (const chunk of file) {
      if (held === undefined) yield chunk;
      else {
        held = Buffer.concat([held, chunk]);
        const at: number = Buffer.from(held.buffer, held.byteOffset, held.length).indexOf(
          pixelHeader,
        );
        const end = head?.length ?? at + pixelHeader.length;
        assert(held.length < 2 * CHUNK_BYTES, "no pixel data");
        if (at < 0 && head === undefined || held.length < end) continue;
        if (head !== undefined) assertEquals(Buffer.compare(held.subarray(0, end), head), 0);
        yield held.subarray(end);
        held = undefined;
      }
    }
  };
  await assertPixels(pixels(), 0, frames * FRAME_BYTES);
}

/** Checks that bytes are `length` bytes of the pixels from `offset` on. */
export async function assertPixels(
  bytes: AsyncIterable<Uint8Array>,
  offset: number,
  length: number,
): Promise<void> {
  let at = 0;
  for await (const chunk of bytes) {
    for (let left = chunk; left.length > 0;) {
      const expected = pixelsAt(offset + at, left.length);
      const same = Buffer.compare(left.subarray(0, expected.length), expected) === 0;
      assert(same, `other pixels from ${offset + at} on`);
      at += expected.length;
      left = left.subarray(expected.length);
    }
  }
  assertEquals(at, length);
}
