import { assert, assertEquals, assertMatch } from "@std/assert";
import { answersOf, assertSameAnswers } from "../support/answers.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { runTask } from "../support/run_task.ts";
import { startServer, withServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { smallDiskTest } from "../support/tmpfs.ts";

const UPLOADERS = 3;
/** Studies acknowledged before a backup begins. */
const STORED_BEFORE = 20;

/** Folders of an installation, of its backup and of what is restored from that. */
interface Folders {
  readonly data: string;
  readonly copy: string;
  readonly restored: string;
}

async function withFolders(run: (folders: Folders) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-backup-" });
  try {
    await run({ data: `${root}/data`, copy: `${root}/copy`, restored: `${root}/restored` });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const uidsOf = (study: number, number: number) => ({
  studyInstanceUID: `2.25.${study}`,
  seriesInstanceUID: `2.25.${study}.1`,
  sopInstanceUID: `2.25.${study}.1.${number}`,
});

const file = (study: number, number: number, rows = 4) =>
  ctInstance({
    ...uidsOf(study, number),
    patientID: `P${study}`,
    rows,
    columns: 64,
    pixels: [new Uint8Array(rows * 128).fill(number)],
  });

async function store(dicomweb: string, files: readonly Uint8Array[]): Promise<void> {
  const response = await stow(dicomweb, files);
  assertEquals(response.status, 200, await response.text());
}

async function succeed(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runTask(args, env);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

async function request(url: string, method: string): Promise<number> {
  const response = await fetch(url, { method });
  await response.body?.cancel();
  return response.status;
}

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory ? filesBelow(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]
  ).sort();
}

Deno.test("backup: under load, restores to a whole archive of everything acknowledged before it began", () =>
  withFolders(async ({ data, copy, restored }) => {
    const before: string[] = [];
    await withServer({ GANTRY_DATA: data }, async ({ dicomweb }) => {
      const { promise: some, resolve: enough } = Promise.withResolvers<void>();
      const acknowledged: string[] = [];
      let next = 100;
      let isOver = false;
      const upload = async () => {
        while (!isOver) {
          const study = next++;
          await store(dicomweb, [1, 2, 3, 4, 5].map((number) => file(study, number, 64)));
          if (acknowledged.push(`/studies/2.25.${study}`) === STORED_BEFORE) enough();
        }
      };
      // Studies of their own, so that what was acknowledged before is there.
      const removeAndBringBack = async () => {
        for (let study = 1; !isOver; study = study % 8 + 1) {
          await store(dicomweb, [file(study, 1), file(study, 2)]);
          const url = `${dicomweb}/studies/2.25.${study}`;
          assertEquals(await request(url, "DELETE"), 204);
          if (study % 2 === 0) continue;
          assertEquals(await request(`${url}/undelete`, "POST"), 200);
          assertEquals(await request(url, "DELETE"), 204);
        }
      };
      const retrieve = async () => {
        while (!isOver) {
          const path = acknowledged.at(-1);
          if (path === undefined) await some;
          else assertEquals(await request(`${dicomweb}${path}`, "GET"), 200);
        }
      };
      const load = Promise.all([
        ...Array.from({ length: UPLOADERS }, upload),
        removeAndBringBack(),
        retrieve(),
      ]);
      try {
        await Promise.race([some, load]);
        before.push(...acknowledged);
        await succeed(["backup", copy], { GANTRY_DATA: data });
        // What is under way is no fault.
        await succeed(["verify"], { GANTRY_DATA: data });
        assert(acknowledged.length > before.length, "nothing was stored meanwhile");
      } finally {
        isOver = true;
        await load;
      }
    });
    const env = { GANTRY_DATA: restored };
    const summary = JSON.parse(await succeed(["restore", copy, "--json"], env));
    const verified = JSON.parse(await succeed(["verify", "--json"], env));
    assertEquals([verified.instances, verified.bytes], [summary.instances, summary.bytes]);
    const { archives } = JSON.parse(await Deno.readTextFile(`${copy}/manifest.json`));
    assertEquals(archives.default.instances, summary.instances);
    await withServer({ GANTRY_DATA: restored }, async ({ dicomweb }) => {
      const { studies, instances, bytes } = await answersOf(dicomweb);
      assertEquals([studies.length, instances.length], [
        archives.default.studies,
        archives.default.instances,
      ]);
      const there = Object.keys(bytes);
      for (const study of before) {
        const own = there.filter((path) => path.startsWith(`${study}/`));
        assertEquals(own.length, 5, `${study} was acknowledged before the backup began`);
      }
    });
  }));

Deno.test("backup: a restored archive answers as the first did, and deletions can be undone", () =>
  withFolders(async ({ data, copy, restored }) => {
    const env = { GANTRY_DATA: data };
    let before: Awaited<ReturnType<typeof answersOf>> | undefined;
    await withServer({ GANTRY_DATA: data }, async ({ dicomweb }) => {
      await store(dicomweb, [file(1, 1), file(1, 2), file(2, 1), file(3, 1)]);
      assertEquals(await request(`${dicomweb}/studies/2.25.2`, "DELETE"), 204);
      before = await answersOf(dicomweb);
      assertMatch(
        await succeed(["backup", copy], env),
        /^3 instances, .* 4 files copied, 0 faults/,
      );
    });
    assertMatch(await succeed(["backup", copy], env), /0 files copied/);
    assertMatch(await succeed(["backup", copy, "--full"], env), /0 files copied/);
    assertEquals(filesBelow(copy).filter((path) => /index-.*\.db$/.test(path)).length, 1);

    const other = { GANTRY_DATA: restored };
    await succeed(["restore", copy], other);
    assertEquals((await runTask(["restore", copy], other)).code, 1);
    await withServer({ GANTRY_DATA: restored }, async ({ dicomweb }) => {
      assertSameAnswers(await answersOf(dicomweb), before!);
      assertEquals(await request(`${dicomweb}/studies/2.25.2`, "DELETE"), 410);
      assertEquals(await request(`${dicomweb}/studies/2.25.2/undelete`, "POST"), 200);
      assertEquals(await request(`${dicomweb}/studies/2.25.3`, "DELETE"), 204);
    });
    // Its own records say what is deleted.
    await Deno.remove(`${restored}/index.db`);
    await succeed(["reindex"], other);
    await withServer({ GANTRY_DATA: restored }, async ({ dicomweb }) => {
      assertEquals((await answersOf(dicomweb)).studies.length, 2);
      assertEquals(await request(`${dicomweb}/studies/2.25.3`, "DELETE"), 410);
    });
  }));

Deno.test("backup: names what is damaged, keeps yesterday's until today's is complete, and is no backup without a manifest", () =>
  withFolders(async ({ data, copy, restored }) => {
    const env = { GANTRY_DATA: data };
    await withServer(
      { GANTRY_DATA: data },
      ({ dicomweb }) => store(dicomweb, [file(1, 1), file(1, 2), file(1, 3)]),
    );
    const [first, second] = filesBelow(`${data}/blobs`);
    const bytes = await Deno.readFile(first!);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(first!, bytes);
    await Deno.remove(second!);
    const damaged = await runTask(["backup", copy], env);
    assertEquals(damaged.code, 1);
    const key = (path: string) => path.slice(`${data}/blobs/`.length);
    assertEquals(
      damaged.stdout.split("\n").slice(0, 2).sort(),
      [
        `data set: ${key(first!)} of instance 2.25.1.1.1`,
        `missing: ${key(second!)} of instance 2.25.1.1.2`,
      ].sort(),
    );
    const found = await runTask(["restore", copy], { GANTRY_DATA: restored });
    assertEquals(found.code, 1);
    assertMatch(found.stdout, /data set: .*\n/);
    await Deno.remove(restored, { recursive: true });

    // As one that broke off: no manifest, and a blob of which a part is there.
    await Deno.remove(`${copy}/manifest.json`);
    const [kept] = filesBelow(`${copy}/blobs`).slice(-1);
    await Deno.truncate(kept!, 10);
    const refused = await runTask(["restore", copy], { GANTRY_DATA: restored });
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /no backup, or one that broke off/);
    assertEquals((await runTask(["backup", copy], env)).code, 1);
    assertEquals(
      await Deno.readFile(kept!),
      await Deno.readFile(`${data}${kept!.slice(copy.length)}`),
    );

    assertEquals((await runTask(["backup", data], env)).code, 1);
    assertEquals((await runTask(["backup", `${copy}/no/where`], env)).code, 1);
    assertEquals((await runTask(["backup"], env)).code, 2);
  }));

Deno.test("restore: one that broke off is gone on with, and no server starts on it", () =>
  withFolders(async ({ data, copy, restored }) => {
    await withServer(
      { GANTRY_DATA: data },
      ({ dicomweb }) => store(dicomweb, [file(1, 1), file(1, 2)]),
    );
    await succeed(["keys", "add", "--name", "gate", "--scopes", "read"], { GANTRY_DATA: data });
    await succeed(["backup", copy], { GANTRY_DATA: data });
    const env = { GANTRY_DATA: restored };
    await succeed(["restore", copy], env);
    const keys = JSON.parse(await succeed(["keys", "list", "--json"], env));
    assertEquals(keys.map(({ name }: { name: string }) => name), ["gate"]);
    assertEquals(
      await Deno.readFile(`${restored}/keys.secret`),
      await Deno.readFile(`${data}/keys.secret`),
    );
    // As it was before the index was put in its place, with a blob of which a part is there.
    const { index } = JSON.parse(await Deno.readTextFile(`${copy}/manifest.json`));
    await Deno.writeTextFile(`${restored}/restoring`, index.sha256);
    await Deno.remove(`${restored}/index.db`);
    const [blob] = filesBelow(`${restored}/blobs`);
    await Deno.truncate(blob!, 10);
    const start = await startServer({ env }).then(() => "started", (error: Error) => error.message);
    assertMatch(start, /restore into .* is not complete/);
    assertEquals((await runTask(["verify"], env)).code, 1);
    await succeed(["restore", copy], env);
    assertMatch(await succeed(["verify"], env), /^2 instances, .* 0 faults/);

    const damaged = filesBelow(copy).find((path) => /index-.*\.db$/.test(path))!;
    const bytes = await Deno.readFile(damaged);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(damaged, bytes);
    await Deno.remove(restored, { recursive: true });
    const refused = await runTask(["restore", copy], env);
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /is damaged/);
  }));

smallDiskTest(
  "backup and restore: a full disk ends them with a sentence, and they go on when there is room",
  2,
  (disk) =>
    withFolders(async ({ data, copy }) => {
      const large = (number: number) => file(1, number, 8192);
      await withServer({ GANTRY_DATA: data }, ({ dicomweb }) =>
        store(dicomweb, [large(1), large(2), large(3)]));
      const full = /^The disk is full: make room, and start it again\n$/;
      const backup = await runTask(["backup", `${disk}/copy`], { GANTRY_DATA: data });
      assertEquals(backup.code, 1);
      assertMatch(backup.stderr, full);
      await Deno.remove(`${disk}/copy`, { recursive: true });

      await succeed(["backup", copy], { GANTRY_DATA: data });
      const env = { GANTRY_DATA: `${disk}/restored` };
      const restore = await runTask(["restore", copy], env);
      assertEquals(restore.code, 1);
      assertMatch(restore.stderr, full);
      await new Deno.Command("mount", { args: ["-o", "remount,size=32m", disk] }).output();
      await succeed(["restore", copy], env);
      assertMatch(await succeed(["verify"], env), /^3 instances, .* 0 faults/);
    }),
);
