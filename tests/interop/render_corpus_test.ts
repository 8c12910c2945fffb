/**
 * Images of real files against DCMTK's: the first frame and one in the middle of each, grays and
 * colours within two levels after the same window.
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Raster } from "../../server/pixels/frame.ts";
import { describeImage, frameDescription } from "../../server/pixels/image/describe.ts";
import type { FrameDescription, Window } from "../../server/pixels/image/description.ts";
import { renderFrame, type RenderOptions } from "../../server/pixels/image/render_frame.ts";
import { runTool } from "../support/dcmtk.ts";
import { type NativeImage, openNativeImage } from "../support/native_frames.ts";
import { peerTest } from "../support/peers.ts";
import { readPnm } from "../support/pnm.ts";
import { DIFFERENCES } from "./render_differences.ts";

/** Largest difference of a sample. */
const TOLERANCE = 2;

peerTest(
  "renderFrame: makes the images of the corpus that DCMTK makes",
  ["corpus", "dcm2pnm", "dcmdjpeg", "dcmdjpls", "dcmdrle", "gdcmconv"],
  async (corpus) => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-render-" });
    try {
      const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
      const waiting: string[] = manifest.files.map(({ file }: { readonly file: string }) => file);
      const found: string[] = [];
      let compared = 0;
      const work = async () => {
        for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
          const outcome = await compare(new URL(file, corpus).pathname, folder);
          if (typeof outcome === "string") found.push(`${file}: ${outcome}`);
          else compared += outcome;
        }
      };
      await Promise.all([work(), work()]);
      const listed = Object.entries(DIFFERENCES).flatMap(([outcome, { files }]) =>
        files.map((file) => `${file}: ${outcome}`)
      );
      assertEquals(found.sort(), listed.sort());
      assertEquals(compared > 400, true, `only ${compared} images were compared`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** How many frames of a file were equal, or what was not. */
async function compare(path: string, folder: string): Promise<number | string> {
  let image: NativeImage | undefined;
  try {
    image = await openNativeImage(path, folder);
  } catch (error) {
    return (error as Error).message === "not decoded" ? "not decoded" : "not read";
  }
  if (image === undefined) return 0;
  const described = describeImage(image.dataSet);
  const frames = new Set([1, Math.ceil(image.frames / 2)]);
  for (const frame of frames) {
    const outcome = await compareFrame(image, frame, frameDescription(described, frame), folder);
    if (outcome !== undefined) return outcome;
  }
  return frames.size;
}

async function compareFrame(
  image: NativeImage,
  frame: number,
  stored: FrameDescription,
  folder: string,
): Promise<string | undefined> {
  // DCMTK knows nothing of supplemental palettes: the grays are compared.
  const description = { ...stored, isPaletteSupplemental: false };
  const { args, options } = sameLook(image, description);
  let ours: Raster;
  try {
    ours = renderFrame(image.frame(frame), description, options);
  } catch {
    return "not rendered";
  }
  const path = `${folder}/${crypto.randomUUID()}.pnm`;
  const colors = ours.channels === 3 ? [] : args;
  await runTool("dcm2pnm", ["+op", "+F", `${frame}`, ...colors, image.path, path]);
  let theirs: Raster;
  try {
    theirs = readPnm(await Deno.readFile(path));
    await Deno.remove(path);
  } catch {
    return "not shown by DCMTK";
  }
  const sizes = ({ width, height, channels }: Raster) => `${width}x${height}x${channels}`;
  if (sizes(ours) !== sizes(theirs)) return "another size";
  const isNear = ours.data.every((value, at) => Math.abs(value - theirs.data[at]!) <= TOLERANCE);
  return isNear ? undefined : "different";
}

/** What has DCMTK do what we do, by its arguments and our options. */
function sameLook(
  { format }: NativeImage,
  { voi, padding, isLabelMap }: FrameDescription,
): { args: readonly string[]; options: RenderOptions } {
  const windowed = (window: Window) => ({
    args: [
      "+Ww",
      `${window.center}`,
      `${window.width}`,
      window.function === "SIGMOID" ? "+Wfs" : "+Wfl",
    ],
    options: { window },
  });
  if (voi.kind === "window") return { ...windowed(voi.window), options: {} };
  if (voi.kind === "table") return { args: ["+Wl", "1"], options: {} };
  // A single bit has DCMTK show 1 as 128.
  if (format.BitsStored === 1) return windowed({ center: 1, width: 1, function: "LINEAR" });
  // DCMTK counts padding when it looks for the smallest value.
  if (padding !== undefined && format.BitsStored > 8) {
    return windowed({ center: 40, width: 400, function: "LINEAR" });
  }
  const isWhole = format.BitsStored <= 8 && format.PixelRepresentation === 0 && !isLabelMap;
  return { args: isWhole ? ["-W"] : ["+Wm"], options: {} };
}
