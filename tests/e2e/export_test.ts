import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { readAll } from "../support/blob_bytes.ts";
import { runTool } from "../support/dcmtk.ts";
import {
  ended,
  fileOf,
  runCommand,
  startCommand,
  storedIn,
  uidsOf,
  withFolders,
  writeFiles,
} from "../support/imports.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";
import { blobsUnder } from "../support/storage.ts";

/** Digests of the files below a folder, by path. */
async function digestsBelow(folder: string, path = ""): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${path}`)) {
    if (isDirectory) {
      for (const each of await digestsBelow(folder, `${path}${name}/`)) digests.set(...each);
    } else digests.set(`${path}${name}`, digestOf(await Deno.readFile(`${folder}/${path}${name}`)));
  }
  return digests;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const namesIn = (folder: string) => Array.fromAsync(Deno.readDir(folder), ({ name }) => name);

peerTest(
  "export: a folder and an archive of the same files, as they were stored",
  ["unzip"],
  async () => {
    await withFolders(async ({ files, data }) => {
      await writeFiles(files, 120);
      assertEquals((await runCommand("import", [files], data)).code, 0);
      const out = `${files}/../out`;
      await Deno.mkdir(`${out}/there`, { recursive: true });

      const whole = await runCommand("export", ["--to", `${out}/there/`], data);
      assertEquals([whole.code, whole.stderr], [0, ""]);
      assertStringIncludes(whole.stdout, "120 instances of 3 studies");
      const zip = await runCommand("export", ["--to", `${out}/all.zip`, "--json"], data);
      assertEquals(zip.code, 0, zip.stderr);
      assertEquals(JSON.parse(zip.stdout).instances, 120);
      assertEquals((await runTool("unzip", ["-q", `${out}/all.zip`, "-d", `${out}/zip`])).code, 0);

      const folder = await digestsBelow(`${out}/there`);
      const archive = await digestsBelow(`${out}/zip`);
      assertEquals([...folder.keys()].sort(), [...archive.keys()].sort());
      assert(folder.has("DICOMDIR") && folder.has("README.TXT"));
      const sent = Array.from({ length: 120 }, (_, n) => digestOf(fileOf(n))).sort();
      for (const digests of [folder, archive]) {
        const instances = [...digests].filter(([name]) => name.startsWith("DICOM/"));
        assertEquals(instances.map(([, digest]) => digest).sort(), sent);
      }

      const uids = [uidsOf(0).studyInstanceUID, uidsOf(100).studyInstanceUID];
      const two = await runCommand("export", ["--to", `${out}/two`, ...uids], data);
      assertStringIncludes(two.stdout, "70 instances of 2 studies");
      const query = ["--query", "PatientID=P1&StudyDate=20260101-"];
      const found = await runCommand("export", ["--to", `${out}/found`, ...query], data);
      assertStringIncludes(found.stdout, "50 instances of 1 study");
      const limited = await runCommand(
        "export",
        ["--to", `${out}/few`, "--query", "limit=2"],
        data,
      );
      assertStringIncludes(limited.stdout, " of 2 studies");
      assertEquals((await namesIn(out)).sort(), ["all.zip", "few", "found", "there", "two", "zip"]);
    });
  },
);

Deno.test("export: touches nothing that is there, and says what is not", async () => {
  await withFolders(async ({ files, data }) => {
    await writeFiles(files, 3);
    assertEquals((await runCommand("import", [files], data)).code, 0);
    const full = `${files}/../full`;
    await Deno.mkdir(full);
    await Deno.writeTextFile(`${full}/mine.zip`, "mine");
    await Deno.writeTextFile(`${full}/broken.zip.partial`, "left");
    const wrong = [
      [["--to", full], 2, "an export takes a new or an empty folder"],
      [["--to", `${full}/mine.zip`], 2, "mine.zip is there already"],
      [["--to", `${full}/mine.zip/folder`], 2, ""],
      [["--to", `${full}/broken.zip`], 2, "it is left of an export that broke off"],
      [["--to", `${full}/none/folder`], 2, "There is no folder "],
      [[], 2, "--to is missing"],
      [["--to", `${full}/new`, "--query", "PatentID=1"], 2, "PatentID is not supported"],
      [["--to", `${full}/new`, "--query", "StudyDate=tomorrow"], 2, "--query: "],
      [["--to", `${full}/new`, "--query", "limit=1", "1.2.3"], 2, "not both"],
      [["--to", `${full}/new`, "1.2.3"], 1, ""],
    ] as const;
    await Promise.all(wrong.map(async ([args, code, why]) => {
      const result = await runCommand("export", args, data);
      assertEquals(result.code, code, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
      assertStringIncludes(result.stderr, why);
    }));
    assertEquals((await namesIn(full)).sort(), ["broken.zip.partial", "mine.zip"]);
    assertEquals(await Deno.readTextFile(`${full}/mine.zip`), "mine");

    // One object is gone: the others are exported, and it is named.
    const { rows: [lost] } = await storedIn(data);
    await (await blobsUnder(data)).delete(lost!.blobKey);
    const { code, stdout } = await runCommand("export", ["--to", `${full}/new`], data);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "2 instances of 1 study");
    assertStringIncludes(stdout, `missing or damaged: instance ${lost!.SOPInstanceUID}`);
  });
});

Deno.test("export: Ctrl-C leaves nothing behind", async () => {
  await withFolders(async ({ files, data }) => {
    await writeFiles(files, 60, 2000);
    assertEquals((await runCommand("import", [files], data)).code, 0);
    const out = `${files}/../out`;
    await Deno.mkdir(out);
    for (const to of [`${out}/disc`, `${out}/disc.zip`]) {
      using watcher = Deno.watchFs(out);
      const exporting = await startCommand("export", ["--to", to], data);
      const output = ended(exporting);
      // With the first thing that it makes.
      for await (const _ of watcher) break;
      exporting.kill("SIGINT");
      const { code, stderr } = await output;
      assertEquals([code, stderr], [1, "Stopped: nothing is exported\n"]);
      assertEquals(await namesIn(out), []);
    }
  });
});

interface ReadDirectory {
  readonly error?: string;
  readonly unreached: number;
  readonly files: readonly { readonly uid: string; readonly sha256: string }[];
}

peerTest(
  "export: the corpus as a folder, whose DICOMDIR leads pydicom to every file as it was stored",
  ["corpus", "/usr/bin/python3", "dcmdump"],
  async (corpus) => {
    await withFolders(async ({ files, data }) => {
      await runCommand("import", [corpus.pathname], data);
      const out = `${files}/disc`;
      const { code, stderr } = await runCommand("export", ["--to", out], data);
      assertEquals(code, 0, stderr);
      const [directory] = await askPydicom<ReadDirectory>("pydicom_dicomdir.py", corpus, [
        `${out}/DICOMDIR`,
      ]);
      assertEquals([directory!.error, directory!.unreached], [undefined, 0]);
      assertEquals((await runTool("dcmdump", ["-q", `${out}/DICOMDIR`])).code, 0);
      const digests = new Map(directory!.files.map(({ uid, sha256 }) => [uid, sha256]));
      const { rows } = await storedIn(data);
      const blobs = await blobsUnder(data);
      assertEquals(digests.size, rows.length);
      let equal = 0;
      for (const { SOPInstanceUID, blobKey, dataSetOffset } of rows) {
        // One that came without a head is a file with one.
        if (dataSetOffset === 0) continue;
        const stored = await readAll(blobs, blobKey);
        assertEquals(digests.get(SOPInstanceUID), digestOf(stored));
        equal++;
      }
      assertGreater(equal, 400);
    });
  },
);
