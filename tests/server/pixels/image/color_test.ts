import { assertEquals } from "@std/assert";
import { colors, formatOf, rendered, words } from "../../../support/images.ts";
import { element } from "../../../support/data_sets.ts";

Deno.test("renderColor: takes RGB as it is, by pixel or by plane", () => {
  assertEquals(rendered(colors("RGB", [1, 2, 3, 4, 5, 6])), [1, 2, 3, 4, 5, 6]);
  const planar = { PlanarConfiguration: 1 };
  assertEquals(rendered(colors("RGB", [1, 4, 2, 5, 3, 6], planar)), [1, 2, 3, 4, 5, 6]);
});

Deno.test("renderColor: converts YBR_FULL", () => {
  const samples = [128, 128, 128, 76, 85, 255, 255, 255, 255];
  // 76 + 1.402 * 127, 76 - 0.344136 * -43 - 0.714136 * 127, 76 + 1.772 * -43
  const red = [254, 0, 0];
  assertEquals(rendered(colors("YBR_FULL", samples)), [128, 128, 128, ...red, 255, 121, 255]);
});

Deno.test("renderColor: spreads the chroma of YBR_FULL_422 over two pixels", () => {
  const shared = colors("YBR_FULL_422", [10, 20, 128, 128, 76, 76, 85, 255], { Columns: 4 });
  assertEquals(rendered(shared), [10, 10, 10, 20, 20, 20, 254, 0, 0, 254, 0, 0]);
});

Deno.test("renderColor: reads YBR_FULL_422 that has every sample", () => {
  const whole = colors("YBR_FULL_422", [10, 128, 128, 20, 128, 128]);
  assertEquals(rendered(whole), [10, 10, 10, 20, 20, 20]);
});

Deno.test("renderColor: converts YBR_PARTIAL_422 from studio range", () => {
  const partial = colors("YBR_PARTIAL_422", [16, 235, 128, 128], { Columns: 2 });
  assertEquals(rendered(partial), [0, 0, 0, 255, 255, 255]);
});

Deno.test("renderColor: takes YBR_RCT for RGB and YBR_ICT for YBR_FULL", () => {
  assertEquals(rendered(colors("YBR_RCT", [1, 2, 3])), [1, 2, 3]);
  assertEquals(rendered(colors("YBR_ICT", [76, 85, 255])), [254, 0, 0]);
});

Deno.test("renderColor: converts what was retired", () => {
  const four = { SamplesPerPixel: 4, Columns: 1 };
  assertEquals(rendered(colors("ARGB", [200, 1, 2, 3], four)), [1, 2, 3]);
  assertEquals(rendered(colors("CMYK", [255, 0, 0, 0], four)), [0, 255, 255]);
  assertEquals(rendered(colors("CMYK", [0, 0, 0, 255], four)), [0, 0, 0]);
  assertEquals(rendered(colors("HSV", [0, 255, 255, 0, 0, 77])), [255, 0, 0, 77, 77, 77]);
  // A third of the circle, between two of its 256 steps.
  assertEquals(rendered(colors("HSV", [85, 255, 255])), [2, 255, 0]);
});

Deno.test("renderColor: reduces more bits to 8", () => {
  const words = (values: readonly number[]) => new Uint8Array(Uint16Array.from(values).buffer);
  const format = formatOf({
    SamplesPerPixel: 3,
    PhotometricInterpretation: "RGB",
    BitsStored: 12,
  });
  assertEquals(rendered({ format, bytes: words([0, 2048, 4095]) }), [0, 128, 255]);
  const cells = Uint32Array.of(0, 0x80000000, 0xffffffff);
  const wide = { ...format, BitsAllocated: 32, BitsStored: 32, HighBit: 31 };
  assertEquals(rendered({ format: wide, bytes: new Uint8Array(cells.buffer) }), [0, 128, 255]);
});

Deno.test("renderPalette: looks colours up, of 8 bits or the upper 8 of 16", () => {
  const channel = (number: number, bits: number, values: readonly number[]) => [
    words(0x00281100 + number, [values.length, 1, bits]),
    words(0x00281200 + number, values, "OW"),
  ];
  const format = formatOf({
    BitsAllocated: 8,
    Columns: 4,
    PhotometricInterpretation: "PALETTE COLOR",
  });
  const frame = { format, bytes: Uint8Array.of(0, 1, 2, 3) };
  const words16 = [1, 2, 3].flatMap((n) => channel(n, 16, [0x1234 * n, 0xffff]));
  assertEquals(
    rendered(frame, words16),
    [0x12, 0x24, 0x36, 0x12, 0x24, 0x36, 255, 255, 255, 255, 255, 255],
  );
  const bytes = [1, 2, 3].flatMap((n) => channel(n, 8, [n, 200 + n]));
  assertEquals(rendered(frame, bytes), [1, 2, 3, 1, 2, 3, 201, 202, 203, 201, 202, 203]);
  // 16 bits that only 8 are used of.
  const narrow = [1, 2, 3].flatMap((n) => channel(n, 16, [n, 200 + n]));
  assertEquals(rendered(frame, narrow), rendered(frame, bytes));
});

Deno.test("renderPalette: shows grays where the palette is not whole", () => {
  const format = formatOf({
    BitsAllocated: 8,
    Columns: 2,
    PhotometricInterpretation: "PALETTE COLOR",
  });
  assertEquals(rendered({ format, bytes: Uint8Array.of(3, 4) }), [3, 4]);
});

Deno.test("renderColor: leaves a stored window alone", () => {
  const window = [element(0x00281050, "DS", "1"), element(0x00281051, "DS", "2")];
  assertEquals(rendered(colors("RGB", [7, 8, 9]), window), [7, 8, 9]);
});

Deno.test("renderColor: takes what names no interpretation for RGB", () => {
  for (const name of ["", "CIELAB", "constructor"]) {
    assertEquals(rendered(colors(name, [7, 8, 9])), [7, 8, 9]);
  }
});
