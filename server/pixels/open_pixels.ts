/**
 * Work on pixels over a pool of workers.
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import { formatAfter, isLossy, undecodable, unencodable } from "./codecs/abilities.ts";
import { PixelError } from "./frame.ts";
import { frameDescription } from "./image/describe.ts";
import { createGif, GIF_PIXELS_MAX } from "./image/gif.ts";
import { framePresentation } from "./image/presentation_state.ts";
import { buffersOf } from "./messages.ts";
import type { Pixels } from "./pixels.ts";
import { Pool, type PoolWorker } from "./pool.ts";

/** Milliseconds that the decoding, making or rendering of one frame may take. */
const FRAME_TIMEOUT = 30_000;

/** Requests whose work waits: the next one gets 503. */
const MAX_WAITING = 256;

/** More workers than these gain nothing on machines that a gateway runs on, and each takes 100 MB. */
const MAX_WORKERS = 8;

/** A thread for work on pixels. */
export function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "pixels" });
}

/**
 * Opens it; nothing is loaded before the first task.
 *
 * @param start starts what does the work; a thread of its own unless another is given
 */
export function openPixels(start: () => PoolWorker = startWorker): Pixels {
  const pool = new Pool({
    start,
    workers: Math.min(navigator.hardwareConcurrency, MAX_WORKERS),
    timeout: FRAME_TIMEOUT,
    maxWaiting: MAX_WAITING,
  });
  return {
    undecodable,
    unencodable,
    presumedFormat: (transferSyntaxUID, format) =>
      formatAfter(format, transferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN),
    isLossy,
    transcode: (client, load, to) =>
      pool.run(client, async () => {
        const frame = await load();
        const task = { kind: "transcode", input: { frame, to } } as const;
        return { task, transfer: buffersOf(frame.bytes) };
      }),
    describe: (client, load) =>
      pool.run(client, async () => {
        const head = await load();
        return { task: { kind: "describe", input: head } as const, transfer: buffersOf(head) };
      }),
    describeState: (client, load) =>
      pool.run(client, async () => {
        const bytes = await load();
        const task = { kind: "describeState", input: bytes } as const;
        return { task, transfer: buffersOf(bytes) };
      }),
    render: (client, load, to) =>
      pool.run(client, async () => {
        const { frame, number, image: given, seenThrough } = await load();
        const image = given instanceof Uint8Array ? given : frameDescription(given, number);
        const presentation = seenThrough &&
          framePresentation(seenThrough.state, seenThrough.SOPInstanceUID, number);
        const task = { kind: "render", input: { frame, number, image, presentation, to } } as const;
        return { task, transfer: buffersOf(frame.bytes, image) };
      }),
    animation({ width, height }, frames) {
      if (width * height * frames > GIF_PIXELS_MAX) {
        throw new PixelError("limit", `A GIF has at most ${GIF_PIXELS_MAX} pixels`);
      }
      return createGif({ width, height });
    },
    workload: () => pool.workload,
    close() {
      pool.close();
      return Promise.resolve();
    },
  };
}
