/**
 * Scans of real files against pydicom: every element of every file, by tag, VR, length and value.
 * @module
 */
import { assertEquals } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import { type ListedElement, listElements, scan } from "../support/element_list.ts";
import { peerTest } from "../support/peers.ts";
import { type PydicomElement, pydicomElements } from "../support/pydicom_elements.ts";

/** Files that are refused although pydicom reads what there is of them, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  "generated/odd/truncated_in_meta.dcm": "cut off inside File Meta Information",
};

/** Files that can be read to some place only, and what the scan says of them. */
const DAMAGED: Readonly<Record<string, string>> = {
  "generated/odd/truncated_in_pixels.dcm":
    "The object ends 700 bytes before the end of (7FE0,0010)",
  "generated/odd/truncated_in_header.dcm": "The object ends inside the header of an element",
  "generated/odd/length_too_big.dcm": "The object ends 62118 bytes before the end of (0010,0010)",
  "generated/odd/trailing_garbage.dcm":
    "The object ends 1633841679 bytes before the end of (0100,6702)",
  "files/pydicom_pydicom/MR_truncated.dcm":
    "The object ends 62 bytes before the end of (7FE0,0010)",
  "files/pydicom_pydicom/rtplan_truncated.dcm":
    "The object ends 21 bytes before the end of (300A,012C)",
  "files/pydicom_pydicom/dicomdirtests/DICOMDIR-nooffset":
    "An item is longer than the sequence that holds it",
  "files/pydicom_pydicom-data/emri_small_jpeg_2k_lossless_too_short.dcm":
    "The object ends before the end of (7FE0,0010)",
};

const CUT_OFF = "the value is cut off (PS3.5 7.1.1): pydicom keeps what there is of it";

/** Elements that differ, by file and path, with the clause that decides. */
const DIFFERENT: readonly { file: string; path: string; reason: string }[] = [
  {
    file: "files/pydicom_pydicom/rtplan_truncated.dcm",
    path: "300A00B0/0/300A0111/0/300A012C",
    reason: CUT_OFF,
  },
  { file: "generated/odd/length_too_big.dcm", path: "00100010", reason: CUT_OFF },
  { file: "generated/odd/trailing_garbage.dcm", path: "01006702", reason: CUT_OFF },
  {
    file: "files/pydicom_pydicom/dicomdirtests/DICOMDIR-nooffset",
    path: "00041220",
    reason: "an item longer than its sequence (PS3.5 7.5.2): pydicom reads it to the end",
  },
  {
    file: "files/pydicom_pydicom/rtdose_rle.dcm",
    path: "300C0002",
    reason: "a sequence as UN: its content is implicit (PS3.5 6.2.2 Note 4); pydicom keeps bytes",
  },
  {
    file: "files/pydicom_pydicom/rtdose_rle_1frame.dcm",
    path: "300C0002",
    reason: "a sequence as UN: its content is implicit (PS3.5 6.2.2 Note 4); pydicom keeps bytes",
  },
  {
    file: "files/pydicom_pydicom-data/bad_sequence.dcm",
    path: "00189346",
    reason: "a sequence as UN: its content is implicit (PS3.5 6.2.2 Note 4); pydicom keeps bytes",
  },
];

peerTest(
  "scan: finds the elements that pydicom finds in every file of the corpus",
  ["corpus", "/usr/bin/python3"],
  async (corpus) => {
    const differences: string[] = [];
    const unused = new Set([
      ...Object.keys(REFUSED),
      ...Object.entries(DAMAGED).map((entry) => entry.join(": ")),
      ...DIFFERENT.map(({ file, path }) => `${file} ${path}`),
    ]);
    const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const names = manifest.files.map(({ file }: { readonly file: string }) => file);
    for (const answer of await pydicomElements(corpus, names)) {
      const bytes = await Deno.readFile(new URL(answer.file, corpus));
      const ours = await scanOrRefuse(bytes);
      if (ours === undefined) {
        const isReadable = answer.elements !== undefined && !answer.forced;
        if (isReadable && !unused.delete(answer.file)) differences.push(`${answer.file}: refused`);
        continue;
      }
      if (ours.damage !== undefined) {
        const found = `${answer.file}: ${ours.damage}`;
        if (!unused.delete(found)) differences.push(found);
      }
      for (const path of differing(ours.elements, answer.elements ?? [])) {
        const known = DIFFERENT.find((difference) =>
          difference.file === answer.file && path.startsWith(difference.path)
        );
        if (known === undefined) differences.push(`${answer.file} ${path}`);
        else unused.delete(`${known.file} ${known.path}`);
      }
    }
    assertEquals(differences, []);
    assertEquals([...unused], [], "no difference is listed that is none");
  },
);

async function scanOrRefuse(bytes: Uint8Array) {
  try {
    const found = await scan(bytes, 1000);
    return { elements: listElements(found, bytes), damage: found.damage };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function differing(
  ours: readonly ListedElement[],
  theirs: readonly PydicomElement[],
): string[] {
  const byPath = new Map(theirs.map((element) => [element[0], element]));
  const paths = ours.filter(({ path, vr, length, digest }) => {
    const their = byPath.get(path);
    byPath.delete(path);
    if (their === undefined) return true;
    const [, theirVR, theirLength, theirDigest] = their;
    // In implicit VR pydicom says "US or SS" where the data set decides between them.
    if (theirVR !== "" && !theirVR.split(" or ").includes(vr)) return true;
    return theirLength >= 0 && (theirLength !== length || theirDigest !== digest);
  }).map(({ path }) => path);
  return [...paths, ...byPath.keys()];
}
