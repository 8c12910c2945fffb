import { assertEquals, assertThrows } from "@std/assert";
import { hasEnd, readJpegHeader } from "../../../../server/pixels/codecs/jpeg_header.ts";
import { readJpeg2000Header } from "../../../../server/pixels/codecs/jpeg2000_header.ts";
import { encodeFrame } from "../../../../server/pixels/codecs/encode.ts";
import { loadCodecs } from "../../../../server/pixels/codecs/load.ts";
import { UID } from "../../../../server/pixels/codecs/syntaxes.ts";
import { PixelError } from "../../../../server/pixels/frame.ts";
import { FORMATS, madeFrame } from "../../../support/made_frames.ts";

const ascii = (text: string) => [...new TextEncoder().encode(text)];
const segment = (marker: number, body: readonly number[]) => [
  0xff,
  marker,
  body.length + 2 >> 8,
  body.length + 2 & 255,
  ...body,
];
const SOI = [0xff, 0xd8];
const sof = (ids: readonly number[], marker = 0xc0) =>
  segment(marker, [8, 1, 0, 2, 0, ids.length, ...ids.flatMap((id) => [id, 0x11, 0])]);
const sos = (ids: readonly number[]) =>
  segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]);
const adobe = (transform: number) =>
  segment(0xee, [...ascii("Adobe"), 0, 100, 0, 0, 0, 0, transform]);
const JFIF = segment(0xe0, [...ascii("JFIF"), 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);

function jpeg(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...SOI, ...parts.flat()]);
}

function damaged(read: () => unknown): void {
  assertEquals(assertThrows(read, PixelError).kind, "damaged");
}

Deno.test("readJpegHeader: reads size and components, past fill bytes and a second beginning", () => {
  const { rows, columns, precision, process, components, scanComponents } = readJpegHeader(
    jpeg(SOI, [0xff, 0xff], segment(0xfe, [1, 2]), sof([1]), sos([1])),
  );
  assertEquals([rows, columns, precision, process, scanComponents], [256, 512, 8, 0xc0, 1]);
  assertEquals(components, [{ id: 1, horizontal: 1, vertical: 1 }]);
});

Deno.test("readJpegHeader: tells colour by markers, then by the names of components", () => {
  const colour = (...parts: readonly (readonly number[])[]) =>
    readJpegHeader(jpeg(...parts, sos([1, 2, 3]))).colour;
  assertEquals(colour(sof([1, 2, 3])), undefined);
  assertEquals(colour(sof(ascii("RGB"))), "RGB");
  assertEquals(colour(JFIF, sof(ascii("RGB"))), "YCbCr");
  assertEquals(colour(adobe(0), sof([1, 2, 3])), "RGB");
  assertEquals(colour(adobe(1), sof([1, 2, 3])), "YCbCr");
  assertEquals(readJpegHeader(jpeg(JFIF, sof([1]), sos([1]))).colour, undefined);
});

Deno.test("readJpegHeader: refuses what is no header, and stops where it is cut", () => {
  const whole = jpeg(JFIF, sof([1, 2, 3]), sos([1, 2, 3]));
  for (let length = 0; length < whole.length; length++) {
    damaged(() => readJpegHeader(whole.subarray(0, length)));
  }
  damaged(() => readJpegHeader(jpeg(sos([1]))));
  damaged(() => readJpegHeader(jpeg(sof([1]), sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg([0xff, 0xd9], sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg([0xff, 0x01], sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg([0xff, 0xd0], sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg([0, 0], sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg([0xff, 0xe1, 0, 1], sof([1]), sos([1]))));
  damaged(() => readJpegHeader(jpeg(sof([]), sos([]))));
});

Deno.test("hasEnd: finds the end behind the scan only", () => {
  const without = jpeg(segment(0xe1, [0xff, 0xd9]), sof([1]), sos([1]));
  assertEquals(hasEnd(without, readJpegHeader(without)), false);
  const ended = Uint8Array.from([...without, 1, 2, 0xff, 0xd9, 0]);
  assertEquals(hasEnd(ended, readJpegHeader(ended)), true);
});

Deno.test("readJpeg2000Header: reads size, components and coding, in a JP2 file too", async () => {
  const codecs = await loadCodecs();
  const frame = madeFrame(FORMATS.RGB!, "ramp");
  for (const transferSyntaxUID of [UID.jpeg2000Lossless, UID.htJpeg2000]) {
    const { bytes } = encodeFrame(codecs, frame, { transferSyntaxUID });
    const box = (type: string, length: number) => [0, 0, 0, length, ...ascii(type)];
    const boxes = [...box("jP  ", 12), 0x0d, 0x0a, 0x87, 0x0a, ...box("jp2c", 0)];
    for (const stream of [bytes, Uint8Array.from([...boxes, ...bytes])]) {
      const header = readJpeg2000Header(stream);
      assertEquals([header.rows, header.columns, header.tiles], [24, 31, 1]);
      assertEquals(header.components.length, 3);
      assertEquals(header.components[0], { precision: 8, signed: false, dx: 1, dy: 1 });
      assertEquals(header.colourTransform, true);
      assertEquals(header.highThroughput, transferSyntaxUID === UID.htJpeg2000);
      assertEquals(header.reversible, transferSyntaxUID === UID.jpeg2000Lossless);
      assertEquals([...header.codestream.subarray(-2)], [0xff, 0xd9]);
    }
  }
});

Deno.test("readJpeg2000Header: refuses a codestream that is cut, or whose tiles cannot be", async () => {
  const codecs = await loadCodecs();
  const frame = madeFrame(FORMATS.u8!, "noise");
  const { bytes } = encodeFrame(codecs, frame, { transferSyntaxUID: UID.jpeg2000Lossless });
  const end = bytes.findLastIndex((byte) => byte === 0xd9) - 1;
  for (const length of [0, 1, 3, 20, 41, 45, 60, 100, end - 1]) {
    damaged(() => readJpeg2000Header(bytes.slice(0, length)));
  }
  // Width and height of the image, its offset, then the same of tiles.
  const withField = (field: number, value: number) => {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(8 + 4 * field, value);
    return changed;
  };
  for (const [field, value] of [[0, 0], [4, 0], [6, 40], [2, 31]] as const) {
    damaged(() => readJpeg2000Header(withField(field, value)));
  }
  assertEquals(readJpeg2000Header(withField(4, 0xffffffff)).tiles, 1);
  const many = bytes.slice();
  const view = new DataView(many.buffer);
  for (const field of [0, 1]) view.setUint32(8 + 4 * field, 200);
  for (const field of [4, 5]) view.setUint32(8 + 4 * field, 1);
  damaged(() => readJpeg2000Header(many));
});
