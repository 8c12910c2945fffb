import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TextReader, Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";
import { holdIndex, openDataFolder } from "../../server/data_folder.ts";
import { readAll } from "../support/blob_bytes.ts";
import {
  ended,
  fileOf,
  journalsIn,
  runCommand,
  startCommand,
  storedIn,
  uidsOf,
  withFolders,
  writeFiles,
} from "../support/imports.ts";
import { buildPart10, ctElements, ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";
import { runInTerminal, terminalScreen } from "../support/screen.ts";
import { startServer } from "../support/server_process.ts";
import { blobsUnder, embeddedTest } from "../support/storage.ts";
import { stow } from "../support/stow.ts";

Deno.test("import: beside a running server, which stores meanwhile and has at once what is imported", async () => {
  const server = await startServer();
  try {
    await withFolders(async ({ files }) => {
      await writeFiles(files, 400);
      const importing = await startCommand("import", ["--json", files], server.data);
      let isOver = false;
      const output = ended(importing).finally(() => isOver = true);
      let stored = 0;
      let slowest = 0;
      const client = async (offset: number) => {
        for (let n = offset; !isOver; n += 4) {
          const start = performance.now();
          const answer = await stow(server.dicomweb, [fileOf(10_000 + n)]);
          assertEquals(answer.status, 200, await answer.text());
          slowest = Math.max(slowest, performance.now() - start);
          stored++;
        }
      };
      await Promise.all([0, 1, 2, 3].map(client));
      const { code, stdout, stderr } = await output;
      assertEquals(code, 0, stderr);
      assertEquals(JSON.parse(stdout).stored, 400);
      console.log(`${stored} instances stored meanwhile, the slowest in ${slowest.toFixed()} ms`);
      assert(stored > 4);

      const { studyInstanceUID } = uidsOf(399);
      const found = await fetch(
        `${server.dicomweb}/studies/${studyInstanceUID}/instances?limit=100`,
      );
      assertEquals((await found.json()).length, 50);
      const { rows, blobKeys } = await storedIn(server.data);
      assertEquals(rows.length, 400 + stored);
      assertEquals(blobKeys.length, 400 + stored);
    });
  } finally {
    assertEquals(await server.stop(), 0);
  }
});

/** A folder with one of everything. */
async function writeMixture(files: string): Promise<void> {
  const write = (name: string, bytes: Uint8Array | string) =>
    Deno.writeFile(
      `${files}/${name}`,
      typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
    );
  await Deno.mkdir(`${files}/in, a folder/deeper`, { recursive: true });
  await write("in, a folder/deeper/good", fileOf(1));
  await write("good.dcm", fileOf(2));
  await write("again.dcm", fileOf(2));
  await write("other.dcm", fileOf(2, 4));
  await write("without study.dcm", buildPart10(withoutStudy()));
  await write("cut.dcm", fileOf(3).subarray(0, 200));
  await write("empty", "");
  await write(
    "notes.txt",
    "Nothing to see here, though it is long enough to be looked at.".repeat(9),
  );
  await write("picture.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
  await write(
    "DICOMDIR",
    buildPart10([value(0x00041130, "CS", "DISC")], SYNTAX.explicit, {
      meta: [
        value(0x00020001, "OB", Uint8Array.of(0, 1)),
        value(0x00020002, "UI", "1.2.840.10008.1.3.10"),
        value(0x00020003, "UI", "2.25.1"),
        value(0x00020010, "UI", SYNTAX.explicit),
      ],
    }),
  );
  await write("hostile \x1b[2J\n.dcm", fileOf(4).subarray(0, 150));
}

const withoutStudy = () => ctElements(uidsOf(5)).filter(({ tag }) => tag !== 0x0020000d);

Deno.test("import: says what was refused and why, and counts what is no DICOM", async () => {
  await withFolders(async ({ files, data }) => {
    await writeMixture(files);
    // The first of three that have one UID: the order in a folder is the system's.
    assertEquals((await runCommand("import", [`${files}/good.dcm`], data)).code, 0);
    const { code, stdout, stderr } = await runCommand("import", [files], data);
    assertEquals(code, 1);
    assertEquals(stderr, "");
    const [first, ...others] = stdout.trimEnd().split("\n");
    assertMatch(
      first!,
      /^11 files, \d+\.\d kB, .*\/s: 1 stored, 2 already there, 4 no DICOM, 4 refused$/,
    );
    const lines = others.map((line) => line.replace(files, "…"));
    assertEquals(lines.filter((line) => !line.startsWith(" ")).toSorted(), [
      "1 refused: a UID is missing or is none (A900)",
      "1 refused: other content is stored under the SOP Instance UID (0111)",
      "2 refused: the file cannot be understood (C000)",
    ]);
    assert(lines.includes("  …/without study.dcm: StudyInstanceUID is missing"), stdout);
    assert(lines.some((line) => line.startsWith("  …/hostile ?[2J?.dcm: ")), stdout);

    const json = await runCommand("import", ["--json", files], data);
    assertEquals(json.code, 1);
    const report = JSON.parse(json.stdout);
    assertEquals([report.stored, report.already, report.skipped, report.refused], [0, 3, 4, 4]);
    assertEquals(report.complete, true);
    const named = report.refusals.flatMap((each: { files: { file: string }[] }) => each.files);
    assertEquals(named.length, 4);
    assertEquals((await storedIn(data)).blobKeys.length, 2);
    assertEquals(await journalsIn(data), []);
  });
});

Deno.test("import: what cannot be read is told, and tried again by the next start alone", async () => {
  await withFolders(async ({ files, data }) => {
    await Deno.writeFile(`${files}/good.dcm`, fileOf(1));
    await Deno.symlink(`${files}/nowhere`, `${files}/link.dcm`);
    const first = await runCommand("import", [files], data);
    assertEquals(first.code, 1);
    assertStringIncludes(first.stdout, "1 failed: cannot be read\n");
    assertEquals((await journalsIn(data)).length, 1);
    await Deno.writeFile(`${files}/nowhere`, fileOf(2));
    const second = await runCommand("import", [files], data);
    assertEquals([second.code, second.stderr], [0, ""]);
    assertStringIncludes(second.stdout, "Going on: 1 file is settled already\n");
    // By its own name and by the link's.
    assertStringIncludes(second.stdout, "2 stored, 1 already there");
    assertEquals(await journalsIn(data), []);
    // A link that is itself given is what was meant.
    await Deno.symlink(files, `${files}/../linked`);
    const third = await runCommand("import", [`${files}/../linked`], data);
    assertEquals([third.code, third.stderr], [0, ""]);
    assertStringIncludes(third.stdout, "0 stored, 3 already there");
  });
});

Deno.test("import: archives, and chooses among several by name and AE title", async () => {
  await withFolders(async ({ files, data }) => {
    await Deno.writeFile(`${files}/good.dcm`, fileOf(1));
    const config = `${files}/../gantry.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({ archives: [{ name: "research", aets: ["RESEARCH"] }] }),
    );
    const env = { GANTRY_CONFIG: config };
    const imported = (...args: string[]) => runCommand("import", [...args, files], data, env);
    assertEquals((await imported("--archive", "research")).code, 0);
    assertEquals((await storedIn(data)).rows.length, 0);
    assertEquals((await storedIn(data, "research")).rows.length, 1);
    assertStringIncludes((await imported("--aet", "RESEARCH")).stdout, "1 already there");
    const wrong = [
      [["--archive", "none"], "There is no archive none; there are default, research"],
      [["--aet", "NONE"], "No archive has the AE title NONE"],
      [["--aet", "RESEARCH", "--archive", "research"], "exclude each other"],
      [["--to", "ftp://example.org"], "--to takes the URL of a DICOMweb root"],
      [[`${files}/none`], "There is no "],
    ] as const;
    await Promise.all(wrong.map(async ([args, why]) => {
      const { code, stderr } = await imported(...args);
      assertEquals(code, 2);
      assertStringIncludes(stderr, why);
    }));
    assertEquals((await runCommand("import", [], data)).code, 2);
  });
});

// Only a file is held by who builds it anew.
embeddedTest("import: waits for an index that is being built anew", async () => {
  await withFolders(async ({ files, data }) => {
    await Deno.writeFile(`${files}/good.dcm`, fileOf(1));
    using alone = await holdIndex(await openDataFolder(data), "alone");
    assert(alone !== undefined);
    const { code, stderr } = await runCommand("import", [files], data);
    assertEquals([code, stderr], [2, "The index is being built anew: wait until it is\n"]);
  });
});

/** A ZIP archive by a program that this project did not write. */
async function zipOf(
  entries: Readonly<Record<string, Uint8Array | string>>,
  options: { readonly password?: string } = {},
): Promise<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const bytes = new Response(readable).bytes();
  const zip = new ZipWriter(writable, { useWebWorkers: false, ...options });
  for (const [name, content] of Object.entries(entries)) {
    const reader = typeof content === "string"
      ? new TextReader(content)
      : new Uint8ArrayReader(content);
    await zip.add(name, reader);
  }
  await zip.close();
  return await bytes;
}

/** An archive of one entry whose directory says another size of it. */
function saying(zip: Uint8Array, size: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  let at = 0;
  while (view.getUint32(at, true) !== 0x02014b50) at++;
  view.setUint32(at + 24, size, true);
  return zip;
}

Deno.test("import: reads ZIP archives entry by entry, and opens none within", async () => {
  await withFolders(async ({ files, data }) => {
    const inner = await zipOf({ "inner.dcm": fileOf(9) });
    await Deno.writeFile(
      `${files}/disc.ZIP`,
      await zipOf({
        "DICOM/1": fileOf(1, 2000),
        "../../../etc/passwd": fileOf(2),
        "nested.zip": inner,
        "README.TXT": "Hello",
      }),
    );
    await Deno.writeFile(`${files}/secret.zip`, await zipOf({ a: fileOf(3) }, { password: "no" }));
    const damaged = await zipOf({ b: fileOf(4, 100) });
    damaged[200]! ^= 0xff;
    await Deno.writeFile(`${files}/damaged.zip`, damaged);
    await Deno.writeFile(`${files}/bomb.zip`, saying(await zipOf({ a: "0" }), 2 ** 31));
    await Deno.writeFile(`${files}/false.zip`, saying(await zipOf({ a: fileOf(5) }), 1000));
    const { code, stdout } = await runCommand("import", [files], data);
    assertEquals(code, 1);
    assertMatch(stdout, /^8 files, .*: 2 stored, 2 no DICOM, 4 failed\n/);
    assertStringIncludes(stdout, "secret.zip:a: it is encrypted");
    assertMatch(stdout, /damaged\.zip:b: the archive is damaged: /);
    assertMatch(stdout, /false\.zip:a: the archive is damaged: /);
    assertMatch(stdout, /bomb\.zip: it would be more than 250 times as large unpacked/);
    const { rows, blobKeys } = await storedIn(data);
    const blobs = await blobsUnder(data);
    assertEquals(blobKeys.length, 2);
    for (const { SOPInstanceUID, blobKey } of rows) {
      const sent = SOPInstanceUID === uidsOf(1).sopInstanceUID ? fileOf(1, 2000) : fileOf(2);
      assertEquals(await readAll(blobs, blobKey), sent);
    }
  });
});

Deno.test("import: into a server that wants a key", async () => {
  const server = await startServer();
  try {
    await withFolders(async ({ files, data }) => {
      await writeMixture(files);
      await Deno.remove(`${files}/again.dcm`);
      await Deno.remove(`${files}/other.dcm`);
      const env = { GANTRY_DATA: server.data };
      const made = await runTask(["keys", "add", "--name", "n", "--scopes", "write"], env);
      const to = ["--to", `${server.dicomweb}/`, "--json", files];
      const denied = await runCommand("import", to, data);
      assertEquals(denied.code, 1);
      assertStringIncludes(JSON.parse(denied.stdout).complaint, "answers 401: put a key");
      const token = { GANTRY_TOKEN: made.stdout.trim() };
      const { code, stdout, stderr } = await runCommand("import", to, data, token);
      assertEquals(code, 1, stderr);
      const { stored, skipped, refused, complete } = JSON.parse(stdout);
      assertEquals([stored, skipped, refused, complete], [2, 4, 3, true]);
      assertEquals((await storedIn(server.data)).rows.length, 2);
      assertEquals(await journalsIn(data), []);
    });
  } finally {
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("import: a server that is away ends it, and the next start goes on", async () => {
  await withFolders(async ({ files, data }) => {
    await writeFiles(files, 3);
    let requests = 0;
    const answers = [503, 503, 200, 404];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        await request.body?.cancel();
        return new Response("{}", { status: answers[requests++] ?? 200 });
      },
    );
    const to = ["--to", `http://127.0.0.1:${server.addr.port}`, files];
    const first = await runCommand("import", to, data);
    assertEquals(first.code, 1);
    assertStringIncludes(first.stderr, "answers 404");
    const second = await runCommand("import", to, data);
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(second.stdout, "3 stored");
    assertEquals(await journalsIn(data), []);
  });
});

peerTest("import: into Orthanc", ["Orthanc"], async () => {
  const { startOrthanc } = await import("../support/orthanc.ts");
  const orthanc = await startOrthanc();
  try {
    await withFolders(async ({ files, data }) => {
      await writeFiles(files, 40);
      await Deno.writeFile(`${files}/large.dcm`, fileOf(41, 20_000));
      await Deno.writeTextFile(`${files}/notes.txt`, "nothing");
      const to = ["--to", orthanc.base, "--json", files];
      const { code, stdout } = await runCommand("import", to, data);
      assertEquals(code, 0, stdout);
      const { stored, skipped } = JSON.parse(stdout);
      assertEquals([stored, skipped], [41, 1]);
      const { CountInstances } = await (await fetch(`${orthanc.url}/statistics`)).json();
      assertEquals(CountInstances, 41);
    });
  } finally {
    await orthanc.stop();
  }
});

peerTest(
  "import: its bar is one line of the terminal, and gone at the end",
  ["script"],
  async () => {
    await withFolders(async ({ files, data }) => {
      await writeFiles(files, 200, 400);
      await Deno.writeFile(`${files}/cut.dcm`, ctInstance().subarray(0, 200));
      const env = { GANTRY_DATA: data };
      const { code, text } = await runInTerminal(
        `'${Deno.execPath()}' task --quiet import '${files}'`,
        80,
        env,
      );
      assertEquals(code, 1, text);
      const screen = terminalScreen(80);
      const bars: string[] = [];
      for (const piece of text.split(/(?=\r(?!\n))/)) {
        screen.write(piece);
        const last = screen.lines().at(-1) ?? "";
        assert(last.length < 80, last);
        if (/^\[[#.]+\]/.test(last)) bars.push(last);
      }
      assertMatch(
        bars.at(-1) ?? text,
        /^\[#*\.*\]\s+\d+%\s+\d+\/201 files\s.*MB\/s\s+\d+:\d\d left$/,
      );
      const lines = screen.lines();
      assertMatch(lines[0]!, /^201 files, 41\.\d MB, .*: 200 stored, 1 refused$/);
      assertEquals(lines[1], "1 refused: the file cannot be understood (C000)");
      assertEquals(lines.at(-1), "");
    });
  },
);

peerTest("import: the corpus, every file stored or with its reason", ["corpus"], async (corpus) => {
  await withFolders(async ({ data }) => {
    const { code, stdout, stderr } = await runCommand("import", ["--json", corpus.pathname], data);
    assertEquals([code, stderr], [1, ""]);
    const { files, stored, already, skipped, refused, failed, refusals } = JSON.parse(stdout);
    assertEquals(stored + already + skipped + refused + failed, files);
    assertEquals(failed, 0);
    const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    assert(stored > 400 && files >= manifest.files.length, stdout);
    const names = refusals.flatMap((each: { files: { file: string; explanation: string }[] }) =>
      each.files
    );
    assertEquals(names.length, refused);
    assert(names.every(({ explanation }: { explanation: string }) => explanation !== ""));
    // A damaged object gives way to the whole one, where it happens to come first.
    const { rows, blobKeys, replaced } = await storedIn(data);
    assertEquals([rows.length + replaced.length, blobKeys.length], [stored, stored]);
  });
});
