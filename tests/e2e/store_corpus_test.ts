/**
 * Every real file there is: what pydicom or DCMTK can read and has its UIDs is stored, everything
 * else is refused with a reason.
 * @module
 */
import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { multipart, type TestArchive, withArchive } from "../support/archive.ts";
import { peerTest } from "../support/peers.ts";

/** Files that are refused although pydicom makes something of what there is of them, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  "generated/odd/truncated_in_pixels.dcm": "cut off inside Pixel Data",
  "generated/odd/trailing_garbage.dcm": "bytes behind the data set that are no element",
  "files/pydicom_pydicom/MR_truncated.dcm": "cut off inside Pixel Data",
  "files/pydicom_pydicom/rtplan_truncated.dcm": "cut off inside a sequence",
  "files/pydicom_pydicom-data/emri_small_jpeg_2k_lossless_too_short.dcm":
    "cut off before the Sequence Delimitation Item of Pixel Data",
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
    const unused = new Set(Object.keys(REFUSED));
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
          } else if (isReadable && !unused.delete(entry.file)) {
            surprises.push(`${entry.file}: ${answer.reason} ${answer.comment}`);
          } else {
            assert(answer.comment.length > 10, entry.file);
          }
        }
        assertEquals(archive.reported, []);
      });
    }
    assertEquals(surprises, []);
    assertEquals([...unused], [], "no refusal is listed that is none");
  },
);

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
  | { readonly kind: "stored" }
  | { readonly kind: "failed"; readonly reason: number; readonly comment: string };

async function store(archive: TestArchive, bytes: Uint8Array): Promise<Stored> {
  const response = await archive.fetch("/studies", {
    method: "POST",
    ...multipart([{ body: bytes }]),
  });
  const module = await response.json();
  if (response.status !== 409) return { kind: "stored" };
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
