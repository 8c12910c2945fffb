/**
 * PNG, GIF, JPEG and ICC profiles as ImageMagick reads them.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Raster } from "../../server/pixels/frame.ts";
import { toColorSpace } from "../../server/pixels/image/color_space.ts";
import { createGif } from "../../server/pixels/image/gif.ts";
import { encodeJpeg } from "../../server/pixels/image/jpeg.ts";
import { profileOf } from "../../server/pixels/image/icc_profile.ts";
import { encodePng } from "../../server/pixels/image/png.ts";
import { applyViewport } from "../../server/pixels/image/viewport.ts";
import { chance } from "../support/chance.ts";
import { runTool } from "../support/dcmtk.ts";
import { peerTest } from "../support/peers.ts";
import { readPnm, writePnm } from "../support/pnm.ts";

const [WIDTH, HEIGHT] = [83, 61];

/** Something of every gray, smooth and not. */
const GRAY: Raster = {
  width: WIDTH,
  height: HEIGHT,
  channels: 1,
  data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * 7 + (i >> 5) * 3),
};

const COLOR: Raster = {
  width: WIDTH,
  height: HEIGHT,
  channels: 3,
  data: Uint8Array.from(
    { length: WIDTH * HEIGHT * 3 },
    (_, i) => [i / 3 % WIDTH * 3, Math.floor(i / 3 / WIDTH) * 4, i / 3 / 20][i % 3]!,
  ),
};

peerTest(
  "encodePng: is read by ImageMagick as it was",
  ["convert"],
  () =>
    inFolder(async (folder) => {
      for (const raster of [GRAY, COLOR]) {
        await Deno.writeFile(`${folder}/a.png`, encodePng(raster));
        assertEquals(await converted(folder, `${folder}/a.png`), raster);
      }
    }),
);

peerTest(
  "encodeJpeg: is read by ImageMagick as close to it as the quality says, whatever its size",
  ["convert", "identify"],
  () =>
    inFolder(async (folder) => {
      const file = `${folder}/a.jpg`;
      const random = chance(7);
      for (const [width, height] of [[1, 1], [7, 9], [8, 8], [83, 61], [3, 200]] as const) {
        for (const channels of [1, 3] as const) {
          const smooth = Uint8Array.from(
            { length: width * height * channels },
            (_, i) => 128 + 100 * Math.sin(i / channels % width / 9) * Math.cos(i % channels),
          );
          const noise = smooth.map(() => random.below(256));
          // At 100 nothing is left out but what rounding and the turn of colours do.
          const cases = [[100, smooth, 4], [100, noise, 4], [90, smooth, 12], [
            20,
            smooth,
            60,
          ]] as const;
          for (const [quality, data, most] of cases) {
            await Deno.writeFile(file, encodeJpeg({ width, height, channels, data }, quality));
            const read = await converted(folder, file);
            assertEquals([read.width, read.height], [width, height]);
            // A colour image that is gray is read as one.
            const at = (i: number) => read.channels === channels ? i : Math.floor(i / channels);
            const worst = data.reduce(
              (worst, level, i) => Math.max(worst, Math.abs(level - read.data[at(i)]!)),
              0,
            );
            const what = `${width} x ${height}, ${channels} channels, quality ${quality}`;
            assert(worst <= most, `${what}: off by ${worst}`);
          }
        }
      }
      const { output } = await runTool("identify", [
        "-format",
        "%m %[colorspace] %Q %[jpeg:sampling-factor]",
        file,
      ]);
      assertEquals(output.trim(), "JPEG sRGB 20 1x1,1x1,1x1");
    }),
);

