import { assert, assertEquals, assertThrows } from "@std/assert";
import { inflateSync } from "node:zlib";
import { PixelError, type Raster } from "../../../../server/pixels/frame.ts";
import { createGif } from "../../../../server/pixels/image/gif.ts";
import { insertProfile } from "../../../../server/pixels/image/jpeg_icc.ts";
import { encodePng } from "../../../../server/pixels/image/png.ts";
import { colorTable, indexed } from "../../../../server/pixels/image/quantise.ts";
import { grayRaster } from "../../../support/images.ts";

/** Chunks of a PNG by type. */
function chunksOf(png: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    chunks.set(type, png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

Deno.test("encodePng: writes size, colour type and filtered rows", () => {
  const chunks = chunksOf(encodePng(grayRaster([[1, 2, 3], [11, 2, 0]])));
  assertEquals([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  assertEquals([...chunks.get("IHDR")!], [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  assertEquals([...inflateSync(chunks.get("IDAT")!)], [2, 1, 2, 3, 2, 10, 0, 253]);
});

Deno.test("encodePng: stores colours as RGB, and a profile before the pixels", () => {
  const raster = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) } as const;
  const chunks = chunksOf(encodePng(raster, Uint8Array.of(7, 8, 9)));
  assertEquals([...chunks.keys()], ["IHDR", "iCCP", "IDAT", "IEND"]);
  assertEquals(chunks.get("IHDR")![9], 2);
  const profile = chunks.get("iCCP")!;
  assertEquals(new TextDecoder().decode(profile.subarray(0, 5)), "icc\0\0");
  assertEquals([...inflateSync(profile.subarray(5))], [7, 8, 9]);
});

/** What a GIF reader does: the indexes that the codes of one frame stand for. */
function unpack(gif: Uint8Array): number[] {
  // Ten bytes of frame header, eight of control, the table of colours, the size of symbols.
  let at = 8 + 10 + 768 + 1;
  const bytes: number[] = [];
  for (; gif[at] !== 0; at += 1 + gif[at]!) bytes.push(...gif.subarray(at + 1, at + 1 + gif[at]!));
  let [held, heldBits, place, bits] = [0, 0, 0, 9];
  const next = () => {
    while (heldBits < bits) {
      held |= bytes[place++]! << heldBits;
      heldBits += 8;
    }
    const code = held & ((1 << bits) - 1);
    held >>>= bits;
    heldBits -= bits;
    return code;
  };
  const out: number[] = [];
  let table: number[][] = [];
  let last: number[] | undefined;
  for (let code = next(); code !== 257; code = next()) {
    if (code === 256) {
      table = Array.from({ length: 258 }, (_, i) => [i]);
      [bits, last] = [9, undefined];
      continue;
    }
    const text: number[] = table[code] ?? [...last!, last![0]!];
    if (last !== undefined && table.length < 4096) table.push([...last, text[0]!]);
    if (table.length === 1 << bits && bits < 12) bits++;
    for (const symbol of text) out.push(symbol);
    last = text;
  }
  return out;
}

function noise(width: number, height: number, levels: number): Raster {
  let seed = 1;
  const data = Uint8Array.from({ length: width * height }, () => {
    seed = seed * 48271 % 0x7fffffff;
    return seed % levels;
  });
  return { width, height, channels: 1, data };
}

Deno.test("createGif: packs grays so that each is found again", () => {
  for (
    const raster of [noise(1, 1, 256), noise(2, 1, 1), noise(300, 200, 2), noise(300, 200, 256)]
  ) {
    assertEquals(unpack(createGif(raster).frame(raster)), [...raster.data]);
  }
  // Every length around that of a block and of a change of width.
  for (let width = 1; width < 700; width++) {
    const raster = noise(width, 1, 256);
    assertEquals(unpack(createGif(raster).frame(raster)), [...raster.data]);
  }
});

Deno.test("createGif: has delays in hundredths of a second, none too short for readers", () => {
  const raster = noise(2, 2, 2);
  const delay = (duration?: number) => {
    const frame = createGif(raster).frame(raster, duration);
    return frame[4]! | frame[5]! << 8;
  };
  assertEquals([delay(), delay(33.3), delay(1), delay(0), delay(5000)], [10, 3, 2, 10, 500]);
  assertEquals(delay(1e9), 0xffff);
});

Deno.test("createGif: refuses frames of another size, and images too large for the format", () => {
  const gif = createGif({ width: 2, height: 2 });
  assertEquals(assertThrows(() => gif.frame(noise(3, 2, 2)), PixelError).kind, "unsupported");
  assertThrows(() => createGif({ width: 70000, height: 1 }), PixelError);
});

Deno.test("colorTable: keeps up to 256 well apart colours as they are", () => {
  const data = Uint8Array.from(
    { length: 64 * 3 },
    (_, i) => [i / 3 >> 4 & 3, i / 3 >> 2 & 3, i / 3 & 3][i % 3]! * 80,
  );
  const raster: Raster = { width: 64, height: 1, channels: 3, data };
  const table = colorTable(raster);
  const found = [...indexed(raster, table)].flatMap((index) => [
    ...table.colors.subarray(3 * index, 3 * index + 3),
  ]);
  assertEquals(found, [...data]);
});

Deno.test("colorTable: stays near the colours of a picture with more than 256", () => {
  const size = 64;
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    return [4 * x, 4 * y, 2 * (x + y)][i % 3]!;
  });
  const raster: Raster = { width: size, height: size, channels: 3, data };
  const table = colorTable(raster);
  const indexes = indexed(raster, table);
  const squares = data.reduce(
    (sum, value, i) => sum + (value - table.colors[3 * indexes[Math.floor(i / 3)]! + i % 3]!) ** 2,
    0,
  );
  assert(Math.sqrt(squares / data.length) < 8);
});

const APP0 = [0xff, 0xe0, 0, 4, 1, 2];
const ICC = [...new TextEncoder().encode("ICC_PROFILE\0")];

Deno.test("insertProfile: puts the profile after what JFIF wants first", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, ...APP0, 0xff, 0xdb, 0, 2, 0xff, 0xd9);
  assertEquals([...insertProfile(jpeg, Uint8Array.of(5, 6))], [
    ...[0xff, 0xd8, ...APP0, 0xff, 0xe2, 0, 18, ...ICC, 1, 1, 5, 6],
    ...[0xff, 0xdb, 0, 2, 0xff, 0xd9],
  ]);
});

