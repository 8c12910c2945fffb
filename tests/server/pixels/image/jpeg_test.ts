import { assert, assertEquals, assertThrows } from "@std/assert";
import { PixelError } from "../../../../server/pixels/frame.ts";
import { encodeJpeg } from "../../../../server/pixels/image/jpeg.ts";
import { forwardDct, SCALE } from "../../../../server/pixels/image/jpeg_dct.ts";
import { quantisation, ZIGZAG } from "../../../../server/pixels/image/jpeg_tables.ts";

Deno.test("forwardDct: is the sum of cosines of ISO/IEC 10918-1 A.3.3", () => {
  const samples = Array.from({ length: 64 }, (_, i) => (i * 37 + (i >> 3) * 11) % 256 - 128);
  const block = Float64Array.from(samples);
  forwardDct(block);
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          sum += samples[8 * y + x]! * Math.cos((2 * x + 1) * u * Math.PI / 16) *
            Math.cos((2 * y + 1) * v * Math.PI / 16);
        }
      }
      const c = (k: number) => k === 0 ? Math.SQRT1_2 : 1;
      const expected = sum * c(u) * c(v) / 4;
      const place = 8 * v + u;
      assert(Math.abs(block[place]! * SCALE[place]! - expected) < 1e-9, `${u} ${v}`);
    }
  }
});

Deno.test("ZIGZAG: goes through the diagonals of a block in turn", () => {
  assertEquals([...ZIGZAG.subarray(0, 10)], [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]);
  assertEquals([...ZIGZAG.subarray(-4)], [47, 55, 62, 63]);
  assertEquals(new Set(ZIGZAG).size, 64);
});

Deno.test("quantisation: is that of the standard at 50, and of ones at 100", () => {
  assertEquals([...quantisation("luminance", 50).subarray(0, 4)], [16, 11, 10, 16]);
  assertEquals([...quantisation("chrominance", 50).subarray(60)], [99, 99, 99, 99]);
  assertEquals(new Set(quantisation("luminance", 100)), new Set([1]));
  assertEquals(quantisation("luminance", 1)[0], 255);
});

Deno.test("encodeJpeg: escapes what looks like a marker, and ends as an image does", () => {
  const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * i * 31) % 251);
  const file = encodeJpeg({ width: 64, height: 64, channels: 1, data }, 100);
  const scan = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda);
  for (let i = scan + 2 + 8; i < file.length - 2; i++) {
    if (file[i] === 0xff) assertEquals(file[i + 1], 0);
  }
  assertEquals([...file.subarray(-2)], [0xff, 0xd9]);
});

Deno.test("encodeJpeg: refuses more rows than the format has numbers for", () => {
  const data = new Uint8Array(65_536);
  assertThrows(() => encodeJpeg({ width: 1, height: 65_536, channels: 1, data }, 90), PixelError);
});
