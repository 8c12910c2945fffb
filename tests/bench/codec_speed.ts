/**
 * Frames a second of the codecs and of native tools, one core each: one file of 100 frames of
 * 512 × 512 × 16, from and to Explicit VR Little Endian. What a native tool takes for a file of one
 * frame is its start-up, which is left out.
 * @module
 */
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { encodeFrame } from "../../server/pixels/codecs/encode.ts";
import { loadCodecs } from "../../server/pixels/codecs/load.ts";
import type { EncodedFrame, FrameFormat } from "../../server/pixels/frame.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { ctImage } from "./ct_image.ts";

/** One line of the table, in frames a second. */
export interface CodecRow {
  readonly what: string;
  readonly own: number;
  readonly peer: number;
  readonly tool: string;
}

const FRAMES = 100;
const RUNS = 3;
const EXPLICIT = "1.2.840.10008.1.2.1";

const FORMAT: FrameFormat = {
  Rows: 512,
  Columns: 512,
  SamplesPerPixel: 1,
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
  PlanarConfiguration: 0,
  PhotometricInterpretation: "MONOCHROME2",
  sample: "integer",
};

/** Syntaxes with the native programs for them: how to encode a file, and how to decode one. */
const SYNTAXES = [
  ["JPEG 2000", "1.2.840.10008.1.2.4.90", ["gdcmconv", "--j2k"], ["gdcmconv", "--raw"]],
  ["JPEG-LS", "1.2.840.10008.1.2.4.80", ["dcmcjpls"], ["dcmdjpls"]],
  ["JPEG lossless", "1.2.840.10008.1.2.4.70", ["dcmcjpeg"], ["dcmdjpeg"]],
  ["RLE", "1.2.840.10008.1.2.5", ["dcmcrle"], ["dcmdrle"]],
  ["HTJ2K", "1.2.840.10008.1.2.4.201", undefined, undefined],
] as const;

/** Measures all of them; `folder` takes the files. */
export async function* measureCodecs(folder: string): AsyncGenerator<CodecRow> {
  const images = Array.from({ length: FRAMES }, (_, i) => ctImage(i));
  const [one, many] = [`${folder}/one.dcm`, `${folder}/many.dcm`];
  await Deno.writeFile(one, fileOf(images.slice(0, 1)));
  await Deno.writeFile(many, fileOf(images));
  const codecs = await loadCodecs();
  for (const [name, transferSyntaxUID, encode, decode] of SYNTAXES) {
    const frames = images.map((bytes): EncodedFrame => ({
      transferSyntaxUID: EXPLICIT,
      format: FORMAT,
      bytes,
    }));
    let encoded: EncodedFrame[] = [];
    const ownEncode = best(() => {
      encoded = frames.map((frame) => encodeFrame(codecs, frame, { transferSyntaxUID }));
    });
    const ownDecode = best(() => encoded.forEach((frame) => decodeFrame(codecs, frame)));
    if (encode === undefined) {
      yield { what: `${name}, encode`, own: FRAMES / ownEncode, peer: NaN, tool: "" };
      yield { what: `${name}, decode`, own: FRAMES / ownDecode, peer: NaN, tool: "" };
      continue;
    }
    const native = async (command: readonly string[], suffix: string, result: string) =>
      await bestOf(() => run(command, `${folder}/many${suffix}`, `${folder}/many${result}`)) -
      await bestOf(() => run(command, `${folder}/one${suffix}`, `${folder}/one${result}`));
    const peerEncode = await native(encode, ".dcm", ".coded");
    const peerDecode = await native(decode, ".coded", ".decoded");
    const scale = FRAMES - 1;
    yield {
      what: `${name}, encode`,
      own: FRAMES / ownEncode,
      peer: scale / peerEncode,
      tool: encode.join(" "),
    };
    yield {
      what: `${name}, decode`,
      own: FRAMES / ownDecode,
      peer: scale / peerDecode,
      tool: decode.join(" "),
    };
  }
}

function fileOf(pixels: readonly Uint8Array[]): Uint8Array {
  return ctInstance({
    sopClassUID: "1.2.840.10008.5.1.4.1.1.7.3",
    rows: 512,
    columns: 512,
    frames: pixels.length,
    pixels,
  });
}

/** Seconds of the quickest of several runs. */
function best(work: () => void): number {
  let least = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1000;
}

async function bestOf(work: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < RUNS; i++) least = Math.min(least, await work());
  return least;
}

/** Seconds that a program takes on one core. */
async function run(command: readonly string[], from: string, to: string): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command("taskset", {
    args: ["-c", "1", ...command, from, to],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return (performance.now() - start) / 1000;
}
