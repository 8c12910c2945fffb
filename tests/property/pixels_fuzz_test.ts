/**
 * Damaged frames: whatever happened to a stream, a frame of the right size comes of it or a
 * PixelError, and the next sound frame is decoded right.
 * @module
 */
import { assertEquals } from "@std/assert";
import { codingOf, UID } from "../../server/pixels/codecs/syntaxes.ts";
import { unencodable } from "../../server/pixels/codecs/abilities.ts";
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { encodeFrame } from "../../server/pixels/codecs/encode.ts";
import { type Codecs, loadCodecs } from "../../server/pixels/codecs/load.ts";
import { type EncodedFrame, PixelError } from "../../server/pixels/frame.ts";
import { type Chance, IS_LONG, newChance } from "../support/chance.ts";
import { FORMATS, madeFrame } from "../support/made_frames.ts";
import { MUTATIONS } from "../support/mutations.ts";
import type { FuzzAnswer } from "../support/pixels_fuzz_worker.ts";
import { storedFrames } from "../support/stored_frames.ts";

/** Damaged frames in the long run; the short one ends by time. */
const LONG_ROUNDS = 10_000;
const SHORT_MS = 10_000;

/** Longer than any sound frame here takes by far. */
const STUCK_MS = 3_000;

/** Damaged frames between two sound ones. */
const SOUND_EVERY = 20;

/** Larger streams are not taken: rounds count, not bytes. */
const STREAM_MAX = 150_000;

type Outcome = FuzzAnswer | { readonly kind: "stuck" };

/** A thread that decodes; one that does not come back is ended, and the next one begun. */
class Decoder {
  #worker: Worker | undefined;

  async decode(encoded: EncodedFrame): Promise<Outcome> {
    this.#worker ??= await startWorker();
    const worker = this.#worker;
    const answer = nextAnswer(worker);
    worker.postMessage(encoded);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stuck = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ kind: "stuck" }), STUCK_MS);
    });
    const outcome = await Promise.race([answer, stuck]);
    clearTimeout(timer);
    if (outcome.kind === "stuck") this.close();
    return outcome;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

async function startWorker(): Promise<Worker> {
  const url = new URL("../support/pixels_fuzz_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  await nextAnswer(worker);
  return worker;
}

function nextAnswer(worker: Worker): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FuzzAnswer>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  });
}

/** Made frames in every syntax, and those of the corpus where it is there. */
async function soundFrames(codecs: Codecs): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  for (const transferSyntaxUID of Object.values(UID)) {
    for (const format of Object.values(FORMATS)) {
      if (codingOf(transferSyntaxUID) === "native") continue;
      if (unencodable(transferSyntaxUID, format) !== undefined) continue;
      frames.push(encodeFrame(codecs, madeFrame(format, "noise"), { transferSyntaxUID }));
    }
  }
  return [...frames, ...await corpusFrames(codecs)];
}

async function corpusFrames(codecs: Codecs): Promise<EncodedFrame[]> {
  const corpus = new URL("../../../shared/data/dicom/", import.meta.url);
  let manifest: string;
  try {
    manifest = await Deno.readTextFile(new URL("MANIFEST.json", corpus));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const frames: EncodedFrame[] = [];
  for (const { file, transfer_syntax_uid: uid } of JSON.parse(manifest).files) {
    const coding = codingOf(uid ?? "");
    if (coding === undefined || coding === "native") continue;
    const stored = await storedFrames(await Deno.readFile(`${corpus.pathname}${file}`));
    const frame = stored?.frame(1);
    if (frame === undefined || frame.bytes.length > STREAM_MAX) continue;
    try {
      decodeFrame(codecs, frame);
    } catch (error) {
      if (error instanceof PixelError) continue;
      throw error;
    }
    frames.push(frame);
  }
  return frames;
}

function damaged(frame: EncodedFrame, other: EncodedFrame, chance: Chance): EncodedFrame {
  // Half of them by single bits, the rest in every way that bytes are damaged.
  if (chance.below(2) === 0) return flipped(frame, chance);
  const bytes = chance.pick(MUTATIONS)(frame.bytes, chance, other.bytes);
  return { ...frame, bytes: new Uint8Array(bytes) };
}

function flipped(frame: EncodedFrame, chance: Chance): EncodedFrame {
  const bytes = frame.bytes.slice();
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const at = chance.below(chance.below(2) === 0 ? bytes.length : Math.min(200, bytes.length));
    bytes[at]! ^= 1 << chance.below(8);
  }
  return { ...frame, bytes };
}

Deno.test("decodeFrame: gives a frame or a PixelError, whatever happened to the stream", async () => {
  const chance = newChance();
  const codecs = await loadCodecs();
  const frames = await soundFrames(codecs);
  const decoder = new Decoder();
  const counts = { frame: 0, refused: 0, stuck: 0 };
  const stuck: string[] = [];
  const end = performance.now() + SHORT_MS;
  try {
    for (let round = 1; IS_LONG ? round <= LONG_ROUNDS : performance.now() < end; round++) {
      const frame = frames[chance.below(frames.length)]!;
      const other = frames[chance.below(frames.length)]!;
      const outcome = await decoder.decode(damaged(frame, other, chance));
      const what = `round ${round}: ${frame.transferSyntaxUID}`;
      if (outcome.kind === "broken") throw new Error(`${what}: ${outcome.how}`);
      if (outcome.kind === "stuck") stuck.push(what);
      if (outcome.kind !== "ready") counts[outcome.kind]++;
      if (round % SOUND_EVERY === 0) await checkSound(decoder, frame, codecs);
    }
  } finally {
    decoder.close();
  }
  console.log(JSON.stringify(counts), stuck.join(", "));
});

/** The thread that has seen so much damage decodes as one that has seen none. */
async function checkSound(decoder: Decoder, frame: EncodedFrame, codecs: Codecs): Promise<void> {
  const { bytes } = decodeFrame(codecs, frame);
  assertEquals(await decoder.decode(frame), { kind: "frame", bytes }, frame.transferSyntaxUID);
}
