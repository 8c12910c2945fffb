/**
 * Every frame of the corpus as we decode it and as pydicom, DCMTK, GDCM and OpenJPEG do.
 * @module
 */
import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { UnsupportedError } from "../../lib/errors.ts";
import { EXPLICIT_VR_BIG_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { decodedFormat } from "../../server/pixels/codecs/decoded_format.ts";
import { type Codecs, loadCodecs } from "../../server/pixels/codecs/load.ts";
import { type Frame, PixelError } from "../../server/pixels/frame.ts";
import { peerTest } from "../support/peers.ts";
import {
  askOracle,
  distance,
  type OracleFrames,
  oraclesOf,
  rgbOf,
  samplesOf,
} from "../support/pixel_oracles.ts";
import { askPydicom } from "../support/pydicom.ts";
import { type StoredFrames, storedFrames } from "../support/stored_frames.ts";

const VIDEO = "The frames of this instance are one stream; retrieve its pixel data as a whole";

/** Files on which decoders differ, what they make of them, and why. */
const DIFFERENCES: readonly { files: readonly string[]; outcome: string; reason: string }[] = [
  {
    files: ["example.dcm", "example-mg.dcm"].map((name) =>
      `files/GoogleCloudPlatform_healthcare-dicom-dicomweb-adapter/${name}`
    ),
    outcome: "dcmtk differs by 128; dcmtk guessing same; gdcm differs by 128",
    reason: "the data set says RGB, the stream is a JFIF file, which is YCbCr: gray becomes gray",
  },
  {
    files: ["files/pydicom_pydicom/SC_jpeg_no_color_transform.dcm"],
    outcome: "dcmtk same; dcmtk guessing differs by 137; gdcm same",
    reason: "the data set says RGB and nothing in the stream says other; the library guesses YCbCr",
  },
  {
    files: ["files/pydicom_pydicom/SC_rgb_rle_16bit.dcm"],
    outcome: "dcmtk same; gdcm differs by 65535",
    reason: "GDCM mixes the bytes of samples of more than 8 bits in colour",
  },
  {
    files: ["files/pydicom_pydicom/SC_rgb_rle_32bit.dcm"],
    outcome: "dcmtk same; gdcm differs by 2139062143",
    reason: "GDCM mixes the bytes of samples of more than 8 bits in colour",
  },
  {
    files: ["liver_rle.dcm", "liver_nonbyte_aligned_rle.dcm"].map((name) =>
      `files/pydicom_pydicom-data/${name}`
    ),
    outcome: "dcmtk refuses; gdcm refuses",
    reason: "packed samples of 1 bit are new to RLE; compared with pydicom below",
  },
  {
    files: [
      "files/pydicom_pydicom-data/liver_deflate.dcm",
      "files/pydicom_pydicom-data/liver_nonbyte_aligned_deflate.dcm",
      "generated/compressed/deflated_image_frame_1bit_odd.dcm",
    ],
    outcome: "gdcm refuses",
    reason: "the transfer syntax is new; compared with zlib below",
  },
  {
    files: ["files/pydicom_pydicom/JPEG2000-embedded-sequence-delimiter.dcm"],
    outcome:
      "damaged: The JPEG 2000 codestream has impossible tiles; gdcm refuses; openjpeg refuses",
    reason: "a delimiter was written over the size of the image",
  },
  {
    files: ["hevc_main51", "mpeg2_mpml", "mpeg4_avc_hp41"].map((name) =>
      `generated/video/${name}.dcm`
    ),
    outcome: `${VIDEO}; gdcm refuses`,
    reason: "video is not decoded",
  },
];

/** Frames compared of a file by running other programs: the first, the last, and one between. */
function spread(count: number): number[] {
  return [...new Set([1, Math.ceil(count / 2), count])];
}

interface CorpusFile {
  readonly file: string;
  readonly path: string;
  readonly stored: StoredFrames;
}

async function* corpusFiles(corpus: URL): AsyncGenerator<CorpusFile> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  for (const { file } of files) {
    const path = `${corpus.pathname}${file}`;
    const stored = await storedFrames(await Deno.readFile(path));
    if (stored !== undefined) yield { file, path, stored };
  }
}

