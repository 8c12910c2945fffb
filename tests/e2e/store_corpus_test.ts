/**
 * Every real file there is: what pydicom or DCMTK can read and has its UIDs is stored, everything
 * else is refused with a reason.
 * @module
 */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { multipart, type TestArchive, withArchive } from "../support/archive.ts";
import { peerTest } from "../support/peers.ts";

/** Files that are stored although they are damaged, and the warning that says so. */
const DAMAGED: Readonly<Record<string, string>> = {
  "generated/odd/truncated_in_pixels.dcm":
    "The object ends 700 bytes before the end of (7FE0,0010)",
  "generated/odd/trailing_garbage.dcm":
    "The object ends 1633841679 bytes before the end of (0100,6702)",
  "files/pydicom_pydicom/MR_truncated.dcm":
    "The object ends 62 bytes before the end of (7FE0,0010)",
  "files/pydicom_pydicom/rtplan_truncated.dcm":
    "The object ends 21 bytes before the end of (300A,012C)",
  "files/pydicom_pydicom-data/emri_small_jpeg_2k_lossless_too_short.dcm":
    "The object ends before the end of (7FE0,0010)",
};

/** Files without the UIDs, and what is said of those that are damaged as well. */
const REFUSED: Readonly<Record<string, string>> = {
  "generated/odd/truncated_in_header.dcm": "The object ends inside the header of an element",
  "generated/odd/truncated_in_meta.dcm": "The object ends 22 bytes before the end of (0002,0002)",
  "generated/odd/length_too_big.dcm": "The object ends 62118 bytes before the end of (0010,0010)",
  "generated/odd/empty.dcm": "The object is empty",
  "generated/odd/not_dicom.dcm": "Neither a Part 10 file nor a data set in a known encoding",
  "files/pydicom_pydicom/no_meta.dcm": "Neither a Part 10 file nor a data set in a known encoding",
  "files/pydicom_pydicom/dicomdirtests/DICOMDIR-nooffset":
    "A DICOMDIR lists instances and is none itself",
};

/** What the manifest says of a file: UIDs as pydicom reads them. */
interface ManifestEntry {
  readonly file: string;
  readonly study_uid: string | null;
  readonly series_uid: string | null;
  readonly instance_uid: string | null;
  readonly sop_class_uid: string | null;
}

peerTest(
  "POST /studies: stores every readable file of the corpus, and says why where it does not",
  ["corpus", "dcmdump"],
  async (corpus) => {
    const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const surprises: string[] = [];
    const unused = new Set([...Object.keys(DAMAGED), ...Object.keys(REFUSED)]);
    for (const files of withoutCollisions(manifest.files)) {
      await withArchive(async (archive) => {
        for (const entry of files) {
          const path = new URL(entry.file, corpus);
          const bytes = await Deno.readFile(path);
          const answer = await store(archive, bytes);
          const isReadable = hasUIDs(entry) || await isReadableByDcmtk(path);
          if (answer.kind === "stored") {
            await assertStored(archive, bytes);
            if (!isReadable) surprises.push(`${entry.file}: stored, though nobody reads it`);
            assertEquals(answer.damage, DAMAGED[entry.file], entry.file);
          } else {
            if (isReadable) surprises.push(`${entry.file}: ${answer.reason} ${answer.comment}`);
            const reason = REFUSED[entry.file];
            if (reason === undefined) assertMatch(answer.comment, UID_MISSING, entry.file);
            else assertEquals(answer.comment, reason, entry.file);
          }
          unused.delete(entry.file);
        }
        assertEquals(archive.reported, []);
      });
    }
    assertEquals(surprises, []);
    assertEquals([...unused], [], "no file is listed that is not there");
  },
);

const UID_MISSING = /UID is missing$|^A DICOMDIR lists instances/;
const DAMAGE = /^The object ends |where an item was due|longer than/;

/** Groups of files with no SOP Instance UID twice: the corpus holds different content under one. */
function withoutCollisions(entries: readonly ManifestEntry[]): ManifestEntry[][] {
  const seen = new Map<string, number>();
  const groups: ManifestEntry[][] = [];
  for (const entry of entries) {
    const uid = entry.instance_uid ?? entry.file;
    const count = seen.get(uid) ?? 0;
    seen.set(uid, count + 1);
    (groups[count] ??= []).push(entry);
  }
  return groups;
}

function hasUIDs(entry: ManifestEntry): boolean {
  const { study_uid, series_uid, instance_uid, sop_class_uid } = entry;
  return [study_uid, series_uid, instance_uid, sop_class_uid].every((uid) =>
    uid !== null && uid !== ""
  );
}

/** True where dcmdump reads it to its end and finds the four UIDs. */
async function isReadableByDcmtk(path: URL): Promise<boolean> {
  const tags = ["0020,000d", "0020,000e", "0008,0018", "0008,0016"];
  const { success, stdout } = await new Deno.Command("dcmdump", {
    args: ["-q", ...tags.flatMap((tag) => ["+P", tag]), path.pathname],
    stderr: "null",
  }).output();
  const dump = new TextDecoder().decode(stdout).toLowerCase();
  return success && tags.every((tag) => new RegExp(`^\\(${tag}\\) ui [=[]`, "m").test(dump));
}

type Stored =
  | { readonly kind: "stored"; readonly damage: string | undefined }
  | { readonly kind: "failed"; readonly reason: number; readonly comment: string };

async function store(archive: TestArchive, bytes: Uint8Array): Promise<Stored> {
  const response = await archive.fetch("/studies", {
    method: "POST",
    ...multipart([{ body: bytes }]),
  });
  const module = await response.json();
  if (response.status !== 409) {
    const [{ "00000902": comment, "00081196": reason }] = module["00081199"].Value;
    const damage = comment?.Value[0].split("; ").find((text: string) => DAMAGE.test(text));
    if (damage !== undefined) assertEquals([response.status, reason.Value], [202, [0xb007]]);
    return { kind: "stored", damage };
  }
  const [item] = (module["00081198"] ?? module["0008119A"]).Value;
  return {
    kind: "failed",
    reason: item["00081197"].Value[0],
    comment: item["00000902"].Value[0],
  };
}

/** The last row is the file's, byte for byte. */
async function assertStored(archive: TestArchive, bytes: Uint8Array): Promise<void> {
  const row = (await archive.rows()).at(-1);
  assert(row !== undefined);
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = row;
  const scope = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
  assertEquals((await archive.index.state("default", scope)).kind, "present");
  const stored = await new Response(await archive.blobs.open(row.blobKey)).arrayBuffer();
  assertEquals(Buffer.compare(new Uint8Array(stored), bytes), 0);
}
