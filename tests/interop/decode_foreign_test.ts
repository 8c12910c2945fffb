/**
 * Streams of every kind that DCMTK and OpenJPEG make, decoded by us.
 * @module
 */
import { assertEquals } from "@std/assert";
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { loadCodecs } from "../../server/pixels/codecs/load.ts";
import { UID } from "../../server/pixels/codecs/syntaxes.ts";
import type { Frame } from "../../server/pixels/frame.ts";
import { fileOfFrame, FORMATS, madeFrame } from "../support/made_frames.ts";
import { peerTest, type Program } from "../support/peers.ts";
import { askOracle, distance, openJpegFrame, samplesOf } from "../support/pixel_oracles.ts";
import { storedFrames } from "../support/stored_frames.ts";

const SIZE = { Rows: 37, Columns: 50 };
const RANGE = Array.from({ length: 7 }, (_, index) => `${index + 1}`);

/** Frames of the formats named, noisy and smooth. */
function framesOf(...names: readonly string[]): [string, Frame][] {
  return names.flatMap((name) =>
    (["noise", "ramp"] as const).map((content): [string, Frame] => [
      `${name} ${content}`,
      madeFrame({ ...FORMATS[name]!, ...SIZE }, content),
    ])
  );
}

/** How DCMTK encodes, what it can, and how far its own decoding may be from ours. */
const DCMTK: readonly {
  readonly program: Program;
  readonly options: readonly (readonly string[])[];
  readonly frames: readonly [string, Frame][];
  readonly tolerance: number;
}[] = [
  {
    program: "dcmcjpeg",
    options: RANGE.map((value) => ["+el", "+sv", value]).concat([["+e1"]]),
    frames: framesOf("u8", "u12", "u16", "s16", "RGB"),
    tolerance: 0,
  },
  {
    program: "dcmcjpeg",
    options: [["+eb"], ["+eb", "+cr"], ["+eb", "+s4"], ["+eb", "+n1"], ["+ee"], ["+ep"]],
    frames: framesOf("u8", "RGB"),
    tolerance: 1,
  },
  {
    program: "dcmcjpeg",
    options: [["+ee"], ["+es"], ["+ep"]],
    frames: framesOf("u12"),
    tolerance: 1,
  },
  {
    program: "dcmcjpls",
    options: [["+il"], ["+is"], ["+in"], ["+en", "+md", "3"], ["+pc"]],
    frames: framesOf("u8", "u12", "u16", "RGB", "RGB16"),
    tolerance: 0,
  },
  {
    program: "dcmcrle",
    options: [[]],
    frames: framesOf("u8", "s8", "u12", "s16", "RGB", "RGB16", "u32"),
    tolerance: 0,
  },
];

peerTest(
  "decodeFrame: decodes what DCMTK encodes as DCMTK does",
  ["dcmcjpeg", "dcmcjpls", "dcmcrle", "dcmdjpeg", "dcmdjpls", "dcmdrle"],
  async () => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-foreign-" });
    const surprises: string[] = [];
    try {
      for (const { program, options, frames, tolerance } of DCMTK) {
        for (const [name, frame] of frames) {
          const source = `${folder}/source.dcm`;
          const target = `${folder}/encoded.dcm`;
          await Deno.writeFile(source, fileOfFrame(frame));
          for (const option of options) {
            const { code } = await new Deno.Command(program, {
              args: ["-q", ...option, source, target],
            }).output();
            assertEquals(code, 0, `${program} ${option} ${name}`);
            const stored = (await storedFrames(await Deno.readFile(target)))!;
            const theirs = await askOracle("dcmtk", target, stored, [1], folder);
            const ours = decodeFrame(codecs, stored.frame(1));
            // Its own uninterleaved JPEG-LS of 16 bits in colour DCMTK does not decode.
            const reference = theirs?.get(1) ?? frame;
            const apart = distance(samplesOf(ours), samplesOf(reference));
            if (apart > tolerance) surprises.push(`${program} ${option} ${name}: ${apart}`);
          }
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(surprises, []);
  },
);

const OPENJPEG: readonly (readonly string[])[] = [
  [],
  ["-t", "16,16", "-n", "3"],
  ["-p", "RPCL", "-c", "[32,32]"],
  ["-p", "CPRL", "-n", "3", "-b", "16,16"],
  ["-SOP", "-EPH"],
  ["-r", "20,5,1"],
  ["-M", "1"],
  ["-M", "63"],
];

peerTest(
  "decodeFrame: decodes what OpenJPEG encodes to the same samples",
  ["opj_compress"],
  async () => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-foreign-" });
    try {
      for (
        const [name, frame] of framesOf("u8", "s8", "u12", "s12", "u16", "s16", "RGB by plane")
      ) {
        const { Rows, Columns, SamplesPerPixel, BitsStored, PixelRepresentation } = frame.format;
        const source = `${folder}/source.rawl`;
        await Deno.writeFile(source, frame.bytes);
        const sign = PixelRepresentation === 1 ? "s" : "u";
        const form = [Columns, Rows, SamplesPerPixel, BitsStored, sign].join();
        for (const option of OPENJPEG) {
          for (const target of [`${folder}/target.j2k`, `${folder}/target.jp2`]) {
            const { code } = await new Deno.Command("opj_compress", {
              args: ["-i", source, "-o", target, "-F", form, ...option],
              stdout: "null",
              stderr: "null",
            }).output();
            assertEquals(code, 0, `${option} ${name}`);
            const bytes = await Deno.readFile(target);
            const format = frame.format;
            const transferSyntaxUID = UID.jpeg2000Lossless;
            const ours = decodeFrame(codecs, { transferSyntaxUID, format, bytes });
            assertEquals(distance(samplesOf(ours), samplesOf(frame)), 0, `${option} ${name}`);
          }
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  "decodeFrame: decodes HTJ2K in colour of 16 bits as OpenJPEG does",
  ["opj_decompress"],
  async () => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-foreign-" });
    try {
      const format = { ...FORMATS.RGB16!, ...SIZE };
      const { bytes: samples } = madeFrame(format, "noise");
      for (const isUsingColorTransform of [false, true]) {
        // The encoder puts rows where they do not belong: all the same to who decodes them.
        const bytes = codecs.openJph!.encode(
          {
            width: format.Columns,
            height: format.Rows,
            bitsPerSample: 16,
            componentCount: 3,
            isSigned: false,
            isUsingColorTransform,
          },
          samples,
          { lossless: true, decompositions: 3, progressionOrder: 2 },
        );
        const ours = decodeFrame(codecs, {
          transferSyntaxUID: UID.htJpeg2000Lossless,
          format,
          bytes,
        });
        const theirs = await openJpegFrame({ format, bytes }, folder);
        assertEquals(distance(samplesOf(ours), samplesOf(theirs!)), 0, `${isUsingColorTransform}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
