/**
 * Frames that we encode, as DCMTK, GDCM, OpenJPEG, pydicom and zlib decode them.
 * @module
 */
import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { UnsupportedError } from "../../lib/errors.ts";
import { isLossy, undecodable, unencodable } from "../../server/pixels/codecs/abilities.ts";
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { fullFrameLength } from "../../server/pixels/codecs/geometry.ts";
import { encodeFrame } from "../../server/pixels/codecs/encode.ts";
import { type Codecs, loadCodecs } from "../../server/pixels/codecs/load.ts";
import { UID } from "../../server/pixels/codecs/syntaxes.ts";
import {
  type Bytes,
  type EncodedFrame,
  type Frame,
  PixelError,
} from "../../server/pixels/frame.ts";
import { CONTENTS, fileOfFrames, FORMATS, madeFrame } from "../support/made_frames.ts";
import { peerTest } from "../support/peers.ts";
import {
  askOracle,
  distance,
  oraclesOf,
  type PixelOracle,
  rgbOf,
  samplesOf,
} from "../support/pixel_oracles.ts";
import { askPydicom } from "../support/pydicom.ts";
import { type StoredFrames, storedFrames } from "../support/stored_frames.ts";

const SIZES = [[1, 1], [1, 9], [2, 2], [67, 130]] as const;

/** Syntaxes that programs decode; the others are compared with pydicom and zlib. */
const BY_PROGRAMS = Object.values(UID).filter((uid) =>
  uid !== UID.encapsulatedUncompressed && uid !== UID.deflatedImageFrame
);

/** Frames of one format in one syntax, and what they were made of. */
interface Made {
  readonly name: string;
  readonly originals: readonly Frame[];
  readonly encoded: readonly [EncodedFrame, ...EncodedFrame[]];
}

function* madeOf(codecs: Codecs, syntaxes: readonly string[]): Generator<Made> {
  for (const transferSyntaxUID of syntaxes) {
    for (const [kind, usual] of Object.entries(FORMATS)) {
      for (const [Rows, Columns] of SIZES) {
        const format = { ...usual, Rows, Columns };
        if (unencodable(transferSyntaxUID, format) !== undefined) continue;
        const originals = CONTENTS.map((content) => madeFrame(format, content));
        const [first, ...rest] = originals.map((frame) =>
          encodeFrame(codecs, frame, { transferSyntaxUID })
        );
        const name = `${transferSyntaxUID} ${kind} ${Rows}x${Columns}`;
        yield { name, originals, encoded: [first!, ...rest] };
      }
    }
  }
}

/**
 * What a decoder makes of frames: `same`, `refuses`, or how far they are off. Lossy ones are held
 * against our own decoding of them, which the corpus proves.
 */
async function outcomeOf(
  codecs: Codecs,
  oracle: PixelOracle,
  { originals, encoded }: Made,
  folder: string,
): Promise<string> {
  const path = `${folder}/made.dcm`;
  const file = fileOfFrames(encoded);
  await Deno.writeFile(path, file);
  const stored = await storedFrames(file) as StoredFrames;
  const numbers = encoded.map((_, index) => index + 1);
  const answer = await askOracle(oracle, path, stored, numbers, folder);
  if (answer === undefined) return "refuses";
  let most = 0;
  const isExact = !isLossy(encoded[0]!.transferSyntaxUID);
  for (const [index, original] of originals.entries()) {
    const ours = isExact ? original : decodeFrame(codecs, encoded[index]!);
    const theirs = answer.get(index + 1)!;
    const isYbr = ours.format.PhotometricInterpretation === "RGB" &&
      theirs.format.PhotometricInterpretation === "YBR_FULL";
    const samples = isYbr ? rgbOf(samplesOf(theirs)) : samplesOf(theirs);
    most = Math.max(most, distance(samplesOf(ours), samples));
  }
  return most <= toleranceOf(encoded[0]!) ? "same" : `differs by ${most}`;
}

/** Grey levels between two decoders of one stream: of 16 bits, floating point leaves the last ones open. */
function toleranceOf({ transferSyntaxUID, format }: EncodedFrame): number {
  if (!isLossy(transferSyntaxUID)) return 0;
  return transferSyntaxUID === UID.htJpeg2000 && format.BitsStored > 12 ? 4 : 1;
}

/** DCMTK converts YBR_FULL to RGB, which the lossless ones are not to be compared after. */
function oraclesFor({ encoded: [{ transferSyntaxUID: uid }] }: Made): PixelOracle[] {
  const oracles = oraclesOf(uid).filter((oracle) => oracle !== "dcmtk guessing");
  if (uid !== UID.jpegLossless) return oracles;
  return oracles.map((oracle) => oracle === "dcmtk" ? "dcmtk as is" : oracle);
}

/** What decoders make of frames that are right for others, and why. */
const DIFFERENCES: readonly { readonly which: RegExp; readonly reason: string }[] = [
  {
    which: /\.1\.2\.5 RGB16 \S+: dcmtk same; gdcm differs/,
    reason: "GDCM mixes the bytes of samples of more than 8 bits in colour, from real files too",
  },
  {
    which: /\.1\.2\.5 u1 \S+: dcmtk refuses; gdcm refuses/,
    reason: "packed samples of 1 bit are new to RLE; compared with pydicom below",
  },
];

