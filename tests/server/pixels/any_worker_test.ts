import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { anyWorker, INLINE_BYTES, inlineWorker } from "../../../server/pixels/any_worker.ts";
import { UID } from "../../../server/pixels/codecs/syntaxes.ts";
import { type EncodedFrame, PixelError } from "../../../server/pixels/frame.ts";
import { openPixels, startWorker } from "../../../server/pixels/open_pixels.ts";
import type { Client, Pixels } from "../../../server/pixels/pixels.ts";
import { FORMATS, frameFormat, madeFrame } from "../../support/made_frames.ts";

/** Long enough for a worker on a busy machine, short enough for one that never answers. */
const PATIENCE = { works: 30_000, silent: 200 };

const CODED = [
  UID.rleLossless,
  UID.jpegLossless,
  UID.jpegLsLossless,
  UID.jpeg2000Lossless,
  UID.htJpeg2000Lossless,
  UID.deflatedImageFrame,
] as const;

function client(signal = new AbortController().signal): Client {
  return { id: "a", request: {}, signal };
}

/** Runs a test on pixels that are worked on so; says how often a worker was asked for. */
async function withPixels(
  start: () => Worker,
  patience: number,
  test: (pixels: Pixels, starts: () => number) => Promise<void>,
): Promise<void> {
  let starts = 0;
  const counted = () => {
    starts++;
    return start();
  };
  const pixels = openPixels(anyWorker({ start: counted, patience }));
  try {
    await test(pixels, () => starts);
  } finally {
    await pixels.close();
  }
}

/** A frame in Explicit VR Little Endian. */
function nativeFrame(format = FORMATS.u12!): EncodedFrame {
  return { transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN, ...madeFrame(format, "noise") };
}

function recoded(pixels: Pixels, frame: EncodedFrame, transferSyntaxUID: string, by = client()) {
  return pixels.transcode(by, () => Promise.resolve(frame), { transferSyntaxUID });
}

/** Every codec writes a frame and reads it again, and the frame is an image. */
async function everyCodecWorks(pixels: Pixels): Promise<void> {
  for (const transferSyntaxUID of CODED) {
    const coded = await recoded(pixels, nativeFrame(), transferSyntaxUID);
    assertEquals(coded.transferSyntaxUID, transferSyntaxUID);
    const decoded = await recoded(pixels, coded, EXPLICIT_VR_LITTLE_ENDIAN);
    assertEquals(decoded.bytes, nativeFrame().bytes, transferSyntaxUID);
  }
}

/** A worker whose module is this. */
const scripted = (script: string) => () =>
  new Worker(`data:text/javascript,${encodeURIComponent(script)}`, { type: "module" });

Deno.test("anyWorker: has a platform's workers do it where they answer", async () => {
  await withPixels(startWorker, PATIENCE.works, async (pixels, starts) => {
    await everyCodecWorks(pixels);
    assertEquals(starts(), 1);
    // More than may be worked on without a thread.
    const large = nativeFrame(frameFormat({ Rows: 2100, Columns: 4096 }));
    const { bytes } = await recoded(pixels, large, UID.rleLossless);
    assertEquals(bytes.length > INLINE_BYTES, true);
  });
});

for (
  const [what, start, patience] of [
    ["has no workers", () => new (undefined as unknown as typeof Worker)(""), PATIENCE.works],
    ["has workers that end", scripted("throw new Error('not here')"), PATIENCE.works],
    ["has workers that never answer", scripted(""), PATIENCE.silent],
  ] as const
) {
  Deno.test(`anyWorker: does it itself where the platform ${what}`, async () => {
    await withPixels(start, patience, async (pixels, starts) => {
      await everyCodecWorks(pixels);
      // It is asked no more.
      assertEquals(starts(), 1);
    });
  });
}

Deno.test("anyWorker: refuses by itself what would take too long, and goes on", async () => {
  const none = () => new (undefined as unknown as typeof Worker)("");
  await withPixels(none, PATIENCE.works, async (pixels) => {
    const just = frameFormat({ Rows: 2048, Columns: 4096 });
    const over = { ...just, Rows: just.Rows + 1 };
    const { bytes } = await recoded(pixels, nativeFrame(just), EXPLICIT_VR_LITTLE_ENDIAN);
    assertEquals(bytes.length, INLINE_BYTES);
    const refused = await assertRejects(
      () => recoded(pixels, nativeFrame(over), EXPLICIT_VR_LITTLE_ENDIAN),
      PixelError,
    );
    assertEquals(refused.kind, "limit");
    assertStringIncludes(refused.message, "16 MiB");
    // What is small as it is stored may be large when it is decoded.
    const small = { ...nativeFrame(over), bytes: new Uint8Array(10) };
    const bomb = { ...small, transferSyntaxUID: UID.rleLossless };
    const bombed = await assertRejects(
      () => recoded(pixels, bomb, EXPLICIT_VR_LITTLE_ENDIAN),
      PixelError,
    );
    assertEquals(bombed.message, refused.message);
    await everyCodecWorks(pixels);
  });
});

Deno.test("anyWorker: drops by itself what its client left, and goes on", async () => {
  const none = () => new (undefined as unknown as typeof Worker)("");
  await withPixels(none, PATIENCE.works, async (pixels) => {
    const leaving = new AbortController();
    const left = recoded(pixels, nativeFrame(), UID.jpegLsLossless, client(leaving.signal));
    leaving.abort(new Error("gone"));
    await assertRejects(() => left, Error, "gone");
    await everyCodecWorks(pixels);
  });
});

Deno.test("inlineWorker: fails by itself, and the next goes on", async () => {
  const failing = inlineWorker();
  const failed = Promise.withResolvers<string>();
  failing.onmessage = () => {
    throw new Error("Nobody takes the answer");
  };
  failing.onerror = ({ message }) => failed.resolve(message);
  failing.postMessage({ kind: "describe", input: new Uint8Array(0) }, []);
  const next = inlineWorker();
  const answered = Promise.withResolvers<string>();
  next.onmessage = ({ data }) => answered.resolve(data.kind);
  next.postMessage({ kind: "describe", input: new Uint8Array(0) }, []);
  assertStringIncludes(await failed.promise, "Nobody takes the answer");
  assertEquals(await answered.promise, "refused");
});
