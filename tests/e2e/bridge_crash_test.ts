import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { type BridgeProcess, startBridge } from "../support/bridge_process.ts";
import { chance, IS_LONG, newChance } from "../support/chance.ts";
import { commandPdu, fragmented, storeRQ } from "../support/dimse_bytes.ts";
import { ACCEPTED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { freePort } from "../support/orthanc.ts";
import { buildDataSet, ctElements } from "../support/part10_builder.ts";
import { splitPart10 } from "../support/part10_files.ts";
import { startServer } from "../support/server_process.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";

const ASSOCIATIONS = 4;
/** Instances of a round. */
const INSTANCES = 200;
const INSTANCES_PER_STUDY = 50;
/** Longest time between the beginning of a round and its kill, in milliseconds: about what sending takes. */
const LATEST_KILL = 800;
/** Rounds of the long tests. */
const ROUNDS = 100;
const SERVER_ROUNDS = 20;
/** Times of the short ones, after which no round begins, in milliseconds. */
const SHORT_TIME = 7_000;
const SERVER_SHORT_TIME = 3_000;

/** What was answered 0000 in a round, by number. */
interface Round {
  readonly number: number;
  readonly acknowledged: Set<number>;
}

/** Where both processes keep what they have, and where the server listens in all its lives. */
interface Machine {
  readonly server: Readonly<Record<string, string>>;
  readonly bridge: Readonly<Record<string, string>>;
}

const PIXELS = chance(1).bytes(512 * 1024);

/** The n-th data set of a round: the same bytes whenever it is made. */
function dataSetOf({ number }: Round, n: number): Uint8Array {
  // From less than a PDU to all that the spool writes at once, and more.
  const rows = 2 ** (n % 11);
  return buildDataSet(ctElements({
    ...uidsOf(number, n),
    patientID: `ROUND${number}`,
    rows,
    columns: 256,
    pixels: [PIXELS.subarray(0, rows * 256 * 2)],
  }));
}

function uidsOf(round: number, n: number) {
  const studyInstanceUID = `2.25.${round}.${Math.floor(n / INSTANCES_PER_STUDY)}`;
  const seriesInstanceUID = `${studyInstanceUID}.${n % 3}`;
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID: `${seriesInstanceUID}.${n}` };
}

/** Sends a round over several associations, one instance after another; once it is killed the bridge may do anything. */
async function sendAll(
  bridge: BridgeProcess,
  round: Round,
  isKilled: () => boolean = () => false,
): Promise<void> {
  let next = 0;
  async function send(): Promise<void> {
    try {
      using peer = await RawPeer.connect(bridge);
      assertEquals(await peer.associate(), ACCEPTED);
      while (next < INSTANCES) {
        const n = next++;
        const { sopInstanceUID } = uidsOf(round.number, n);
        const dataSet = dataSetOf(round, n);
        await peer.send(
          commandPdu(3, storeRQ(sopInstanceUID)),
          ...fragmented(3, "data", dataSet),
        );
        assertEquals(await peer.next(), STORED);
        round.acknowledged.add(n);
      }
    } catch (error) {
      if (!isKilled()) throw error;
    }
  }
  await Promise.all(Array.from({ length: ASSOCIATIONS }, send));
}

/** Sends until the bridge is killed, which is so many milliseconds later. */
async function sendUntilKilled(bridge: BridgeProcess, round: Round, moment: number): Promise<void> {
  let isKilled = false;
  async function kill(): Promise<void> {
    await sleep(moment);
    isKilled = true;
    await bridge.kill();
  }
  await Promise.all([kill(), sendAll(bridge, round, () => isKilled)]);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs a test on folders of its own, and says how much was acknowledged. */
async function withMachine(
  test: (machine: Machine, rounds: Round[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bridge-crash-" });
  const rounds: Round[] = [];
  try {
    await test({
      server: { GANTRY_DATA: `${folder}/data`, GANTRY_PORT: `${freePort()}` },
      bridge: { GANTRY_SPOOL: `${folder}/spool` },
    }, rounds);
    const count = rounds.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    console.log(`${rounds.length} rounds, ${count} instances acknowledged`);
    assert(count > 10 * rounds.length, "hardly anything was stored");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Begins rounds until there are so many, or in the short test until so many milliseconds have passed. */
function* begin(rounds: Round[], count: number, milliseconds: number): Generator<Round> {
  const end = performance.now() + milliseconds;
  while (IS_LONG ? rounds.length < count : performance.now() < end) {
    const round = { number: rounds.length, acknowledged: new Set<number>() };
    rounds.push(round);
    yield round;
  }
}

/** The spool is empty, and none of its instances was laid aside. */
async function assertUploaded({ spool }: BridgeProcess): Promise<void> {
  await untilUploaded(spool);
  assertEquals(spooled(spool, "incoming"), []);
  assertEquals(spooled(spool, "dead"), []);
}

/** What was acknowledged is there; what is there is whole. */
async function assertStored(dicomweb: string, round: Round): Promise<void> {
  const response = await fetch(`${dicomweb}/instances?PatientID=ROUND${round.number}`);
  const matches: readonly Record<string, { Value: unknown[] }>[] = await response.json();
  const found = new Set(matches.map((match) => match["00080018"]?.Value[0]));
  assertEquals(found.size, matches.length);
  for (let n = 0; n < INSTANCES; n++) {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(round.number, n);
    const name = `instance ${n} of round ${round.number}`;
    if (!found.delete(sopInstanceUID)) {
      assert(!round.acknowledged.has(n), `${name} was acknowledged and is lost`);
      continue;
    }
    const response = await fetch(
      `${dicomweb}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`,
      { headers: { accept: "application/dicom; transfer-syntax=*" } },
    );
    assertEquals(response.status, 200, name);
    const { dataSet } = splitPart10(await response.bytes());
    assertEquals(Buffer.compare(dataSet, dataSetOf(round, n)), 0, `${name} has another data set`);
  }
  assertEquals([...found], [], "found, though never sent");
}

Deno.test("bridge: loses nothing that it acknowledged, and passes nothing on in part, when it is killed", () =>
  withMachine(async (machine, rounds) => {
    const chance = newChance();
    const server = await startServer({ env: machine.server });
    try {
      const { dicomweb } = server;
      for (const round of begin(rounds, ROUNDS, SHORT_TIME)) {
        const bridge = await startBridge(dicomweb, { env: machine.bridge });
        await sendUntilKilled(bridge, round, chance.below(LATEST_KILL));
      }
      const bridge = await startBridge(dicomweb, { env: machine.bridge });
      try {
        await assertUploaded(bridge);
        for (const round of rounds) await assertStored(dicomweb, round);
      } finally {
        assertEquals(await bridge.stop(), 0);
      }
    } finally {
      await server.stop();
    }
  }));

Deno.test("bridge: loses nothing that it acknowledged when the server is killed", () =>
  withMachine(async (machine, rounds) => {
    const chance = newChance();
    let server = await startServer({ env: machine.server });
    const bridge = await startBridge(server.dicomweb, { env: machine.bridge });
    try {
      for (const round of begin(rounds, SERVER_ROUNDS, SERVER_SHORT_TIME)) {
        const sending = sendAll(bridge, round);
        await sleep(chance.below(LATEST_KILL));
        await server.kill();
        server = await startServer({ env: machine.server });
        await sending;
        assertEquals(round.acknowledged.size, INSTANCES);
      }
      await assertUploaded(bridge);
      for (const round of rounds) await assertStored(server.dicomweb, round);
    } finally {
      assertEquals(await bridge.stop(), 0);
      await server.stop();
    }
  }));