peerTest(
  "encodeFrame: makes of every form of frame what other decoders decode to the same samples",
  ["dcmdjpeg", "dcmdjpls", "dcmdrle", "gdcmconv", "opj_decompress"],
  async () => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-encode-" });
    const surprises: string[] = [];
    const seen = new Set<RegExp>();
    let compared = 0;
    try {
      for (const made of madeOf(codecs, BY_PROGRAMS)) {
        const outcomes: string[] = [];
        for (const oracle of oraclesFor(made)) {
          const outcome = await outcomeOf(codecs, oracle, made, folder);
          if (outcome === "same") compared++;
          outcomes.push(`${oracle} ${outcome}`);
        }
        const isAgreed = outcomes.some((outcome) => outcome.endsWith("same")) &&
          outcomes.every((outcome) => /same$|refuses$/.test(outcome));
        if (isAgreed) continue;
        const text = `${made.name}: ${outcomes.join("; ")}`;
        const known = DIFFERENCES.find(({ which }) => which.test(text));
        if (known === undefined) surprises.push(text);
        else seen.add(known.which);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(surprises, []);
    assertEquals(DIFFERENCES.filter(({ which }) => !seen.has(which)), []);
    assert(compared > 400, `only ${compared} compared`);
  },
);

peerTest(
  "encodeFrame: makes RLE and deflated frames that pydicom and zlib decode to the same bytes",
  ["/usr/bin/python3"],
  async () => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-encode-" });
    try {
      const files: string[] = [];
      const expected: string[][] = [];
      for (
        const { originals, encoded } of madeOf(codecs, [UID.rleLossless, UID.deflatedImageFrame])
      ) {
        // What is packed by the bit has no frame that ends within a byte here.
        const file = `${folder}/${files.length}.dcm`;
        await Deno.writeFile(file, fileOfFrames(encoded));
        files.push(file);
        expected.push(originals.map((frame) => sha1(byPixel(frame))));
      }
      const answers = await askPydicom<{ frames?: string[] }>(
        "pydicom_pixels.py",
        new URL(`file://${folder}/`),
        files,
      );
      assertEquals(answers.map(({ frames }) => frames), expected);
      assert(files.length > 100);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  "encodeFrame: makes of real frames of every form what other decoders decode to the same samples",
  ["corpus", "dcmdjpeg", "dcmdjpls", "dcmdrle", "opj_decompress"],
  async (corpus) => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-encode-" });
    const surprises: string[] = [];
    let compared = 0;
    try {
      for (const [file, original] of await realFrames(codecs, corpus)) {
        for (const transferSyntaxUID of BY_PROGRAMS) {
          if (isLossy(transferSyntaxUID)) continue;
          if (unencodable(transferSyntaxUID, original.format) !== undefined) continue;
          const encoded = encodeFrame(codecs, original, { transferSyntaxUID });
          const made: Made = { name: file, originals: [original], encoded: [encoded] };
          const [first] = oraclesFor(made);
          const oracle = first === "gdcm" ? "openjpeg" : first!;
          const outcome = await outcomeOf(codecs, oracle, made, folder);
          const isKnown = outcome === "refuses" && original.format.BitsAllocated === 1;
          if (outcome === "same") compared++;
          else if (!isKnown) surprises.push(`${file} ${transferSyntaxUID}: ${outcome}`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(surprises, []);
    assert(compared > 100, `only ${compared} compared`);
  },
);

/** The first frame of a file of each format, decoded. */
async function realFrames(codecs: Codecs, corpus: URL): Promise<[string, Frame][]> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  const frames = new Map<string, [string, Frame]>();
  for (const { file, bytes: length } of files) {
    if (length > 2_000_000) continue;
    const stored = await storedFrames(await Deno.readFile(`${corpus.pathname}${file}`));
    if (stored === undefined) continue;
    const { Rows: _, Columns: __, ...form } = stored.format;
    const key = JSON.stringify(form);
    const { transferSyntaxUID: uid, format } = stored;
    if (frames.has(key) || undecodable(uid, format) !== undefined) continue;
    try {
      const frame = decodeFrame(codecs, stored.frame(1));
      // Real frames may be shorter than they say, or share chroma, which is not compared here.
      if (frame.bytes.length >= fullFrameLength(format)) frames.set(key, [file, frame]);
    } catch (error) {
      if (!(error instanceof PixelError || error instanceof UnsupportedError)) throw error;
    }
  }
  return [...frames.values()];
}

/** Samples of 8 bits that lie by plane, those of a pixel together. */
function byPixel({ format, bytes }: Frame): Bytes {
  if (format.PlanarConfiguration === 0) return bytes;
  const pixels = bytes.length / 3;
  return bytes.map((_, index) => bytes[index % 3 * pixels + Math.floor(index / 3)]!);
}

function sha1(bytes: Bytes): string {
  return createHash("sha1").update(bytes).digest("hex");
}
