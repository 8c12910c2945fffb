import { assert, assertEquals } from "@std/assert";
import { type Chance, chance, IS_LONG, newChance } from "../support/chance.ts";
import { ctInstance, SYNTAX } from "../support/part10_builder.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

const CLIENTS = 6;
const INSTANCES_PER_STUDY = 30;
/** Longest time between the first store of a round and its end, in milliseconds. */
const LATEST_KILL = 1200;
/** Rounds of the long test. */
const ROUNDS = 50;
/** Time of the short one, after which no round begins, in milliseconds. */
const SHORT_TIME = 14_000;

/** What was sent in a round, and which of it was acknowledged, by number. */
interface Round {
  readonly number: number;
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
}

const PIXELS = chance(1).bytes(512 * 1024);

/** The n-th instance of a round: the same bytes whenever it is made. */
function instanceOf({ number }: Round, n: number): Uint8Array {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(number, n);
  // From less than the blobs' write buffer to a little more.
  const rows = 2 ** (n % 11);
  return ctInstance({
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID,
    patientID: `ROUND${number}`,
    transferSyntaxUID: n % 3 === 0 ? SYNTAX.implicit : SYNTAX.explicit,
    rows,
    columns: 256,
    pixels: [PIXELS.subarray(0, rows * 256 * 2)],
  });
}

function uidsOf(round: number, n: number) {
  const studyInstanceUID = `2.25.${round}.${Math.floor(n / INSTANCES_PER_STUDY)}`;
  const seriesInstanceUID = `${studyInstanceUID}.${n % 3}`;
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID: `${seriesInstanceUID}.${n}` };
}

/** Stores from several clients until the server is killed. */
async function storeUntilKilled(server: ServerProcess, number: number, chance: Chance) {
  const round: Round = { number, sent: new Set(), acknowledged: new Set() };
  let next = 0;
  let killed = false;
  const { promise: first, resolve: begun } = Promise.withResolvers<void>();

  async function client(): Promise<void> {
    while (!killed) {
      const count = 1 + chance.below(5);
      // Now and then what another client has sent, or is sending at this moment.
      const from = chance.below(6) === 0 ? chance.below(next + 1) : next;
      next = Math.max(next, from + count);
      const numbers = Array.from({ length: count }, (_, i) => from + i);
      numbers.forEach((n) => round.sent.add(n));
      const answer = stow(server.dicomweb, numbers.map((n) => instanceOf(round, n)));
      begun();
      try {
        const response = await answer;
        const module = await response.json();
        assertEquals([response.status, module["00081198"]], [200, undefined]);
        numbers.forEach((n) => round.acknowledged.add(n));
      } catch (error) {
        if (!killed) throw error;
      }
    }
  }

  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await first;
  const moment = chance.below(LATEST_KILL);
  await Promise.race([clients, new Promise((resolve) => setTimeout(resolve, moment))]);
  killed = true;
  await server.kill();
  await clients;
  return round;
}

/** What was acknowledged is there; what is there is whole, and counted right. */
async function assertWhole({ dicomweb }: ServerProcess, round: Round): Promise<void> {
  const found = new Set<string>();
  const studies = await search(`${dicomweb}/studies?PatientID=ROUND${round.number}`);
  for (const study of studies) {
    const url = `${dicomweb}/studies/${study("0020000D")}`;
    const instances = await search(`${url}/instances`);
    const series = await search(`${url}/series`);
    assertEquals(study("00201208"), instances.length, "NumberOfStudyRelatedInstances");
    assertEquals(study("00201206"), series.length, "NumberOfStudyRelatedSeries");
    for (const one of series) {
      const own = instances.filter((instance) => instance("0020000E") === one("0020000E"));
      assertEquals(one("00201209"), own.length, "NumberOfSeriesRelatedInstances");
    }
    assertEquals((await search(`${url}/metadata`)).length, instances.length);
    for (const instance of instances) found.add(String(instance("00080018")));
  }
  for (const n of round.sent) {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(round.number, n);
    const response = await fetch(
      `${dicomweb}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`,
      { headers: { accept: "application/dicom; transfer-syntax=*" } },
    );
    const bytes = await response.bytes();
    const name = `instance ${n} of round ${round.number}`;
    if (found.delete(sopInstanceUID)) {
      assertEquals(response.status, 200, name);
      assert(equal(bytes, instanceOf(round, n)), `${name} has other bytes`);
    } else {
      assert(!round.acknowledged.has(n), `${name} was acknowledged and is lost`);
      assertEquals(response.status, 404, name);
    }
  }
  assertEquals([...found], [], "found, though never sent");
}

/** The data sets of an answer, each as a function that gives an attribute's first value. */
async function search(url: string): Promise<((tag: string) => unknown)[]> {
  const response = await fetch(url, { headers: { accept: "application/dicom+json" } });
  assertEquals(response.status, 200);
  const found: Record<string, { Value?: unknown[] }>[] = await response.json();
  return found.map((dataSet) => (tag) => dataSet[tag]?.Value?.[0]);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
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
      if (last !== undefined) await assertWhole(server, last);
      rounds.push(await storeUntilKilled(server, rounds.length, chance));
      const { code, stdout, stderr } = await runTask(["verify", "--json"], env);
      assertEquals(code, 0, stdout + stderr);
    }
    const server = await startServer({ env });
    for (const round of rounds) await assertWhole(server, round);
    assertEquals(await server.stop(), 0);
    const count = rounds.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    console.log(`${rounds.length} rounds, ${count} instances acknowledged`);
    assert(count > rounds.length, "hardly anything was stored");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
