import { assert, assertEquals } from "@std/assert";
import { type Chance, IS_LONG, newChance } from "../support/chance.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { runTask, type TaskResult } from "../support/run_task.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

const INSTANCES = 120;
/** Of one study of 20. */
const DELETED = 20;
/** Rounds of the long test. */
const ROUNDS = 40;
/** Time of the short one, after which no round begins, in milliseconds. */
const SHORT_TIME = 3_000;
/** A command is killed this long after it first touched a file at the latest, in milliseconds. */
const LATEST_KILL = 800;

/** Starts a command and kills it at some moment of its work in `root`; undefined where it was. */
async function killed(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  root: string,
  chance: Chance,
): Promise<TaskResult | undefined> {
  using watcher = Deno.watchFs(root);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", "server/cli.ts", ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await Promise.race([watcher[Symbol.asyncIterator]().next(), child.status]);
  let isOver = false;
  const timer = setTimeout(() => isOver || child.kill("SIGKILL"), chance.below(LATEST_KILL));
  const { signal, code } = await child.status;
  isOver = true;
  clearTimeout(timer);
  return signal === null ? { code, stdout: "", stderr: "" } : undefined;
}

async function verified(data: string): Promise<number> {
  const { code, stdout, stderr } = await runTask(["verify", "--json"], { GANTRY_DATA: data });
  assertEquals(code, 0, stdout + stderr);
  return JSON.parse(stdout).instances;
}

/** An installation with something deleted in it. */
async function fill(data: string): Promise<void> {
  const server = await startServer({ env: { GANTRY_DATA: data } });
  try {
    for (let from = 0; from < INSTANCES; from += DELETED) {
      const files = Array.from({ length: DELETED }, (_, i) =>
        ctInstance({
          studyInstanceUID: `2.25.${from + 1}`,
          seriesInstanceUID: `2.25.${from + 1}.1`,
          sopInstanceUID: `2.25.${from + 1}.1.${i}`,
          rows: 64,
          columns: 64,
          pixels: [new Uint8Array(64 * 64 * 2)],
        }));
      const stored = await stow(server.dicomweb, files);
      assertEquals(stored.status, 200, await stored.text());
    }
    const deleted = await fetch(`${server.dicomweb}/studies/2.25.1`, { method: "DELETE" });
    assertEquals([deleted.status, await deleted.text()], [204, ""]);
  } finally {
    assertEquals(await server.stop(), 0);
  }
}

Deno.test("reindex, backup, restore: killed at any moment, they leave what was there, and are gone on with", async () => {
  const root = await Deno.makeTempDir({ prefix: "gantry-archive-crash-" });
  const [data, copy] = [`${root}/data`, `${root}/copy`];
  const env = { GANTRY_DATA: data };
  const chance = newChance();
  const left = INSTANCES - DELETED;
  let kills = 0;
  const kill = async (...parameters: Parameters<typeof killed>) => {
    const ended = await killed(...parameters);
    if (ended === undefined) kills++;
    else assertEquals(ended.code, 0);
  };
  try {
    await fill(data);
    assertEquals((await runTask(["backup", `${root}/first`], env)).code, 0);
    const started = performance.now();
    for (
      let round = 0;
      IS_LONG ? round < ROUNDS : performance.now() - started < SHORT_TIME;
      round++
    ) {
      await kill(["reindex"], env, root, chance);
      assertEquals(await verified(data), left);

      await kill(["backup", copy], env, root, chance);
      const restored = `${root}/restored${round}`;
      const from = { GANTRY_DATA: restored };
      const { code, stderr } = await runTask(["restore", copy], from);
      if (code === 0) assertEquals(await verified(restored), left);
      else assert(/no backup|Deno.errors.NotFound|is not there/.test(stderr), stderr);

      const other = { GANTRY_DATA: `${root}/other${round}` };
      await kill(["restore", `${root}/first`], other, root, chance);
      const again = await runTask(["restore", `${root}/first`], other);
      if (again.code !== 0) assert(/is not empty/.test(again.stderr), again.stderr);
      assertEquals(await verified(other.GANTRY_DATA), left);
    }
    assertEquals((await runTask(["backup", copy], env)).code, 0);
    assertEquals((await runTask(["reindex"], env)).code, 0);
    assertEquals(await verified(data), left);
    console.log(`${kills} commands were killed on their way`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