/** Our frames by number, or the reason why there are none. */
function ourFrames(
  codecs: Codecs,
  stored: StoredFrames,
  numbers: readonly number[],
): Map<number, Frame> | string {
  try {
    return new Map(numbers.map((number) => {
      const encoded = stored.frame(number);
      const frame = decodeFrame(codecs, encoded);
      assertEquals(decodedFormat(encoded), frame.format);
      return [number, frame];
    }));
  } catch (error) {
    if (error instanceof PixelError) return `${error.kind}: ${error.message}`;
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}

/** `same` or how far away at most; `refuses`. */
function compare(ours: Map<number, Frame>, theirs: OracleFrames, tolerance: number): string {
  if (theirs === undefined) return "refuses";
  let most = 0;
  for (const [number, frame] of ours) {
    const other = theirs.get(number)!;
    const isYbr = frame.format.PhotometricInterpretation === "RGB" &&
      other.format.PhotometricInterpretation === "YBR_FULL";
    const samples = isYbr ? rgbOf(samplesOf(other)) : samplesOf(other);
    most = Math.max(most, distance(samplesOf(frame), samples));
  }
  return most <= tolerance ? "same" : `differs by ${most}`;
}

peerTest(
  "decodeFrame: gives of every compressed file of the corpus what other decoders give",
  ["corpus", "dcmdjpeg", "gdcmconv", "opj_decompress"],
  async (corpus) => {
    const codecs = await loadCodecs();
    const folder = await Deno.makeTempDir({ prefix: "gantry-decode-" });
    const found: { file: string; outcome: string }[] = [];
    let compared = 0;
    try {
      for await (const { file, path, stored } of corpusFiles(corpus)) {
        const syntax = transferSyntax(stored.transferSyntaxUID);
        if (syntax?.encapsulated !== true) continue;
        const numbers = spread(stored.count);
        const ours = ourFrames(codecs, stored, numbers);
        const tolerance = syntax.lossy === "lossless" ? 0 : 1;
        const outcomes = new Map<string, string>();
        for (const oracle of oraclesOf(stored.transferSyntaxUID)) {
          const answer = await askOracle(oracle, path, stored, numbers, folder);
          const outcome = typeof ours !== "string"
            ? compare(ours, answer, tolerance)
            : answer === undefined
            ? "refuses"
            : "decodes";
          outcomes.set(oracle, outcome);
        }
        const all = [...outcomes.values()];
        const isAgreed = all.includes("same") &&
          all.every((outcome) => outcome === "same" || outcome === "refuses");
        if (isAgreed) compared++;
        else {
          const texts = [...outcomes].map(([oracle, outcome]) => `${oracle} ${outcome}`);
          found.push({
            file,
            outcome: [...typeof ours === "string" ? [ours] : [], ...texts].join("; "),
          });
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    const expected = DIFFERENCES.flatMap(({ files, outcome }) =>
      files.map((file) => ({ file, outcome }))
    );
    const byFile = (a: { file: string }, b: { file: string }) => a.file < b.file ? -1 : 1;
    assertEquals(found.sort(byFile), expected.sort(byFile));
    assert(compared > 80, `only ${compared} files compared`);
  },
);

interface Hashes {
  readonly frames?: readonly string[];
}

peerTest(
  "decodeFrame: gives of RLE and deflated frames of the corpus what pydicom and zlib give",
  ["corpus", "/usr/bin/python3"],
  async (corpus) => {
    const isAsked = ({ stored }: CorpusFile) => /\.1\.2\.(5|8\.1)$/.test(stored.transferSyntaxUID);
    await compareHashes(corpus, "pydicom_pixels.py", isAsked, 20);
  },
);

peerTest(
  "decodeFrame: gives of native files of the corpus the frames that pydicom cuts",
  ["corpus", "/usr/bin/python3"],
  async (corpus) => {
    // Big endian ones are swapped before they come here.
    const isAsked = ({ stored: { transferSyntaxUID: uid } }: CorpusFile) =>
      transferSyntax(uid)?.encapsulated === false && uid !== EXPLICIT_VR_BIG_ENDIAN &&
      transferSyntax(uid)?.deflated === false;
    await compareHashes(corpus, "pydicom_frames.py", isAsked, 200);
  },
);

/** Every frame of the files asked for, where the script has frames of them. */
async function compareHashes(
  corpus: URL,
  script: string,
  isAsked: (file: CorpusFile) => boolean,
  least: number,
): Promise<void> {
  const codecs = await loadCodecs();
  const asked = (await Array.fromAsync(corpusFiles(corpus))).filter(isAsked);
  const answers = await askPydicom<Hashes>(script, corpus, asked.map(({ file }) => file));
  let compared = 0;
  for (const [index, { file, stored }] of asked.entries()) {
    const { frames } = answers[index]!;
    if (frames === undefined || frames.length === 0) continue;
    const numbers = Array.from({ length: stored.count }, (_, i) => i + 1);
    const ours = ourFrames(codecs, stored, numbers);
    assert(typeof ours !== "string", `${file}: ${ours}`);
    const hash = ({ bytes }: Frame) => createHash("sha1").update(bytes).digest("hex");
    assertEquals([...ours.values()].map(hash), frames, file);
    compared++;
  }
  assert(compared >= least, `only ${compared} files compared`);
}
