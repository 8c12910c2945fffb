import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Answers, answersOf, assertSameAnswers } from "../support/answers.ts";
import { IS_LONG } from "../support/chance.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";
import { withServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

/** The short test takes one of so many files of the corpus. */
const SHORT_STEP = 3;

const CONFIG = {
  archives: [
    { name: "default", aets: ["GANTRY"] },
    { name: "research", aets: ["RESEARCH"], conflict: "replace" },
  ],
};

/** A data folder and the environment of processes on it. */
async function withFolder(
  run: (env: Record<string, string>, data: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-reindex-" });
  try {
    await Deno.writeTextFile(`${root}/gantry.json`, JSON.stringify(CONFIG));
    const data = `${root}/data`;
    await run({ GANTRY_DATA: data, GANTRY_CONFIG: `${root}/gantry.json` }, data);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function dropIndex(data: string): Promise<void> {
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.remove(`${data}/index.db${end}`).catch(() => {});
  }
}

const file = (study: number, number: number, rows = 2) =>
  ctInstance({
    studyInstanceUID: `2.25.${study}`,
    seriesInstanceUID: `2.25.${study}.1`,
    sopInstanceUID: `2.25.${study}.1.${number}`,
    patientID: `P${study}`,
    rows,
    pixels: [new Uint8Array(rows * 4)],
  });

const path = (study: number, number: number) =>
  `/studies/2.25.${study}/series/2.25.${study}.1/instances/2.25.${study}.1.${number}`;

async function statusOf(url: string, method = "GET"): Promise<number> {
  const headers = { Accept: "application/dicom; transfer-syntax=*, application/dicom+json" };
  const response = await fetch(url, { method, headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("reindex: after the index is lost, all is as it was, and what was deleted or replaced stays so", () =>
  withFolder(async (env, data) => {
    let before: unknown;
    await withServer(env, async ({ url, dicomweb }) => {
      const research = `${url}/aets/RESEARCH/rs`;
      for (const study of [1, 2, 3]) {
        const files = [1, 2, 3, 4].map((number) => file(study, number));
        assertEquals(await (await stow(dicomweb, files)).text() !== "", true);
      }
      // Gone with its study, gone alone, gone and back, gone and stored anew.
      assertEquals(await statusOf(`${dicomweb}/studies/2.25.1`, "DELETE"), 204);
      for (const number of [1, 2, 3]) {
        assertEquals(await statusOf(dicomweb + path(2, number), "DELETE"), 204);
      }
      assertEquals(await statusOf(`${dicomweb}${path(2, 2)}/undelete`, "POST"), 200);
      await (await stow(dicomweb, [file(2, 3, 4)])).body?.cancel();
      await (await stow(research, [file(4, 1), file(4, 2)])).body?.cancel();
      await (await stow(research, [file(4, 1, 8)])).body?.cancel();
      before = [await answersOf(dicomweb), await answersOf(research)];
      const refused = await runTask(["reindex"], env);
      assertEquals(refused.code, 1);
      assertMatch(refused.stderr, /stop it first/);
    });
    await dropIndex(data);
    const { code, stdout, stderr } = await runTask(["reindex", "--json"], env);
    assertEquals(code, 0, stdout + stderr);
    assertEquals(JSON.parse(stdout).instances, 9);
    assertEquals((await runTask(["verify"], env)).code, 0);
    await withServer(env, async ({ url, dicomweb }) => {
      const after = [await answersOf(dicomweb), await answersOf(`${url}/aets/RESEARCH/rs`)];
      assertEquals(after, before);
      assertEquals(await statusOf(`${dicomweb}/studies/2.25.1/metadata`), 410);
      assertEquals(await statusOf(dicomweb + path(2, 1)), 410);
      assertEquals(await statusOf(`${dicomweb}/studies/2.25.1/undelete`, "POST"), 200);
      assertEquals(await statusOf(dicomweb + path(1, 4)), 200);
      assertEquals(await statusOf(`${dicomweb}${path(2, 1)}/undelete`, "POST"), 200);
    });
    // What lives again is in no record any more.
    await dropIndex(data);
    assertEquals((await runTask(["reindex"], env)).code, 0);
    await withServer(env, async ({ dicomweb }) => {
      assertEquals(await statusOf(dicomweb + path(1, 1)), 200);
      assertEquals(await statusOf(dicomweb + path(2, 1)), 200);
    });
  }));

Deno.test("reindex: takes keys and digests from the index that there is, and names what it leaves out", () =>
  withFolder(async (env, data) => {
    await withServer(env, async ({ dicomweb }) => {
      await (await stow(dicomweb, [file(1, 1), file(1, 2)])).body?.cancel();
    });
    const key = await runTask(["keys", "add", "--name", "gate", "--scopes", "read"], env);
    assertEquals(key.code, 0, key.stderr);
    const [day] = [...Deno.readDirSync(`${data}/blobs/default`)].map(({ name }) => name);
    const folder = `${data}/blobs/default/${day}`;
    const [first, second] = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const bytes = await Deno.readFile(`${folder}/${first}`);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(`${folder}/${first}`, bytes);
    await Deno.remove(`${folder}/${second}`);
    await Deno.writeTextFile(`${folder}/ZZ`, "no DICOM at all");
    const { code, stdout } = await runTask(["reindex", "--json"], env);
    assertEquals(code, 1);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.slice(0, -1).map(({ finding }) => [finding.kind, finding.blobKey]), [
      ["missing", `default/${day}/${second}`],
      ["unreadable", `default/${day}/ZZ`],
    ]);
    assertEquals(lines.at(-1).instances, 1);
    // A flipped bit is still one after the index was built from it.
    const verified = await runTask(["verify"], env);
    assertMatch(verified.stdout, new RegExp(`data set: default/${day}/${first} of instance`));
    const keys = JSON.parse((await runTask(["keys", "list", "--json"], env)).stdout);
    assertEquals(keys.map(({ name }: { name: string }) => name), ["gate"]);
  }));

Deno.test("reindex: an index that cannot be read is kept aside", () =>
  withFolder(async (env, data) => {
    await withServer(env, async ({ dicomweb }) => {
      await (await stow(dicomweb, [file(1, 1)])).body?.cancel();
    });
    await dropIndex(data);
    await Deno.writeTextFile(`${data}/index.db`, "this is no database any more".repeat(100));
    const { code, stdout, stderr } = await runTask(["reindex"], env);
    assertEquals(code, 1);
    assertMatch(stdout, /^old index: .*\n1 instances/);
    assertMatch(stderr, /kept as .*index\.db\.unreadable/);
    assert((await Deno.stat(`${data}/index.db.unreadable`)).isFile);
    await withServer(env, async ({ dicomweb }) => {
      assertEquals(await statusOf(dicomweb + path(1, 1)), 200);
    });
  }));

peerTest(
  "reindex: the corpus, its index lost, answers as before",
  ["corpus"],
  (corpus) =>
    withFolder(async (env, data) => {
      let before: Answers;
      await withServer(env, async ({ dicomweb }) => {
        const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
        // One by one: the first of a study decides what a search shows of it.
        const some = files.filter((_: unknown, i: number) => IS_LONG || i % SHORT_STEP === 0);
        for (const { file } of some) {
          const bytes = await Deno.readFile(new URL(file, corpus));
          await (await stow(dicomweb, [bytes])).body?.cancel();
        }
        before = await answersOf(dicomweb);
      });
      await dropIndex(data);
      const { code, stdout, stderr } = await runTask(["reindex"], env);
      assertEquals(code, 0, stdout + stderr);
      await withServer(env, async ({ dicomweb }) => {
        assertSameAnswers(await answersOf(dicomweb), before!);
      });
    }),
);
