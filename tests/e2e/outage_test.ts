import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type Chance, newChance } from "../support/chance.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { type Sqld, startSqld } from "../support/sqld.ts";
import { assertWhole, instanceOf, type Round, uidsOf } from "../support/stored_rounds.ts";
import { stow } from "../support/stow.ts";
import { startSwift, SWIFT_PROGRAMS, type SwiftProcess } from "../support/swift.ts";

const CLIENTS = 4;

/** Milliseconds in which every request must be answered, whatever is out of reach. */
const PATIENCE = 25_000;

/** What clients have seen. */
interface Seen {
  readonly round: Round;
  /** Answers 503 to stores and to retrievals. */
  refusedStores: number;
  refusedReads: number;
  /** Answers 200, each of which calls `onStored`. */
  stored: number;
  read: number;
  /** Milliseconds of the slowest answer. */
  slowest: number;
}

/** Stores and retrieves until it is stopped. */
function useServer({ dicomweb }: ServerProcess, number: number, chance: Chance) {
  const round: Round = { number, sent: new Set(), acknowledged: new Set() };
  const seen: Seen = { round, refusedStores: 0, refusedReads: 0, stored: 0, read: 0, slowest: 0 };
  let next = 0;
  let stopped = false;
  let wake = () => {};

  async function timed(request: Promise<Response>): Promise<Response> {
    const begun = performance.now();
    const response = await request;
    seen.slowest = Math.max(seen.slowest, performance.now() - begun);
    if (response.status === 503) assert(Number(response.headers.get("retry-after")) > 0);
    return response;
  }

  async function store(): Promise<void> {
    const numbers = Array.from({ length: 1 + chance.below(4) }, () => next++);
    numbers.forEach((n) => round.sent.add(n));
    const response = await timed(stow(dicomweb, numbers.map((n) => instanceOf(round, n))));
    const module = await response.json();
    if (response.status === 503) return void seen.refusedStores++;
    const referenced: string[] = (module["00081199"]?.Value ?? [])
      .map((item: Record<string, { Value: string[] }>) => item["00081155"]?.Value[0]);
    for (const n of numbers) {
      if (referenced.includes(uidsOf(number, n).sopInstanceUID)) round.acknowledged.add(n);
    }
    if (response.status === 200) seen.stored++;
    else assertEquals(response.status, 202);
  }

  async function read(): Promise<void> {
    const known = [...round.acknowledged];
    const n = known[chance.below(known.length)];
    if (n === undefined) return;
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(number, n);
    const path =
      `/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
    const accept = "application/dicom; transfer-syntax=*";
    const response = await timed(fetch(dicomweb + path, { headers: { accept } }));
    // An answer that began before the store was out of reach breaks off, which a client sees.
    const bytes = await response.bytes().catch(() => undefined);
    if (response.status === 503) return void seen.refusedReads++;
    assertEquals(response.status, 200);
    if (bytes === undefined) return;
    assertEquals(bytes, instanceOf(round, n));
    seen.read++;
  }

  async function client(work: () => Promise<void>): Promise<void> {
    while (!stopped) {
      await work();
      wake();
      // Lets the others in where the work was none.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  const clients = Promise.all([
    ...Array.from({ length: CLIENTS }, () => client(store)),
    client(read),
  ]);
  return {
    seen,
    /** Resolves when the clients have seen it; rejects where one of them fails. */
    until(condition: (seen: Seen) => boolean): Promise<unknown> {
      const seenIt = async () => {
        while (!condition(seen)) await new Promise<void>((resolve) => wake = resolve);
      };
      return Promise.race([seenIt(), clients]);
    },
    async stop() {
      stopped = true;
      await clients;
    },
  };
}

/** What a server keeps its things with. */
interface Services {
  readonly sqld: Sqld;
  readonly swift: SwiftProcess;
}

async function withServices(
  test: (services: Services, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const [sqld, swift] = await Promise.all([startSqld(), startSwift()]);
  const data = await Deno.makeTempDir({ prefix: "gantry-outage-" });
  try {
    await swift.createBucket("gantry");
    await test({ sqld, swift }, {
      GANTRY_DATA: data,
      GANTRY_INDEX_URL: sqld.url,
      GANTRY_BLOBS_URL: "s3://gantry/outage",
      AWS_ENDPOINT_URL_S3: swift.endpoint,
      AWS_ACCESS_KEY_ID: swift.accessKeyId,
      AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
      AWS_REGION: swift.region,
    });
  } finally {
    await Promise.all([sqld.stop(), swift.stop(), Deno.remove(data, { recursive: true })]);
  }
}

for (const part of ["sqld", "swift"] as const) {
  peerTest(
    `server: loses nothing and goes on by itself when ${part} is killed and started again`,
    ["sqld", ...SWIFT_PROGRAMS],
    () =>
      withServices(async (services, env) => {
        const server = await startServer({ env });
        const work = useServer(server, 0, newChance());
        const { seen } = work;
        await work.until(({ stored, read }) => stored > 10 && read > 10);
        await services[part].kill();
        // Reads need both.
        await work.until(({ refusedStores, refusedReads }) =>
          refusedStores >= CLIENTS && refusedReads > 0
        );
        const ready = await fetch(`${server.url}/readyz`);
        await ready.body?.cancel();
        assertEquals(ready.status, 503);
        await services[part].restart();
        const before = { stored: seen.stored, read: seen.read };
        await work.until(({ stored, read }) =>
          stored > before.stored + 10 && read > before.read + 10
        );
        await work.stop();
        await assertWhole(server.dicomweb, seen.round);
        assertGreater(seen.round.acknowledged.size, 20);
        assertLess(seen.slowest, PATIENCE);
        assertEquals(await server.stop(), 0);
        const { code, stdout, stderr } = await runTask(["verify", "--json"], env);
        assertEquals(code, 0, stdout + stderr);
        console.log(
          `${seen.round.acknowledged.size} acknowledged, ${seen.refusedStores} stores and ` +
            `${seen.refusedReads} reads refused, slowest answer ${Math.round(seen.slowest)} ms`,
        );
      }),
  );
}
