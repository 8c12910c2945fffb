import { assertEquals, assertThrows } from "@std/assert";
import { PixelError } from "../../../../server/pixels/frame.ts";
import type { Window } from "../../../../server/pixels/image/description.ts";
import { renderFrame } from "../../../../server/pixels/image/render_frame.ts";
import { dataSet, element, sequence } from "../../../support/data_sets.ts";
import { colors, described, formatOf, grays, rendered, words } from "../../../support/images.ts";

const exact = (center: number, width: number): Window => ({
  center,
  width,
  function: "LINEAR_EXACT",
});
const rescale = (slope: string, intercept: string) => [
  element(0x00281052, "DS", intercept),
  element(0x00281053, "DS", slope),
];

Deno.test("renderFrame: shows the stored window after the rescale", () => {
  const window = [element(0x00281050, "DS", "40\\50"), element(0x00281051, "DS", "101\\7")];
  const frame = grays([0, 1014, 1064, 1114, 4000], { BitsStored: 12 });
  // 40 +- 50, less the half of LINEAR: -10.5 is black, 89.5 white.
  const halves = Math.round(255 * (40 + 10.5) / 100);
  assertEquals(
    rendered(frame, [...rescale("1", "-1024"), ...window]),
    [0, Math.round(255 * 0.5 / 100), halves, 255, 255],
  );
});

Deno.test("renderFrame: prefers the window that is asked for", () => {
  const window = [element(0x00281050, "DS", "0"), element(0x00281051, "DS", "1")];
  assertEquals(rendered(grays([0, 50, 100]), window, { window: exact(50, 100) }), [0, 128, 255]);
});

Deno.test("renderFrame: passes over a window of no width", () => {
  const window = [element(0x00281050, "DS", "0"), element(0x00281051, "DS", "0")];
  assertEquals(rendered(grays([100, 200, 300]), window), [0, 128, 255]);
});

Deno.test("renderFrame: shows what occurs in the frame where no window is given", () => {
  assertEquals(rendered(grays([1000, 1500, 2000])), [0, 128, 255]);
  assertEquals(rendered(grays([1000, 1500, 2000]), rescale("-2", "7")), [255, 128, 0]);
  assertEquals(rendered(grays([500, 500])), [0, 0]);
});

Deno.test("renderFrame: shows unsigned samples of up to 8 bits as they are", () => {
  const format = formatOf({ BitsAllocated: 8, Columns: 3 });
  assertEquals(rendered({ format, bytes: Uint8Array.of(10, 20, 30) }), [10, 20, 30]);
  const seven = formatOf({ BitsAllocated: 8, BitsStored: 7, Columns: 3 });
  assertEquals(rendered({ format: seven, bytes: Uint8Array.of(0, 64, 127) }), [0, 129, 255]);
});

Deno.test("renderFrame: spreads labels over all grays", () => {
  const format = formatOf({ BitsAllocated: 8, Columns: 3 });
  const frame = { format, bytes: Uint8Array.of(0, 1, 2) };
  assertEquals(rendered(frame, [element(0x00620001, "CS", "LABELMAP")]), [0, 128, 255]);
});

Deno.test("renderFrame: uses the range of all frames where it holds this one", () => {
  const elements = [
    element(0x00280008, "IS", "2"),
    words(0x00280106, [0]),
    words(0x00280107, [4000]),
  ];
  assertEquals(rendered(grays([1000, 3000]), elements), [64, 191]);
  assertEquals(rendered(grays([1000, 5000]), elements), [0, 255]);
});

