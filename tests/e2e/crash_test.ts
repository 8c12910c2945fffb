import { assert, assertEquals } from "@std/assert";
import { type Chance, IS_LONG, newChance } from "../support/chance.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { assertWhole, instanceOf, type Round } from "../support/stored_rounds.ts";
import { stow } from "../support/stow.ts";

const CLIENTS = 6;
/** Longest time between the first acknowledgement of a round and its end, in milliseconds. */
const LATEST_KILL = 1200;
/** Rounds of the long test. */
const ROUNDS = 50;
/** Time of the short one, after which no round begins, in milliseconds. */
const SHORT_TIME = 14_000;

/** Stores from several clients until the server is killed. */
async function storeUntilKilled(server: ServerProcess, number: number, chance: Chance) {
  const round: Round = { number, sent: new Set(), acknowledged: new Set() };
  let next = 0;
  let killed = false;
  const { promise: first, resolve: acknowledged } = Promise.withResolvers<void>();

  async function client(): Promise<void> {
    while (!killed) {
      const count = 1 + chance.below(5);
      // Now and then what another client has sent, or is sending at this moment.
      const from = chance.below(6) === 0 ? chance.below(next + 1) : next;
      next = Math.max(next, from + count);
      const numbers = Array.from({ length: count }, (_, i) => from + i);
      numbers.forEach((n) => round.sent.add(n));
      try {
        const response = await stow(server.dicomweb, numbers.map((n) => instanceOf(round, n)));
        const module = await response.json();
        assertEquals([response.status, module["00081198"]], [200, undefined]);
        numbers.forEach((n) => round.acknowledged.add(n));
        acknowledged();
      } catch (error) {
        if (!killed) throw error;
      }
    }
  }

  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.race([clients, first]);
  const moment = chance.below(LATEST_KILL);
  await Promise.race([clients, new Promise((resolve) => setTimeout(resolve, moment))]);
  killed = true;
  await server.kill();
  await clients;
  return round;
}

Deno.test("server: loses nothing that it acknowledged, and shows nothing in part, when it is killed", async () => {
  const data = await Deno.makeTempDir({ prefix: "gantry-crash-" });
  const env = { GANTRY_DATA: data };
  const chance = newChance();
  const rounds: Round[] = [];
  const started = performance.now();
  try {
    while (IS_LONG ? rounds.length < ROUNDS : performance.now() - started < SHORT_TIME) {
      const server = await startServer({ env });
      const last = rounds.at(-1);
      if (last !== undefined) await assertWhole(server.dicomweb, last);
      rounds.push(await storeUntilKilled(server, rounds.length, chance));
      const { code, stdout, stderr } = await runTask(["verify", "--json"], env);
      assertEquals(code, 0, stdout + stderr);
    }
    const server = await startServer({ env });
    for (const round of rounds) await assertWhole(server.dicomweb, round);
    assertEquals(await server.stop(), 0);
    const count = rounds.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    console.log(`${rounds.length} rounds, ${count} instances acknowledged`);
    assert(count > rounds.length, "hardly anything was stored");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
