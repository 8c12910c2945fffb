/**
 * A thread that works on pixels: one task at a time, until it is ended.
 * @module
 */
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { decodeFrame } from "./codecs/decode.ts";
import { encodeFrame, encodeJpeg } from "./codecs/encode.ts";
import { type Codecs, loadCodecs } from "./codecs/load.ts";
import { UID } from "./codecs/syntaxes.ts";
import { type Bytes, PixelError, type Raster } from "./frame.ts";
import { describeImage, frameDescription, type ImageDescription } from "./image/describe.ts";
import { encodePng } from "./image/png.ts";
import { renderFrame } from "./image/render_frame.ts";
import { blacken } from "./mask.ts";
import {
  type Answer,
  buffersOf,
  type Kind,
  type Output,
  type Task,
  type Work,
} from "./messages.ts";
import type { ImageOutput } from "./pixels.ts";

/** The part of the global scope of a worker that is used here. */
declare const self: {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
};

self.onmessage = async ({ data }) => {
  try {
    const output = await work(data);
    self.postMessage(
      { kind: "done", output },
      buffersOf(output, "bytes" in output && output.bytes),
    );
  } catch (error) {
    self.postMessage(
      error instanceof PixelError
        ? { kind: "refused", why: error.kind, message: error.message }
        : { kind: "failed", message: String(error instanceof Error ? error.stack : error) },
    );
  }
};

async function work(task: Task): Promise<Output<Kind>> {
  switch (task.kind) {
    case "transcode":
      return await transcode(task.input);
    case "describe":
      return await describe(task.input);
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

/** Everything before the pixel data is held: tables and overlays are what a rendering needs. */
const HELD = { binary: Infinity, other: Infinity };

/** What the bytes before the pixel data say of the image. That they end there is no damage. */
async function describe(head: Bytes): Promise<ImageDescription> {
  const scanner = createInstanceScanner({ bulkThresholds: HELD });
  await scanner.push(head);
  const { dataSet } = await scanner.end();
  return describeImage(dataSet);
}

async function render({ frame, number, image, to }: Work["render"]["input"]): Promise<Bytes> {
  const codecs = await loadCodecs([
    frame.transferSyntaxUID,
    ...(to.output.kind === "jpeg" ? [UID.jpegBaseline] : []),
  ]);
  const description = image instanceof Uint8Array
    ? frameDescription(await describe(image), number)
    : image;
  const decoded = decodeFrame(codecs, frame);
  return written(codecs, renderFrame(decoded, description, to.options), to.output);
}

function written(codecs: Codecs, raster: Raster, output: ImageOutput): Bytes {
  switch (output.kind) {
    case "jpeg":
      return encodeJpeg(codecs, raster, output.quality);
    case "png":
      return encodePng(raster);
    case "gif":
      throw new PixelError("unsupported", "GIF is not written yet");
  }
}