Deno.test("insertProfile: takes the place of a profile that is there", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 2, 0xff, 0xd9);
  const once = insertProfile(jpeg, Uint8Array.of(5));
  assertEquals(insertProfile(once, Uint8Array.of(9)), insertProfile(jpeg, Uint8Array.of(9)));
});

Deno.test("insertProfile: cuts a long profile into numbered parts", () => {
  const profile = Uint8Array.from({ length: 150_000 }, (_, i) => i & 0xff);
  const jpeg = insertProfile(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), profile);
  const parts: number[] = [];
  let at = 2;
  for (let chunk = 1; chunk <= 3; chunk++) {
    const length = jpeg[at + 2]! << 8 | jpeg[at + 3]!;
    assertEquals([...jpeg.subarray(at + 16, at + 18)], [chunk, 3]);
    parts.push(...jpeg.subarray(at + 18, at + 2 + length));
    at += 2 + length;
  }
  assertEquals(Uint8Array.from(parts), profile);
  assertEquals([...jpeg.subarray(at)], [0xff, 0xd9]);
});

Deno.test("insertProfile: refuses what is no JPEG, and a profile that has no room", () => {
  const kind = (jpeg: Uint8Array, profile: Uint8Array) =>
    assertThrows(() => insertProfile(jpeg, profile), PixelError).kind;
  assertEquals(kind(Uint8Array.of(1, 2), Uint8Array.of(1)), "damaged");
  assertEquals(kind(Uint8Array.of(0xff, 0xd8), new Uint8Array(17_000_000)), "limit");
});
