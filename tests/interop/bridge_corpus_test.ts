import { assert, assertEquals } from "@std/assert";
import { withGateway } from "../support/bridge_process.ts";
import { asSent, assertStored, send } from "../support/bridge_sending.ts";
import { statusesOf } from "../support/dcmtk.ts";
import { type Part10File, splitPart10 } from "../support/part10_files.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";

/** A file of the corpus, with the UIDs of its data set. */
interface Entry {
  readonly file: string;
  readonly instance_uid: string | null;
  readonly series_uid: string | null;
  readonly study_uid: string | null;
  readonly sop_class_uid: string | null;
}

/** Those that have their UIDs and are the only one with their SOP Instance UID. */
async function distinctInstances(corpus: URL): Promise<Entry[]> {
  const { files }: { files: Entry[] } = JSON.parse(
    await Deno.readTextFile(new URL("MANIFEST.json", corpus)),
  );
  const counts = new Map<string | null, number>();
  for (const { instance_uid: UID } of files) counts.set(UID, (counts.get(UID) ?? 0) + 1);
  return files.filter(({ instance_uid: UID, series_uid, study_uid, sop_class_uid }) =>
    UID && series_uid && study_uid && sop_class_uid && counts.get(UID) === 1
  );
}

/** Runs a test with a folder of these files. */
async function withCopies(
  corpus: URL,
  entries: readonly Entry[],
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-corpus-" });
  try {
    for (const [index, { file }] of entries.entries()) {
      await Deno.copyFile(new URL(file, corpus), `${folder}/${index}.dcm`);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Of a file whose data set has another UID than its File Meta Information, from which dcmsend takes that of the command. */
const TWO_UIDS = "1.2.999999999999999999999999999999999999999999999999999999999999";

peerTest(
  "bridge: stores the corpus as dcmsend sends it, unchanged",
  ["dcmsend", "storescp", "corpus"],
  async (corpus) =>
    await withCopies(corpus, await distinctInstances(corpus), async (folder) => {
      const args = ["--decompress-never", "-nh", "-nuc", "+sd", folder];
      const sent = await asSent("dcmsend", args);
      assert(sent.length > 330, `${sent.length} files`);
      await withGateway(async (gateway) => {
        const { output } = await send("dcmsend", gateway, ...args);
        const failures = statusesOf(output).filter((status) => status !== "Success");
        assertEquals(failures, ["Error: DataSetDoesNotMatchSOPClass"]);
        await assertStored(gateway, sent.filter((file) => file.SOPInstanceUID !== TWO_UIDS));
      });
    }),
);

/** A command has no place for what they are: one names no SOP class, the other's UID is too long. */
const CANNOT_BE_SENT = new Set([
  "files/pydicom_pynetdicom/dicom_files/CTImageStorage_bad_meta.dcm",
  "generated/odd/uid_too_long.dcm",
]);

peerTest("bridge: stores the corpus as it is, to the byte", ["corpus"], async (corpus) => {
  const honest: Entry[] = [];
  const files: Part10File[] = [];
  for (const entry of await distinctInstances(corpus)) {
    const bytes = await Deno.readFile(new URL(entry.file, corpus));
    if (!hasGroupLength(bytes) || CANNOT_BE_SENT.has(entry.file)) continue;
    const file = splitPart10(bytes);
    // The UID of the command is that of File Meta Information: where it is another, storing is refused.
    if (file.SOPInstanceUID !== entry.instance_uid) continue;
    honest.push(entry);
    files.push(withoutOddEnd(file));
  }
  assert(honest.length > 370, `${honest.length} files`);
  await withCopies(corpus, honest, (folder) =>
    withGateway(async (gateway) => {
      const peer = `${gateway.aet}@${gateway.host}:${gateway.port}`;
      const { code, stdout, stderr } = await runTask(["bridge", "store", peer, folder]);
      assertEquals(code, 0, stderr);
      assertEquals(stdout.trim(), `${honest.length} instances stored`);
      await assertStored(gateway, files);
    }));
});

/** PS3.10 7.1 demands it, and not all writers obey. */
function hasGroupLength(file: Uint8Array): boolean {
  return [2, 0, 0, 0, 0x55, 0x4C].every((byte, index) => file[132 + index] === byte);
}

/** A data set of odd length, which cannot be sent, is sent with a null at its end. */
function withoutOddEnd(file: Part10File): Part10File {
  if (file.dataSet.length % 2 === 0) return file;
  const dataSet = new Uint8Array(file.dataSet.length + 1);
  dataSet.set(file.dataSet);
  return { ...file, dataSet };
}
