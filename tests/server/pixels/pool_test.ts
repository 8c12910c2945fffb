import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FrameFormat, PixelError } from "../../../server/pixels/frame.ts";
import { buffersOf } from "../../../server/pixels/messages.ts";
import { type Client, PixelsBusyError } from "../../../server/pixels/pixels.ts";
import { Pool, type PoolOptions } from "../../../server/pixels/pool.ts";
import { ASKED } from "../../support/pool_worker.ts";

const FORMAT: FrameFormat = {
  Rows: 1,
  Columns: 2,
  SamplesPerPixel: 1,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  PlanarConfiguration: 0,
  PhotometricInterpretation: "MONOCHROME2",
  sample: "integer",
};
const TO = { transferSyntaxUID: "1.2.840.10008.1.2.1" };

async function withPool(
  test: (pool: Pool) => Promise<void>,
  options: Partial<PoolOptions> = {},
): Promise<void> {
  const url = new URL("../../support/pool_worker.ts", import.meta.url);
  const pool = new Pool({
    start: () => new Worker(url, { type: "module" }),
    workers: 1,
    timeout: 30_000,
    maxWaiting: 100,
    ...options,
  });
  try {
    await test(pool);
  } finally {
    pool.close();
  }
}

function clientOf(id: string, signal = new AbortController().signal): Client {
  return { id, request: {}, signal };
}

function loaded(asked: number, number = 0) {
  const bytes = Uint8Array.of(asked, number);
  const input = { frame: { ...TO, format: FORMAT, bytes }, to: TO };
  return { task: { kind: "transcode", input } as const, transfer: buffersOf(bytes) };
}

/** Runs a task; resolves to the number that it was given. */
async function run(pool: Pool, client: Client, asked: number, number = 0): Promise<number> {
  const { bytes } = await pool.run(client, () => Promise.resolve(loaded(asked, number)));
  return bytes[1]!;
}

Deno.test("Pool: refuses a task that cannot be sent to a worker, and goes on", async () => {
  await withPool(async (pool) => {
    const client = clientOf("a");
    const unsendable = () => {
      const { task, transfer } = loaded(ASKED.answer);
      const input = Object.assign(task.input, { name: () => "a function" });
      return Promise.resolve({ task: { ...task, input }, transfer });
    };
    await assertRejects(() => pool.run(client, unsendable), DOMException);
    assertEquals(await run(pool, client, ASKED.answer, 7), 7);
  });
});

Deno.test("Pool: gives what the worker answers, and says why it does not", async () => {
  await withPool(async (pool) => {
    const client = clientOf("a");
    assertEquals(await run(pool, client, ASKED.answer, 7), 7);
    const refused = await assertRejects(() => run(pool, client, ASKED.refuse), PixelError);
    assertEquals([refused.kind, refused.message], ["damaged", "The stream ends early"]);
    const failed = await assertRejects(() => run(pool, client, ASKED.fail), Error);
    assertEquals(failed.message, "out of luck");
    const crashed = await assertRejects(() => run(pool, client, ASKED.crash), PixelError);
    assertEquals(crashed.kind, "damaged");
    assertEquals(await run(pool, client, ASKED.answer, 8), 8);
  });
});

Deno.test("Pool: ends a worker that takes too long, and the next task is done", async () => {
  await withPool(async (pool) => {
    const client = clientOf("a");
    const spinning = assertRejects(() => run(pool, client, ASKED.spin), PixelError);
    const next = run(pool, client, ASKED.answer, 5);
    assertEquals((await spinning).kind, "limit");
    assertEquals(await next, 5);
  }, { timeout: 200 });
});

Deno.test("Pool: clients take turns, and what waits is loaded only when its turn comes", async () => {
  await withPool(async (pool) => {
    const order: string[] = [];
    let most = 0;
    let held = 0;
    const ask = (client: Client, name: string) =>
      pool.run(client, async () => {
        most = Math.max(most, ++held);
        return await Promise.resolve(loaded(ASKED.answer));
      }).then(() => {
        held--;
        order.push(name);
      });
    const greedy = clientOf("greedy");
    const all = Array.from({ length: 20 }, (_, i) => ask(greedy, `greedy ${i}`));
    await Promise.all([...all, ask(clientOf("modest"), "modest")]);
    assert(order.indexOf("modest") < 4, order.join());
    // One in the worker, one at hand, one whose answer is on its way.
    assert(most <= 3, String(most));
  });
});

Deno.test("Pool: drops what waits and ends what is under way when the client leaves", async () => {
  await withPool(async (pool) => {
    const leaving = new AbortController();
    const client = clientOf("a", leaving.signal);
    const { promise: atHand, resolve } = Promise.withResolvers<void>();
    const gone = [ASKED.spin, ASKED.answer, ASKED.answer, ASKED.answer].map((asked) =>
      assertRejects(() =>
        pool.run(client, () => {
          // One that is to be answered is loaded when the worker has the one that spins.
          if (asked === ASKED.answer) resolve();
          return Promise.resolve(loaded(asked));
        }), DOMException)
    );
    const other = run(pool, clientOf("b"), ASKED.answer, 9);
    await atHand;
    leaving.abort();
    await Promise.all(gone);
    // The worker that spins is ended long before a task's time is over.
    assertEquals(await other, 9);
    assertEquals(pool.waiting, 0);
  });
});

Deno.test("Pool: turns further requests away, but nothing of those that are let in", async () => {
  await withPool(async (pool) => {
    const first = clientOf("a");
    const spinning = assertRejects(() => run(pool, first, ASKED.spin), PixelsBusyError);
    const waiting = Array.from(
      { length: 6 },
      () => assertRejects(() => run(pool, first, ASKED.answer), PixelsBusyError),
    );
    await assertRejects(() => run(pool, clientOf("b"), ASKED.answer), PixelsBusyError, "waits");
    pool.close();
    await Promise.all([spinning, ...waiting]);
    await assertRejects(() => run(pool, first, ASKED.answer), PixelsBusyError, "closed");
  }, { maxWaiting: 3 });
});

Deno.test("Pool: passes on what loading throws", async () => {
  await withPool(async (pool) => {
    const failing = () => Promise.reject(new RangeError("no such bytes"));
    await assertRejects(() => pool.run(clientOf("a"), failing), RangeError, "no such bytes");
    assertEquals(await run(pool, clientOf("a"), ASKED.answer, 3), 3);
  });
});

Deno.test("Pool: refuses what no worker can be started for, and goes on", async () => {
  let failures = 2;
  const url = new URL("../../support/pool_worker.ts", import.meta.url);
  const start = () => {
    if (failures-- > 0) throw new Error("no thread is left");
    return new Worker(url, { type: "module" });
  };
  await withPool(async (pool) => {
    const client = clientOf("a");
    const refused = [1, 2].map(() =>
      assertRejects(() => run(pool, client, ASKED.answer), Error, "no thread")
    );
    await Promise.all(refused);
    assertEquals(await run(pool, client, ASKED.answer, 7), 7);
  }, { start });
});
