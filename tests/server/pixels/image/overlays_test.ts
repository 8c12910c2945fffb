import { assertEquals } from "@std/assert";
import type { Element } from "../../../../lib/dicom/dataset.ts";
import { renderFrame } from "../../../../server/pixels/image/render_frame.ts";
import { element } from "../../../support/data_sets.ts";
import { described, formatOf, rowsOf, words } from "../../../support/images.ts";

function overlay(bits: number[], rows: number, columns: number, origin: number[], group = 0x6000) {
  const tag = (low: number) => group * 0x10000 + low;
  return [
    words(tag(0x10), [rows]),
    words(tag(0x11), [columns]),
    element(tag(0x40), "CS", "G "),
    words(tag(0x50), origin.map((value) => value & 0xffff), "SS"),
    element(tag(0x3000), "OW", Uint8Array.from(bits)),
  ];
}

function drawn(elements: readonly Element[], frame = 1, options = {}): number[][] {
  const format = formatOf({ BitsAllocated: 8, Rows: 3, Columns: 3 });
  const pixels = { format, bytes: new Uint8Array(9).fill(7) };
  return rowsOf(renderFrame(pixels, described(elements, frame), options));
}

Deno.test("overlays: are white, at their origin, the lowest bit first", () => {
  // Two rows of two: 1 0, 1 1.
  assertEquals(drawn(overlay([0b1101, 0], 2, 2, [2, 1])), [[7, 7, 7], [255, 7, 7], [255, 255, 7]]);
});

Deno.test("overlays: are cut at the edges of the image", () => {
  const all = [0xff, 0xff];
  assertEquals(drawn(overlay(all, 2, 2, [0, 0])), [[255, 7, 7], [7, 7, 7], [7, 7, 7]]);
  assertEquals(drawn(overlay(all, 2, 2, [3, 3])), [[7, 7, 7], [7, 7, 7], [7, 7, 255]]);
  assertEquals(drawn(overlay(all, 2, 2, [-9, 40])), [[7, 7, 7], [7, 7, 7], [7, 7, 7]]);
});

Deno.test("overlays: are left out on request, and those of a region always", () => {
  const marks = overlay([0xff, 0xff], 2, 2, [1, 1]);
  const none = [[7, 7, 7], [7, 7, 7], [7, 7, 7]];
  assertEquals(drawn(marks, 1, { overlays: false }), none);
  assertEquals(drawn([...marks, element(0x60000040, "CS", "R")]), none);
});

Deno.test("overlays: belong to frames, each beginning where the last ended", () => {
  const elements = [
    element(0x00280008, "IS", "4"),
    ...overlay([0b011010, 0], 1, 3, [1, 1]),
    element(0x60000015, "IS", "2"),
    words(0x60000051, [2]),
  ];
  const first = (frame: number) => drawn(elements, frame)[0];
  assertEquals(first(1), [7, 7, 7]);
  assertEquals(first(2), [7, 255, 7]);
  assertEquals(first(3), [255, 255, 7]);
  assertEquals(first(4), [7, 7, 7]);
});

Deno.test("overlays: of one plane lie on every frame", () => {
  const elements = [element(0x00280008, "IS", "2"), ...overlay([1, 0], 1, 1, [1, 1])];
  assertEquals(drawn(elements, 2)[0], [255, 7, 7]);
});

Deno.test("overlays: may be in bits of the pixels that are not stored", () => {
  const elements = [
    words(0x60000010, [1]),
    words(0x60000011, [3]),
    words(0x60000100, [16]),
    words(0x60000102, [12]),
  ];
  const format = formatOf({ Columns: 3, BitsStored: 12 });
  const bytes = new Uint8Array(Uint16Array.of(0x1000, 0x0800, 0x0fff).buffer);
  const { data } = renderFrame({ format, bytes }, described(elements));
  assertEquals([...data], [255, 128, 255]);
});
