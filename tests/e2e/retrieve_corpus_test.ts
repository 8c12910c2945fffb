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
import type { InstanceRow } from "../../server/index/index.ts";
import { multipart } from "../support/archive.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";
import { readParts, type Retrieval, withRetrieval } from "../support/retrieval.ts";

const STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const ANY_FRAME = 'multipart/related; type="*/*"; transfer-syntax=*';

/** One stored file of the corpus. */
interface StoredFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly row: InstanceRow;
  readonly path: string;
}

/** Runs on every file that is stored, in archives in which no SOP Instance UID is there twice. */
async function forEachStored(
  corpus: URL,
  run: (stored: StoredFile, retrieval: Retrieval) => Promise<void>,
): Promise<void> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  for (const group of withoutCollisions(files)) {
    await withRetrieval(async (retrieval) => {
      for (const { file } of group) {
        const bytes = await Deno.readFile(new URL(file, corpus));
        const request = { method: "POST", ...multipart([{ body: bytes }]) };
        const answer = await retrieval.archive.fetch("/studies", request);
        await answer.body?.cancel();
        if (answer.status === 409) continue;
        const row = (await retrieval.archive.rows()).at(-1);
        assert(row !== undefined);
        const path = `/studies/${row.StudyInstanceUID}/series/${row.SeriesInstanceUID}` +
          `/instances/${row.SOPInstanceUID}`;
        await run({ file, bytes, row, path }, retrieval);
      }
    });
  }
}

function withoutCollisions(
  entries: readonly { readonly file: string; readonly instance_uid: string | null }[],
) {
  const seen = new Map<string, number>();
  const groups: { readonly file: string }[][] = [];
  for (const { file, instance_uid } of entries) {
    const uid = instance_uid ?? file;
    const count = seen.get(uid) ?? 0;
    seen.set(uid, count + 1);
    (groups[count] ??= []).push({ file });
  }
  return groups;
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
    await forEachStored(corpus, async ({ file, bytes, row, path }, { get }) => {
      const [part] = await readParts(await get(path, STORED));
      assertEquals(part?.bytes, bytes, file);
      asStored++;
      const response = await get(path);
      const syntax = transferSyntax(row.TransferSyntaxUID);
      const isExplicit = row.TransferSyntaxUID === EXPLICIT_VR_LITTLE_ENDIAN;
      const isStuck = syntax?.encapsulated || (row.damage !== undefined && !isExplicit);
      if (syntax?.lossy === "lossless" && isStuck) {
        assertEquals(response.status, 406, file);
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
    });
    assert(asStored > 400 && reencoded > 200, `${asStored} as stored, ${reencoded} re-encoded`);
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
    const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const expected = await pydicomFrames(corpus, files.map(({ file }: StoredFile) => file));
    const surprises: string[] = [];
    let compared = 0;
    await forEachStored(corpus, async ({ file, path }, { get }) => {
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
    assert(compared > 900, `only ${compared} frames compared`);
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
