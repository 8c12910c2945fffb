/**
 * Archives of every study of the corpus, as other programs unpack and read them: unzip and Python's
 * zipfile, pydicom's FileSet, DCMTK, GDCM and dicom3tools.
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { createHash } from "node:crypto";
import { createZipWriter, dosMoment, zipHeadLength } from "../../lib/bytes/zip.ts";
import { multipart, type TestArchive } from "../support/archive.ts";
import { IS_LONG } from "../support/chance.ts";
import { runTool } from "../support/dcmtk.ts";
import { peerTest, type Program } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";
import { withRetrieval } from "../support/retrieval.ts";

/** A record of a DICOMDIR, as pydicom_dicomdir.py tells it. */
interface DirectoryRecord {
  readonly type: string;
  /** Of the instance: its SOP Instance UID, class and transfer syntax; "" at other levels. */
  readonly uid: string;
  readonly class: string;
  readonly syntax: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly below: readonly DirectoryRecord[];
}

interface ReadDirectory {
  readonly error?: string;
  readonly tree: readonly DirectoryRecord[];
  readonly records: number;
  /** Records to which no offset leads. */
  readonly unreached: number;
  readonly files: readonly { readonly uid: string; readonly sha256: string }[];
}

/** An archive of a study, unpacked. */
interface Unpacked {
  readonly StudyInstanceUID: string;
  readonly folder: string;
}

const PYTHON = "/usr/bin/python3";

