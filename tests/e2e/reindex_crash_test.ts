import { assert, assertEquals } from "@std/assert";
import { type Chance, IS_LONG, newChance } from "../support/chance.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

const CLIENTS = 4;
/** Rounds of the long test. */
const ROUNDS = 25;
/** Time of the short one, after which no round begins, in milliseconds. */
const SHORT_TIME = 3_000;
/** Longest time between what is acknowledged first and the end of a round, in milliseconds. */
const LATEST_KILL = 1000;

/** What a client knows of its study when the server dies: what was acknowledged, or is not known. */
type Standing = "stored" | "deleted" | "unknown";

const file = (study: string) =>
  ctInstance({
    studyInstanceUID: study,
    seriesInstanceUID: `${study}.1`,
    sopInstanceUID: `${study}.1.1`,
    rows: 16,
    columns: 64,
    pixels: [new Uint8Array(16 * 64 * 2)],
  });

/** Stores, deletes and brings back until the server is killed. */
async function workUntilKilled(
  server: ServerProcess,
  round: number,
  chance: Chance,
): Promise<ReadonlyMap<string, Standing>> {
  const standing = new Map<string, Standing>();
  const { promise: some, resolve: enough } = Promise.withResolvers<void>();
  let isKilled = false;
  let next = 0;

  async function acknowledged(request: Promise<Response>): Promise<boolean> {
    try {
      const response = await request;
      const text = await response.text();
      assert(response.ok, text);
      return true;
    } catch (error) {
      if (!isKilled) throw error;
      return false;
    }
  }

  async function step(study: string, request: () => Promise<Response>, then: Standing) {
    standing.set(study, "unknown");
    if (!await acknowledged(request())) return;
    standing.set(study, then);
    const known = new Set(standing.values());
    if (known.has("stored") && known.has("deleted")) enough();
  }

  async function client(): Promise<void> {
    while (!isKilled) {
      const study = `2.25.${round + 1}.${++next}`;
      const url = `${server.dicomweb}/studies/${study}`;
      await step(study, () => stow(server.dicomweb, [file(study)]), "stored");
      const fate = chance.below(4);
      if (fate > 0 && !isKilled) {
        await step(study, () => fetch(url, { method: "DELETE" }), "deleted");
      }
      if (fate > 1 && !isKilled) {
        await step(study, () => fetch(`${url}/undelete`, { method: "POST" }), "stored");
      }
      if (fate > 2 && !isKilled) {
        await step(study, () => fetch(url, { method: "DELETE" }), "deleted");
      }
    }
  }

  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await some;
  const moment = chance.below(LATEST_KILL);
  await Promise.race([clients, new Promise((resolve) => setTimeout(resolve, moment))]);
  isKilled = true;
  await server.kill();
  await clients;
  return standing;
}

const EXPECTED = { stored: [200], deleted: [410], unknown: [200, 404, 410] };

Deno.test("reindex: after a crash and the loss of the index, stores and deletions that were acknowledged hold", async () => {
  const data = await Deno.makeTempDir({ prefix: "gantry-reindex-crash-" });
  const env = { GANTRY_DATA: data };
  const chance = newChance();
  const all = new Map<string, Standing>();
  const started = performance.now();
  try {
    for (
      let round = 0;
      IS_LONG ? round < ROUNDS : performance.now() - started < SHORT_TIME;
      round++
    ) {
      const worked = await workUntilKilled(await startServer({ env }), round, chance);
      for (const [study, standing] of worked) all.set(study, standing);
      for (const end of ["", "-wal", "-shm"]) await Deno.remove(`${data}/index.db${end}`);
      const { stdout, stderr } = await runTask(["reindex", "--json"], env);
      assert(/"instances":\d+/.test(stdout), stdout + stderr);
      const server = await startServer({ env });
      for (const [study, standing] of all) {
        const url = `${server.dicomweb}/studies/${study}/metadata`;
        const response = await fetch(url, { headers: { Accept: "application/dicom+json" } });
        await response.body?.cancel();
        assert(
          EXPECTED[standing].includes(response.status),
          `${study} was ${standing}, and its answer is ${response.status}`,
        );
        // It stays what it turned out to be.
        if (standing === "unknown") all.set(study, response.status === 200 ? "stored" : "unknown");
      }
      assertEquals(await server.stop(), 0);
    }
    const count = (standing: Standing) =>
      [...all.values()].filter((each) => each === standing).length;
    console.log(`${count("stored")} stored, ${count("deleted")} deleted`);
    assert(count("stored") > 0 && count("deleted") > 0, "hardly anything was acknowledged");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
