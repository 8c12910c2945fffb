/**
 * A server under attack: whatever is sent to it, it must hold afterwards what it held before,
 * answer the next request and have logged no failure of its own.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ctInstance } from "./part10_builder.ts";
import { runTask } from "./run_task.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { blobsUnder } from "./storage.ts";
import { stow } from "./stow.ts";

/** Milliseconds in which the server must have noticed that a client is gone. */
const PATIENCE = 5000;

/** The one instance that it holds. */
export const WITNESS = ctInstance();
/** Its UIDs. */
export const UIDS = {
  study: "1.2.826.0.1.3680043.10.1.1",
  series: "1.2.826.0.1.3680043.10.1.2",
  instance: "1.2.826.0.1.3680043.10.1.3",
} as const;
/** Its URL below the DICOMweb root. */
export const WITNESS_PATH =
  `/studies/${UIDS.study}/series/${UIDS.series}/instances/${UIDS.instance}`;

/** A server that holds the witness. */
export interface Attacked extends ServerProcess {
  /** Fails where the server is not as it was before, but for instances that were stored since. */
  assertUnharmed(what: string): Promise<void>;
  /** Says that this many instances were rightly stored. */
  expectStored(instances: number): void;
}

/** Runs a test on a server of its own, which must be unharmed at its end. */
export async function withAttacked(test: (server: Attacked) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "gantry-attacked-" });
  try {
    const server = await startServer({ env: { GANTRY_DATA: data } });
    try {
      await attack(server, data, test);
    } finally {
      assertEquals(await server.stop(), 0);
    }
    const { code, stdout } = await runTask(["verify", "--json"], { GANTRY_DATA: data });
    const { pending, faults } = JSON.parse(stdout);
    assertEquals([code, pending, faults], [0, 0, 0]);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

async function attack(
  server: ServerProcess,
  data: string,
  test: (server: Attacked) => Promise<void>,
): Promise<void> {
  const { dicomweb } = server;
  assertEquals(await statusOf(stow(dicomweb, [WITNESS])), 200);
  const objects = await blobsUnder(data);
  let instances = 1;

  async function assertUnharmed(what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    // A client that is gone is noticed a little later; every look is a request that is answered.
    for (;;) {
      const blobs = (await Array.fromAsync(objects.list("default/"))).length;
      const rows = await totalOf(`${dicomweb}/instances`);
      if (blobs === instances && rows === instances) break;
      const found = `${blobs} blobs and ${rows} rows of ${instances} instances`;
      assert(performance.now() < deadline, `${what}: ${found}`);
    }
    const witness = await fetch(dicomweb + WITNESS_PATH, {
      headers: { accept: "application/dicom; transfer-syntax=*" },
    });
    assertEquals(await witness.bytes(), WITNESS, what);
    assertEquals(server.log(), "", what);
  }

  const attacked = {
    ...server,
    assertUnharmed,
    expectStored: (count: number) => void (instances += count),
  };
  await test(attacked);
  await assertUnharmed("at the end");
}

/** The status of an answer that is not looked at. */
export async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.body?.cancel();
  return response.status;
}

async function totalOf(url: string): Promise<number> {
  const response = await fetch(`${url}?count=true&limit=1`);
  await response.body?.cancel();
  return Number(response.headers.get("x-total-count"));
}
