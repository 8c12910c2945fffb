import { assertEquals, assertThrows } from "@std/assert";
import { decodeRle, encodeRle, fitsRle } from "../../../../server/pixels/codecs/rle.ts";
import { PixelError } from "../../../../server/pixels/frame.ts";
import { frameFormat } from "../../../support/made_frames.ts";

const GRAY = frameFormat({ Rows: 2, Columns: 4, BitsAllocated: 8 });

/** A frame of one segment for each list of bytes. */
function rle(...segments: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64 + segments.flat().length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, segments.length, true);
  let at = 64;
  for (const [index, segment] of segments.entries()) {
    view.setUint32(4 + 4 * index, at, true);
    bytes.set(segment, at);
    at += segment.length;
  }
  return bytes;
}

const damaged = (bytes: Uint8Array, format = GRAY) =>
  assertEquals(assertThrows(() => decodeRle(bytes, format), PixelError).kind, "damaged");

Deno.test("decodeRle: takes copied and repeated runs, and what stands for nothing", () => {
  const bytes = rle([2, 1, 2, 3, 128, 253, 9, 0, 7]);
  assertEquals([...decodeRle(bytes, GRAY)], [1, 2, 3, 9, 9, 9, 9, 7]);
});

Deno.test("decodeRle: puts segments of samples and bytes where they belong", () => {
  const format = frameFormat({ Rows: 1, Columns: 2, SamplesPerPixel: 3, BitsAllocated: 16 });
  const segments = [1, 2, 3, 4, 5, 6].map((byte) => [1, byte, byte + 10]);
  assertEquals(
    [...decodeRle(rle(...segments), format)],
    [2, 1, 4, 3, 6, 5, 12, 11, 14, 13, 16, 15],
  );
});

Deno.test("decodeRle: takes what encoders write behind the last pixel", () => {
  assertEquals([...decodeRle(rle([249, 5, 0, 0]), GRAY)], Array(8).fill(5));
  assertEquals([...decodeRle(rle([240, 5]), GRAY)], Array(8).fill(5));
  assertEquals(decodeRle(rle([9, ...Array(10).fill(3)]), GRAY).length, 8);
});

Deno.test("decodeRle: refuses segments that are short, out of place or not as many as samples", () => {
  damaged(rle([6, 1, 2, 3, 4, 5, 6, 7]));
  damaged(rle([7, 1, 2, 3]));
  damaged(rle([250]));
  damaged(rle([]));
  damaged(rle([249, 5], [249, 5]));
  damaged(new Uint8Array(63));
  const set = (index: number, value: number) => {
    const bytes = rle([249, 5]);
    new DataView(bytes.buffer).setUint32(4 * index, value, true);
    return bytes;
  };
  for (const count of [0, 2, 16, 0xffffffff]) damaged(set(0, count));
  for (const offset of [0, 63, 67, 0x7fffffff, 0xffffffff]) damaged(set(1, offset));
  const swapped = rle([249, 5], [249, 6]);
  const view = new DataView(swapped.buffer);
  view.setUint32(4, 66, true);
  view.setUint32(8, 64, true);
  damaged(swapped, { ...GRAY, BitsAllocated: 16 });
});

Deno.test("encodeRle: lets no run go on into the next row, and pads each segment", () => {
  const bytes = encodeRle(new Uint8Array(8).fill(5), GRAY);
  assertEquals([...bytes.subarray(64)], [253, 5, 253, 5]);
  const odd = encodeRle(Uint8Array.of(1, 2), { ...GRAY, Rows: 1, Columns: 2 });
  assertEquals([...odd.subarray(64)], [1, 1, 2, 0]);
});

Deno.test("encodeRle: is decoded to the same by decodeRle, in runs of every length", () => {
  for (const run of [1, 2, 3, 4, 127, 128, 129, 130, 255, 256, 257, 258]) {
    const format = frameFormat({ Rows: 3, Columns: 600, BitsAllocated: 8 });
    const frame = Uint8Array.from({ length: 1800 }, (_, index) => Math.floor(index / run));
    assertEquals(decodeRle(encodeRle(frame, format), format), frame);
  }
});

Deno.test("fitsRle: is true up to 15 segments", () => {
  assertEquals(fitsRle(frameFormat({ SamplesPerPixel: 3, BitsAllocated: 32 })), true);
  assertEquals(fitsRle(frameFormat({ SamplesPerPixel: 4, BitsAllocated: 32 })), false);
});