Deno.test("renderFrame: reads two's complement, odd widths and high bits", () => {
  const signed = { PixelRepresentation: 1 };
  assertEquals(rendered(grays([0x8000, 0, 0x7fff], signed)), [0, 128, 255]);
  // 12 bits: 0xF00 is -256; the four bits above are not looked at.
  const twelve = { ...signed, BitsStored: 12, HighBit: 11 };
  assertEquals(rendered(grays([0xaf00, 0x5000, 0x3100], twelve)), [0, 128, 255]);
  // 10 bits up to bit 13: bits 4 to 13.
  const shifted = { BitsStored: 10, HighBit: 13 };
  const window = { window: exact(512, 1024) };
  assertEquals(rendered(grays([0xc00f, 512 << 4, 1023 << 4], shifted), [], window), [0, 128, 255]);
});

Deno.test("renderFrame: reads single bits, the lowest of a byte first", () => {
  const format = formatOf({ BitsAllocated: 1, Columns: 5, Rows: 2 });
  const on = (bits: string) => [...bits].map((bit) => bit === "1" ? 255 : 0);
  assertEquals(
    rendered({ format, bytes: Uint8Array.of(0b01001101, 0b10) }),
    on("1011001001"),
  );
});

Deno.test("renderFrame: reads integers of 32 bits, signed or not", () => {
  const cells = Uint32Array.of(0, 0x7fffffff, 0xffffffff);
  const bytes = new Uint8Array(cells.buffer);
  const format = formatOf({ BitsAllocated: 32, Columns: 3 });
  assertEquals(rendered({ format, bytes }), [0, 127, 255]);
  const signed = { ...format, PixelRepresentation: 1 };
  const window = { window: exact(0, 4) };
  assertEquals(rendered({ format: signed, bytes }, [], window), [128, 255, 64]);
  const few = formatOf({ BitsAllocated: 32, BitsStored: 12, HighBit: 15, Columns: 2 });
  const shifted = new Uint8Array(Uint32Array.of(0xffff000f, 0x8000).buffer);
  assertEquals(
    rendered({ format: few, bytes: shifted }, [], { window: exact(2048, 4096) }),
    [0, 128],
  );
});

Deno.test("renderFrame: reads floats; what is no number is black and outside of the range", () => {
  const values = [-1, NaN, 0, 1, Infinity, -Infinity];
  const float = formatOf({ BitsAllocated: 32, sample: "float", Columns: 6 });
  const double = formatOf({ BitsAllocated: 64, sample: "double", Columns: 6 });
  const expected = [0, 0, 128, 255, 255, 0];
  const bytes = (cells: Float32Array | Float64Array) =>
    new Uint8Array(cells.slice().buffer as ArrayBuffer);
  assertEquals(rendered({ format: float, bytes: bytes(Float32Array.from(values)) }), expected);
  assertEquals(rendered({ format: double, bytes: bytes(Float64Array.from(values)) }), expected);
});

Deno.test("renderFrame: takes LINEAR of width 1 on floats for LINEAR_EXACT", () => {
  const format = formatOf({ BitsAllocated: 32, sample: "float", Columns: 3 });
  const bytes = new Uint8Array(Float32Array.of(0, 0.25, 1).buffer);
  const window = [element(0x00281050, "DS", "0.5"), element(0x00281051, "DS", "1")];
  assertEquals(rendered({ format, bytes }, window), [0, 64, 255]);
});

Deno.test("renderFrame: shows padding black and leaves it out of the range", () => {
  const padding = words(0x00280120, [9999]);
  assertEquals(rendered(grays([100, 200, 300, 9999]), [padding]), [0, 128, 255, 0]);
  const range = [words(0x00280120, [0]), words(0x00280121, [50])];
  assertEquals(rendered(grays([0, 20, 50, 100, 200]), range), [0, 0, 0, 0, 255]);
  const inverse = { PhotometricInterpretation: "MONOCHROME1" };
  assertEquals(rendered(grays([100, 300, 9999], inverse), [padding]), [255, 0, 0]);
});

Deno.test("renderFrame: reads padding as the samples are, whatever its VR", () => {
  const frame = grays([0xf830, 0, 100], { PixelRepresentation: 1 });
  assertEquals(rendered(frame, [words(0x00280120, [0xf830])]), [0, 0, 255]);
});