/** Stores the corpus and unpacks the archive of each study, which two programs have tested. */
async function withUnpacked(
  corpus: URL,
  test: (studies: readonly Unpacked[], archive: TestArchive) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-zip-" });
  try {
    await withRetrieval(async ({ archive, get }) => {
      await storeCorpus(archive, corpus);
      const uids = new Set((await archive.rows()).map((row) => row.StudyInstanceUID));
      const studies: Unpacked[] = [];
      for (const StudyInstanceUID of uids) {
        const folder = `${root}/${studies.length}`;
        const response = await get(`/studies/${StudyInstanceUID}`, "application/zip");
        await Deno.writeFile(`${folder}.zip`, response.body!);
        await run("unzip", "-q", `${folder}.zip`, "-d", folder);
        studies.push({ StudyInstanceUID, folder });
      }
      const archives = studies.map(({ folder }) => `${folder}.zip`);
      await run(PYTHON, "-c", TEST_ARCHIVES, ...archives);
      await test(studies, archive);
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const TEST_ARCHIVES = `
import sys, zipfile
for name in sys.argv[1:]:
    assert zipfile.ZipFile(name).testzip() is None, name
`;

async function storeCorpus(archive: TestArchive, corpus: URL): Promise<void> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  for (const { file } of files) {
    const { headers, body } = multipart([{ body: await Deno.readFile(new URL(file, corpus)) }]);
    const response = await archive.fetch("/studies", { method: "POST", headers, body });
    await response.body?.cancel();
  }
}

/** Runs a program that must succeed; resolves to what it said. */
async function run(program: Program, ...args: string[]): Promise<string> {
  const { code, output } = await runTool(program, args);
  assertEquals(code, 0, `${program}: ${output}`);
  return output;
}

async function directoriesOf(corpus: URL, files: readonly string[]): Promise<ReadDirectory[]> {
  const directories = await askPydicom<ReadDirectory>("pydicom_dicomdir.py", corpus, files);
  assertEquals(directories.flatMap(({ error }) => error ?? []), []);
  return directories;
}

/** The records of instances, each behind those that it lies below. */
function* pathsOf(
  tree: readonly DirectoryRecord[],
  above: readonly DirectoryRecord[] = [],
): Generator<readonly DirectoryRecord[]> {
  for (const record of tree) {
    const path = [...above, record];
    if (record.below.length === 0) yield path;
    yield* pathsOf(record.below, path);
  }
}

peerTest(
  "application/zip: every study of the corpus unpacks, and its DICOMDIR leads to every file",
  ["corpus", "unzip", PYTHON, "dcmdump", "gdcmdump", "dciodvfy"],
  (corpus) =>
    withUnpacked(corpus, async (studies, archive) => {
      const files = studies.map(({ folder }) => `${folder}/DICOMDIR`);
      const directories = await directoriesOf(corpus, files);
      const rows = Map.groupBy(await archive.rows(), (row) => row.StudyInstanceUID);
      let found = 0;
      for (const [index, { StudyInstanceUID }] of studies.entries()) {
        const { tree, unreached, files } = directories[index]!;
        assertEquals(unreached, 0);
        const digests = new Map(files.map(({ uid, sha256 }) => [uid, sha256]));
        const records = new Map([...pathsOf(tree)].map((path) => [path.at(-1)!.uid, path.at(-1)!]));
        const instances = rows.get(StudyInstanceUID) ?? [];
        assertEquals([digests.size, records.size], [instances.length, instances.length]);
        for (const row of instances) {
          const record = records.get(row.SOPInstanceUID);
          assertEquals(record?.class, row.SOPClassUID);
          assertEquals(record?.syntax, row.TransferSyntaxUID);
          // One that came without a head is a file with one.
          if (row.dataSetOffset === 0) continue;
          const stored = await new Response(await archive.blobs.open(row.blobKey)).bytes();
          const digest = createHash("sha256").update(stored).digest("hex");
          assertEquals(digests.get(row.SOPInstanceUID), digest);
          found++;
        }
      }
      console.log(`${studies.length} studies, ${found} files equal to what is stored`);
      assertGreater(found, 400);
      for (const file of files) {
        assertEquals(await runTool("dcmdump", ["-q", file]).then(({ code }) => code), 0);
        await run("gdcmdump", file);
        const { output } = await runTool("dciodvfy", [file]);
        assertEquals(output.split("\n").filter((line) => isOurs(line)), []);
      }
    }),
);

/**
 * What dciodvfy says of values and UIDs that are wrong in the instances already, and of a type that
 * is younger than it, which dcmmkdir has too.
 */
const EXPECTED = [
  "Error - Unrecognized enumerated value <ANNOTATION>",
  "Error - Value invalid for this VR",
  "Error - Dicom dataset contains invalid data values",
  "Error - Bad attribute Value Multiplicity",
  "Error - Illegal root for UID",
  "Error - Leading zeros in UID",
];

/** Whether dciodvfy finds what is wrong in a DICOMDIR itself. */
function isOurs(line: string): boolean {
  return line.startsWith("Error") && !EXPECTED.some((beginning) => line.startsWith(beginning));
}

/**
 * What dcmmkdir says otherwise of the same files: each line a level, a key, and why.
 *
 * It refuses ten studies for a file in each that lacks a key or has a wrong UID.
 */
const OTHERWISE: readonly (readonly [type: string, tag: string, why: string])[] = [
  ["PATIENT", "00100020", "invented where there is none"],
  ["STUDY", "00080020", "invented where there is none, by dcmmkdir as of today; no wrong day"],
  ["STUDY", "00080030", "invented where there is none, by dcmmkdir as of now; no wrong time"],
  ["STUDY", "00200010", "invented where there is none"],
  [
    "SERIES",
    "00200011",
    "invented where there is none; a number of the index has no zeros before it",
  ],
  ["IMAGE", "00200013", "a number of the index has no zeros before it"],
  ["IMAGE", "00080008", "spaces at the end of a value mean nothing"],
  ["RT DOSE", "00200013", "invented where there is none"],
];

peerTest(
  "createDicomdir: has the records, keys and hierarchy that dcmmkdir makes of the same files",
  ["corpus", "unzip", PYTHON, "dcmmkdir"],
  (corpus) =>
    withUnpacked(corpus, async (studies) => {
      const made: { readonly ours: string; readonly theirs: string }[] = [];
      for (const { folder } of studies) {
        if (await makeDicomdir(folder)) {
          made.push({ ours: `${folder}/DICOMDIR`, theirs: `${folder}.dcmmkdir` });
        }
      }
      const ours = await directoriesOf(corpus, made.map(({ ours }) => ours));
      const theirs = await directoriesOf(corpus, made.map(({ theirs }) => theirs));
      const differences: string[] = [];
      let compared = 0;
      for (const [index, { tree }] of theirs.entries()) {
        const own = new Map(
          [...pathsOf(ours[index]!.tree)].map((path) => [path.at(-1)!.uid, path]),
        );
        for (const path of pathsOf(tree)) {
          const same = own.get(path.at(-1)!.uid) ?? [];
          assertEquals(same.map(({ type }) => type), path.map(({ type }) => type));
          compared++;
          for (const [level, record] of path.entries()) {
            differences.push(...differencesOf(same[level]!, record));
          }
        }
      }
      console.log(`${made.length} of ${studies.length} studies, ${compared} instances compared`);
      assertGreater(compared, 300);
      const listed = OTHERWISE.map(([type, tag]) => `${type} ${tag}`);
      assertEquals([...new Set(differences)].filter((each) => !listed.includes(each)), []);
    }),
);

/** Makes a DICOMDIR of a folder's files by dcmmkdir; false where it refuses them. */
async function makeDicomdir(folder: string): Promise<boolean> {
  const files: string[] = [];
  const walk = async (path: string): Promise<void> => {
    for await (const entry of Deno.readDir(`${folder}/${path}`)) {
      if (entry.isDirectory) await walk(`${path}/${entry.name}`);
      else files.push(`${path}/${entry.name}`);
    }
  };
  await walk("DICOM");
  const options = ["-Pgp", "+I", "-W", "-Nxc", "-Nec", "-Nrc", "+Nrs"];
  const args = [...options, "+D", `${folder}.dcmmkdir`, ...files.sort()];
  await runTool("dcmmkdir", args, { cwd: folder });
  return await Deno.stat(`${folder}.dcmmkdir`).then(() => true, () => false);
}

function differencesOf(ours: DirectoryRecord, theirs: DirectoryRecord): string[] {
  const tags = new Set([...Object.keys(ours.keys), ...Object.keys(theirs.keys)]);
  return [...tags].filter((tag) =>
    JSON.stringify(ours.keys[tag]) !== JSON.stringify(theirs.keys[tag])
  ).map((tag) => `${theirs.type} ${tag}`);
}

/** An archive that needs ZIP64: 4 GiB of a file in pieces, or in the short rounds nothing but entries. */
async function writeLargeArchive(path: string): Promise<void> {
  const zip = createZipWriter();
  const file = await Deno.create(path);
  const writer = file.writable.getWriter();
  const modified = dosMoment("20260102", "101112");
  if (IS_LONG) {
    const length = 2 ** 32 + 2 ** 20 + 5;
    const piece = new Uint8Array(2 ** 20);
    await writer.write(zip.begin({ name: "LARGE", modified }, length));
    for (let left = length; left > 0; left -= piece.length) {
      await writer.write(zip.piece(piece.subarray(0, Math.min(left, piece.length))));
    }
    await writer.write(zip.end());
  }
  for (let number = 0; number < 70_000; number++) {
    const entry = { name: `DICOM/${number}`, modified };
    const head = zipHeadLength(entry);
    const run = new Uint8Array(head + 1);
    run[head] = number & 0xff;
    zip.whole(entry, run);
    await writer.write(run);
  }
  await writer.write(zip.close());
  await writer.close();
}

const READ_LARGE = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
numbers = [info for info in archive.infolist() if info.filename != "LARGE"]
assert len(numbers) == 70000
for number in (0, 255, 65535, 69999):
    assert archive.read(f"DICOM/{number}") == bytes([number & 0xff])
`;

peerTest(
  `createZipWriter: more than 65,535 entries${
    IS_LONG ? " behind one of 4 GiB" : ""
  } are read by others`,
  ["unzip", PYTHON],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-zip-" });
    try {
      await writeLargeArchive(`${folder}/large.zip`);
      await run(PYTHON, "-c", READ_LARGE, `${folder}/large.zip`);
      await run("unzip", "-tqq", `${folder}/large.zip`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
