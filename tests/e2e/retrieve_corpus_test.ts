/**
 * Every real file there is, stored and retrieved: as stored byte for byte, re-encoded, and frame by
 * frame against pydicom.
 * @module
 */
import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { encodeJson } from "../../lib/dicom/json.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";
import { readParts } from "../support/retrieval.ts";
import { IS_BRIEF } from "../support/storage.ts";
import { corpusEntries, type CorpusEntry, forEachStored } from "../support/stored_corpus.ts";

const STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const ANY_FRAME = 'multipart/related; type="*/*"; transfer-syntax=*';

/** Of how many files a brief run takes one. */
const PART = 8;

/** What must have been looked at, at least. */
const LEAST = IS_BRIEF
  ? { asStored: 40, reencoded: 20, frames: 80 }
  : { asStored: 400, reencoded: 200, frames: 900 };

/** Every file of the corpus, or some in a brief run. */
async function someEntries(corpus: URL): Promise<CorpusEntry[]> {
  const entries = await corpusEntries(corpus);
  return IS_BRIEF ? entries.filter((_, at) => at % PART === 0) : entries;
}

async function scanOf(bytes: Uint8Array) {
  const scanner = createInstanceScanner();
  await scanner.push(bytes);
  return await scanner.end();
}

async function jsonOf(bytes: Uint8Array): Promise<unknown> {
  const { dataSet } = await scanOf(bytes);
  return JSON.parse(encodeJson(dataSet, { bulkDataURI: (path) => path }));
}

peerTest(
  "GET instance: gives every file of the corpus back as stored, and re-encoded where none is named",
  ["corpus"],
  async (corpus) => {
    let asStored = 0;
    let reencoded = 0;
    await forEachStored(
      corpus,
      await someEntries(corpus),
      async ({ file, bytes, row, path }, { get }) => {
        const [part] = await readParts(await get(path, STORED));
        assertEquals(part?.bytes, bytes, file);
        asStored++;
        const response = await get(path);
        const syntax = transferSyntax(row.TransferSyntaxUID);
        const isExplicit = row.TransferSyntaxUID === EXPLICIT_VR_LITTLE_ENDIAN;
        if (syntax?.lossy === "lossless" && row.damage !== undefined && !isExplicit) {
          assertEquals(response.status, 406, file);
          await response.body?.cancel();
          return;
        }
        if (syntax?.lossy === "lossless" && syntax.encapsulated) {
          // Its pixels are made anew, or not: transcode_corpus_test.ts looks at each.
          await response.body?.cancel();
          return;
        }
        const [given] = await readParts(response);
        assert(given !== undefined);
        if (syntax?.lossy !== "lossless") {
          assertEquals(given.bytes, bytes, file);
          return;
        }
        const { transferSyntaxUID } = await scanOf(given.bytes);
        assertEquals(transferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN, file);
        assertEquals(await jsonOf(given.bytes), await jsonOf(bytes), file);
        reencoded++;
      },
    );
    assert(
      asStored > LEAST.asStored && reencoded > LEAST.reencoded,
      `${asStored} as stored, ${reencoded} re-encoded`,
    );
  },
);

/** PS3.18 8.7.3.3.2: a video is one representation of all its frames. */
const VIDEO = "all frames are one stream, which pydicom calls a frame";

const DAMAGED = "the pixel data is cut off: both stop, in words of their own";

/** Frames that pydicom and we see differently, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "files/pydicom_pydicom/badVR.dcm":
    "NumberOfFrames is no integer (PS3.5 6.2, IS): pydicom stops, we see one frame",
  "files/pydicom_pydicom/MR_truncated.dcm": DAMAGED,
  "generated/odd/truncated_in_pixels.dcm": DAMAGED,
  "generated/video/hevc_main51.dcm": VIDEO,
  "generated/video/mpeg2_mpml.dcm": VIDEO,
  "generated/video/mpeg4_avc_hp41.dcm": VIDEO,
};

peerTest(
  "GET frames: gives of every file of the corpus the frames that pydicom finds",
  ["corpus", "/usr/bin/python3"],
  async (corpus) => {
    const entries = await someEntries(corpus);
    const expected = await pydicomFrames(corpus, entries.map(({ file }) => file));
    const surprises: string[] = [];
    let compared = 0;
    await forEachStored(corpus, entries, async ({ file, path }, { get }) => {
      const theirs = expected.get(file);
      const count = theirs?.frames?.length ?? 1;
      const list = Array.from({ length: Math.max(1, count) }, (_, i) => i + 1).join();
      const response = await get(`${path}/frames/${list}`, ANY_FRAME);
      let ours: string;
      if (response.status === 200) {
        const parts = await readParts(response);
        ours = parts.map(({ bytes }) => createHash("sha1").update(bytes).digest("hex")).join();
      } else {
        const { detail } = await response.json();
        ours = `${response.status} ${detail}`;
      }
      const found = theirs?.frames;
      if (found?.length === 0) {
        assertEquals(response.status, 404, file);
      } else if (found === undefined || ours !== found.join()) {
        if (DIFFERENCES[file] === undefined) {
          surprises.push(`${file}: ${ours.slice(0, 200)} | ${theirs?.error ?? found?.length}`);
        }
      } else {
        compared += found.length;
      }
    });
    assertEquals(surprises, []);
    assert(compared > LEAST.frames, `only ${compared} frames compared`);
  },
);

/** SHA-1 of every frame as pydicom finds it, or why it finds none, by file. */
async function pydicomFrames(corpus: URL, files: readonly string[]) {
  const answers = await askPydicom<{ file: string; frames?: readonly string[]; error?: string }>(
    "pydicom_frames.py",
    corpus,
    files,
  );
  return new Map(answers.map((answer) => [answer.file, answer]));
}