Deno.test("renderFrame: shows the padding of slides, which continues the glass", () => {
  const format = formatOf({ BitsAllocated: 8, Columns: 2 });
  const elements = [element(0x00080060, "CS", "SM"), words(0x00280120, [255])];
  assertEquals(rendered({ format, bytes: Uint8Array.of(7, 255) }, elements), [7, 255]);
});

Deno.test("renderFrame: inverts MONOCHROME1, unless the shape says what is bright", () => {
  const one = { PhotometricInterpretation: "MONOCHROME1" };
  const shape = (term: string) => [element(0x20500020, "CS", term)];
  assertEquals(rendered(grays([0, 10], one)), [255, 0]);
  assertEquals(rendered(grays([0, 10], one), shape("INVERSE")), [255, 0]);
  assertEquals(rendered(grays([0, 10], one), shape("IDENTITY ")), [0, 255]);
  assertEquals(rendered(grays([0, 10]), shape("INVERSE")), [255, 0]);
});

Deno.test("renderFrame: looks values up in modality, VOI and presentation tables", () => {
  const table = (first: number, bits: number, values: readonly number[]) =>
    dataSet(words(0x00283002, [values.length, first, bits]), words(0x00283006, values));
  const modality = sequence(0x00283000, table(10, 16, [500, 700, 600]));
  assertEquals(rendered(grays([9, 10, 11, 12, 13]), [modality]), [0, 0, 255, 128, 128]);
  const voi = sequence(0x00283010, table(0, 8, [0, 255, 51]));
  assertEquals(rendered(grays([0, 1, 2, 3]), [voi]), [0, 255, 51, 51]);
  const presentation = sequence(0x20500010, table(0, 8, [255, 51, 0]));
  assertEquals(rendered(grays([0, 50, 100]), [presentation]), [255, 51, 0]);
});

Deno.test("renderFrame: colours what a supplemental palette maps, and leaves it out of the range", () => {
  const channel = (number: number, values: readonly number[]) => [
    words(0x00281100 + number, [2, 1000, 8]),
    words(0x00281200 + number, values, "OW"),
  ];
  const palette = [...channel(1, [255, 1]), ...channel(2, [0, 2]), ...channel(3, [9, 3])];
  const elements = [element(0x00089205, "CS", "COLOR"), ...palette];
  assertEquals(
    rendered(grays([100, 200, 1000, 1001, 5000]), elements),
    [0, 0, 0, 255, 255, 255, 255, 0, 9, 1, 2, 3, 1, 2, 3],
  );
  assertEquals(rendered(grays([100, 1001]), palette), [0, 255]);
});

Deno.test("renderFrame: refuses frames that are too short, without pixels, too large, or unknown", () => {
  const refused = (kind: PixelError["kind"], frame: Parameters<typeof renderFrame>[0]) => {
    const error = assertThrows(() => renderFrame(frame, described([])), PixelError);
    assertEquals(error.kind, kind);
  };
  const bytes = new Uint8Array(8);
  refused("damaged", grays([1, 2], { Columns: 3 }));
  refused("damaged", grays([1], { Rows: 0 }));
  refused("limit", grays([1], { Rows: 65535, Columns: 65535 }));
  refused("unsupported", { format: formatOf({ BitsAllocated: 64 }), bytes });
  refused("damaged", {
    format: formatOf({ BitsAllocated: 32, sample: "float", Columns: 3 }),
    bytes,
  });
  refused("damaged", colors("RGB", [1, 2, 3], { Columns: 2 }));
});

Deno.test("renderFrame: reads samples that do not start on a cell", () => {
  const { format, bytes } = grays([0, 50, 100]);
  const moved = new Uint8Array(bytes.length + 1);
  moved.set(bytes, 1);
  assertEquals(rendered({ format, bytes: moved.subarray(1) }), [0, 128, 255]);
});
