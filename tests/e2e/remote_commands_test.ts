import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openS3Blobs } from "../../server/blobs/s3.ts";
import { answersOf, assertSameAnswers } from "../support/answers.ts";
import { withFolders, writeFiles } from "../support/imports.ts";
import { remotePlaceTest } from "../support/remote_place.ts";
import { runTask, type TaskResult } from "../support/run_task.ts";
import { withServer } from "../support/server_process.ts";
import { startSqld } from "../support/sqld.ts";

const FILES = 3;
const STUDY = "2.25.77.0";

type Run = (...args: string[]) => Promise<TaskResult>;

async function succeed(run: Run, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

remotePlaceTest(
  "the command line works on a database and an object store beside a server",
  (place) =>
    withFolders(async ({ files, data }) => {
      const env = { ...place.env, GANTRY_DATA: data };
      const run: Run = (...args) => runTask(args, env);
      await writeFiles(files, FILES);
      await withServer(env, async ({ dicomweb }) => {
        assertMatch(await succeed(run, "import", files), /3 files/);
        const found = await (await fetch(`${dicomweb}/instances`)).json();
        assertEquals(found.length, FILES);
        await succeed(run, "verify");
        await succeed(run, "export", "--to", `${files}/../out`, STUDY);
        assert((await Deno.stat(`${files}/../out/DICOMDIR`)).isFile);

        const key = (await succeed(run, "keys", "add", "--name", "k", "--scopes", "read")).trim();
        const asked = async () => {
          const headers = { Authorization: `Bearer ${key}` };
          const response = await fetch(`${dicomweb}/studies`, { headers });
          await response.body?.cancel();
          return response.status;
        };
        assertEquals(await asked(), 200);
        const [{ id }] = JSON.parse(await succeed(run, "keys", "list", "--json"));
        await succeed(run, "keys", "revoke", id);
      });
      assertStringIncludes(await succeed(run, "stats"), "\non disk: index unknown");
      const { archives, disk } = JSON.parse(await succeed(run, "stats", "--json"));
      assertEquals([archives[0].totals.instances, disk.index], [FILES, null]);
      // Nothing of the archive is on this machine.
      const names = [...Deno.readDirSync(data)].map(({ name }) => name);
      assertEquals(names.filter((name) => /^(index\.db|blobs|keys)/.test(name)), []);

      for (const command of ["backup", "restore"]) {
        const { code, stderr } = await run(command, `${files}/../copy`);
        assertEquals(code, 2, stderr);
        assertMatch(stderr, /`migrate-storage --to (embedded|remote)`/);
      }

      const blobs = openS3Blobs({ ...place.swift.place("gantry"), prefix: "pacs/" });
      const [blob] = await Array.fromAsync(blobs.list(""));
      await blobs.delete(blob!);
      const verified = await run("verify");
      assertEquals([verified.code, verified.stdout.split(":")[0]], [1, "missing"]);

      const wrong = await runTask(["verify"], { ...env, AWS_SECRET_ACCESS_KEY: "tasting" });
      assertEquals(wrong.code, 1, wrong.stderr);
      assert(!/tasting|\n +at /.test(wrong.stderr), wrong.stderr);
      await place.sqld.kill();
      const away = await run("keys", "list");
      assertEquals([away.code, away.stdout], [1, ""]);
      assertMatch(away.stderr, /^The index is out of reach: see that it runs/);
    }),
);

remotePlaceTest(
  "reindex: builds the index of a database that was lost into an empty one, and into no other",
  (place) =>
    withFolders(async ({ files, data }) => {
      const env = { ...place.env, GANTRY_DATA: data };
      await writeFiles(files, FILES);
      assertEquals((await runTask(["import", files], env)).code, 0);
      let before: Awaited<ReturnType<typeof answersOf>> | undefined;
      await withServer(env, async ({ dicomweb }) => {
        const rows = await (await fetch(`${dicomweb}/instances`)).json();
        const [uid] = rows[0]["00080018"].Value;
        const url = `${dicomweb}/studies/${STUDY}/series/${STUDY}.1/instances/${uid}`;
        assertEquals((await fetch(url, { method: "DELETE" })).status, 204);
        before = await answersOf(dicomweb);
      });
      const there = await runTask(["reindex"], env);
      assertEquals([there.code, there.stdout], [1, ""]);
      assertMatch(there.stderr, /holds an index: one is only built into an empty database/);
      const sqld = await startSqld();
      try {
        const anew = { ...env, GANTRY_INDEX_URL: sqld.url };
        const { code, stdout, stderr } = await runTask(["reindex"], anew);
        assertEquals(code, 0, stdout + stderr);
        assertMatch(stdout, /^2 instances, .*, 0 findings\n$/);
        assertEquals((await runTask(["verify"], anew)).code, 0);
        await withServer(anew, async ({ dicomweb }) => {
          assertSameAnswers(await answersOf(dicomweb), before!);
        });
        assertEquals((await runTask(["reindex"], anew)).code, 1);
      } finally {
        await sqld.stop();
      }
    }),
);
