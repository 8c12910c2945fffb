/**
 * Work on pixels, on whichever thread it is asked for.
 * @module
 */
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { decodeFrame } from "./codecs/decode.ts";
import { encodeFrame } from "./codecs/encode.ts";
import { loadCodecs } from "./codecs/load.ts";
import { type Bytes, PixelError, type Raster } from "./frame.ts";
import { toColorSpace, withProfile } from "./image/color_space.ts";
import { describeImage, frameDescription } from "./image/describe.ts";
import { createGif } from "./image/gif.ts";
import { encodeJpeg } from "./image/jpeg.ts";
import { insertProfile } from "./image/jpeg_icc.ts";
import { encodePng } from "./image/png.ts";
import { describePresentationState } from "./image/presentation_state.ts";
import { renderFrame } from "./image/render_frame.ts";
import { blacken } from "./mask.ts";
import type { Answer, Kind, Output, Task, Work } from "./messages.ts";
import type { ImageOutput, RenderedImage } from "./pixels.ts";

/** Does a piece of work. What cannot be done is an answer as well: it never rejects. */
export async function answerTo(task: Task): Promise<Answer> {
  try {
    return { kind: "done", output: await work(task) };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Answer {
  const refused = (why: PixelError["kind"], { message }: Error): Answer => (
    { kind: "refused", why, message }
  );
  if (error instanceof PixelError) return refused(error.kind, error);
  if (error instanceof DecodeError) return refused("damaged", error);
  if (error instanceof LimitError) return refused("limit", error);
  return { kind: "failed", message: String(error instanceof Error ? error.stack : error) };
}

async function work(task: Task): Promise<Output<Kind>> {
  switch (task.kind) {
    case "transcode":
      return await transcode(task.input);
    case "describe":
      return describeImage(await dataSetOf(task.input));
    case "describeState":
      return describePresentationState(await dataSetOf(task.input));
    case "render":
      return await render(task.input);
  }
}

async function transcode({ frame, to }: Work["transcode"]["input"]) {
  const codecs = await loadCodecs([frame.transferSyntaxUID, to.transferSyntaxUID]);
  const decoded = decodeFrame(codecs, frame);
  for (const rectangle of to.mask ?? []) blacken(decoded, rectangle);
  return encodeFrame(codecs, decoded, to);
}

/** Bytes of a value that is held: tables, overlays and profiles are what a rendering needs. */
const HELD_BYTES = 16 * 1024 * 1024;
const HELD = { binary: HELD_BYTES, other: HELD_BYTES };

/** The data set of an object, or of the part before its pixel data: that it ends there is no damage. */
async function dataSetOf(bytes: Bytes): Promise<DataSet> {
  const scanner = createInstanceScanner({ bulkThresholds: HELD });
  await scanner.push(bytes);
  return (await scanner.end()).dataSet;
}

async function render(input: Work["render"]["input"]): Promise<RenderedImage> {
  const { frame, number, image, presentation, to: { output, options } } = input;
  const codecs = await loadCodecs([frame.transferSyntaxUID]);
  const description = image instanceof Uint8Array
    ? frameDescription(describeImage(await dataSetOf(image)), number)
    : image;
  const raster = renderFrame(decodeFrame(codecs, frame), description, {
    ...options,
    ...(presentation === undefined ? {} : { presentation }),
  });
  const { width, height } = raster;
  return { bytes: written(raster, description.iccProfile, output), width, height };
}

function written(raster: Raster, ownProfile: Bytes | undefined, output: ImageOutput): Bytes {
  if (output.kind === "gif") return createGif(raster).frame(raster, output.duration);
  const { profile } = output;
  const profiled = profile === undefined
    ? { raster, iccProfile: undefined }
    : profile === "yes"
    ? withProfile(raster, ownProfile)
    : toColorSpace(raster, ownProfile, profile);
  if (output.kind === "png") return encodePng(profiled.raster, profiled.iccProfile);
  const jpeg = encodeJpeg(profiled.raster, output.quality);
  return profiled.iccProfile === undefined ? jpeg : insertProfile(jpeg, profiled.iccProfile);
}