peerTest(
  "createGif: is read by ImageMagick, grays as they were",
  ["convert", "identify"],
  () =>
    inFolder(async (folder) => {
      const frames = [GRAY, { ...GRAY, data: GRAY.data.map((level) => 255 - level) }, COLOR];
      const gif = createGif(GRAY);
      const parts = [
        gif.head,
        ...frames.map((frame, i) => gif.frame(frame, 100 * (i + 1))),
        gif.tail,
      ];
      await Deno.writeFile(`${folder}/a.gif`, new Blob(parts).stream());
      const { output } = await runTool("identify", ["-format", "%T %wx%h\n", `${folder}/a.gif`]);
      assertEquals(
        output.trim().split("\n"),
        [10, 20, 30].map((time) => `${time} ${WIDTH}x${HEIGHT}`),
      );
      for (const index of [0, 1]) {
        const { data } = await converted(folder, `${folder}/a.gif[${index}]`);
        assertEquals(
          data.filter((_, i) => data.length === GRAY.data.length || i % 3 === 0),
          frames[index]!.data,
        );
      }
      const { data } = await converted(folder, `${folder}/a.gif[2]`);
      const squares = data.reduce((sum, value, i) => sum + (value - COLOR.data[i]!) ** 2, 0);
      // 256 colours spread evenly over this picture are about 16 levels apart.
      assert(Math.sqrt(squares / data.length) < 6);
    }),
);

peerTest(
  "toColorSpace: converts as ImageMagick does with the profiles that are stored",
  ["convert"],
  () =>
    inFolder(async (folder) => {
      const path = (name: string) => `${folder}/${name}`;
      await Deno.writeFile(path("srgb.png"), encodePng(COLOR, profileOf("srgb")));
      for (const space of ["adobergb", "rommrgb"] as const) {
        await Deno.writeFile(path("target.icc"), profileOf(space));
        const args = [path("srgb.png"), "-profile", path("target.icc"), path("theirs.png")];
        const { code, output } = await runTool("convert", args);
        assertEquals(code, 0, output);
        const theirs = await converted(folder, path("theirs.png"));
        const { raster } = toColorSpace(COLOR, undefined, space);
        const worst = raster.data.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - theirs.data[i]!)),
          0,
        );
        assert(worst <= 1, `${space} differs by ${worst}`);
      }
    }),
);

/** Sizes to scale to, and the filter that ImageMagick has for it. */
const SCALED: readonly (readonly [number, number, string])[] = [
  [80, 60, "box"],
  [40, 30, "box"],
  [32, 24, "box"],
  [320, 240, "triangle"],
  [400, 300, "triangle"],
];

peerTest(
  "applyViewport: scales as ImageMagick does",
  ["convert"],
  () =>
    inFolder(async (folder) => {
      const region = { width: 160, height: 120, sx: 0, sy: 0, sw: 160, sh: 120 };
      const smooth = (channels: 1 | 3): Raster => ({
        width: 160,
        height: 120,
        channels,
        data: Uint8Array.from(
          { length: 160 * 120 * channels },
          (_, i) => 128 + 120 * Math.sin(i / channels / 9) * Math.cos(i % 7),
        ),
      });
      for (const raster of [smooth(1), smooth(3)]) {
        await Deno.writeFile(`${folder}/a.pnm`, writePnm(raster));
        for (const [width, height, filter] of SCALED) {
          const size = ["-filter", filter, "-resize", `${width}x${height}!`];
          const args = [`${folder}/a.pnm`, ...size, "-depth", "8"];
          const { code, output } = await runTool("convert", [...args, `${folder}/b.pnm`]);
          assertEquals(code, 0, output);
          const theirs = readPnm(await Deno.readFile(`${folder}/b.pnm`));
          const { data } = applyViewport(raster, { ...region, width, height });
          const worst = data.reduce(
            (most, value, i) => Math.max(most, Math.abs(value - theirs.data[i]!)),
            0,
          );
          assert(worst <= 1, `${filter} ${width} differs by ${worst}`);
        }
      }
    }),
);

/** An image as ImageMagick reads it. */
async function converted(folder: string, path: string): Promise<Raster> {
  const target = `${folder}/out.pnm`;
  const { code, output } = await runTool("convert", [path, "-depth", "8", target]);
  assertEquals(code, 0, output);
  return readPnm(await Deno.readFile(target));
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-render-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
