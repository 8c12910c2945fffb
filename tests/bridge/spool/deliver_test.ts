import { assert, assertEquals, assertRejects } from "@std/assert";
import { createStow } from "../../../bridge/gateway/stow.ts";
import { createDeliver, type Deliver } from "../../../bridge/spool/deliver.ts";
import { type TestSpool, withSpool } from "../../support/spools.ts";
import { status, stored, type StowServer, withStowServer } from "../../support/stow_server.ts";

const NEVER = new AbortController().signal;

/** Runs a test with a file of the instance 2.25.1. */
async function withFile(
  bytes: number,
  test: (path: string, server: StowServer, deliver: Deliver, spool: TestSpool) => Promise<void>,
  within = 60_000,
): Promise<void> {
  await withStowServer((server) =>
    withSpool(async (spool) => {
      await spool.add("2.25.1", { bytes });
      const [path] = await spool.files("ready");
      const deliver = createDeliver({
        stowFor: (title) => createStow({ base: `${server.base}/${title}` }),
        backOff: { first: 10, longest: 20 },
        within,
      });
      await test(path!, server, deliver, spool);
    })
  );
}

for (const bytes of [100, 5_000_000]) {
  Deno.test(`deliver: sends a file and answers what the server says, ${bytes} bytes`, async () => {
    await withFile(bytes, async (path, server, deliver) => {
      assertEquals(await deliver(path, NEVER), { kind: "stored", warning: undefined });
      const [request] = server.requests;
      assertEquals(request?.path, "/rs/GANTRY/studies");
      const file = await Deno.readFile(path);
      assertEquals(request?.parts[0]?.length, file.length);
      assert(file.every((byte, at) => byte === request?.parts[0]?.[at]));
      server.answer = () => stored([], { "2.25.1": 0x0111 });
      const refused = await deliver(path, NEVER);
      assertEquals(refused.kind === "refused" && refused.reason, 0x0111);
    });
  });
}

Deno.test("deliver: tries again while there is time", async () => {
  await withFile(100, async (path, server, deliver) => {
    let left = 3;
    server.answer = ({ uids }) => left-- > 0 ? status(503) : stored(uids);
    assertEquals((await deliver(path, NEVER)).kind, "stored");
    assertEquals(server.requests.length, 4);
  });
});

Deno.test("deliver: tells when the server does not take it in time", async () => {
  await withFile(100, async (path, server, deliver) => {
    server.answer = () => status(503);
    const outcome = await deliver(path, NEVER);
    assertEquals(outcome.kind, "failed");
    assert(outcome.kind === "failed" && outcome.explanation.includes("503"));
    const { promise, resolve } = Promise.withResolvers<Response>();
    server.answer = () => promise;
    assertEquals((await deliver(path, NEVER)).kind, "failed");
    resolve(status(503));
  }, 100);
});

Deno.test("deliver: is refused at once where the server does not let the bridge in", async () => {
  await withFile(100, async (path, server, deliver) => {
    server.answer = () => status(401);
    const outcome = await deliver(path, NEVER);
    assertEquals(outcome.kind === "refused" && outcome.reason, 0x0124);
    assertEquals(server.requests.length, 1);
  });
});

Deno.test("deliver: many files go a few at a time, and all arrive", async () => {
  await withFile(100, async (path, server, deliver) => {
    let [now, most] = [0, 0];
    server.answer = async ({ uids }) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      return stored(uids);
    };
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => deliver(path, NEVER)));
    assertEquals(new Set(outcomes.map(({ kind }) => kind)), new Set(["stored"]));
    assert(most <= 8);
  });
});

Deno.test("deliver: ends with the signal, and rejects where there is no file", async () => {
  await withFile(100, async (path, server, deliver) => {
    const ending = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Response>();
    server.answer = () => {
      ending.abort(new Error("ended"));
      return promise;
    };
    await assertRejects(() => deliver(path, ending.signal), Error, "ended");
    resolve(status(500));
    await assertRejects(
      () => deliver(path, AbortSignal.abort(new Error("before"))),
      Error,
      "before",
    );
    await assertRejects(() => deliver(`${path}.none`, NEVER), Deno.errors.NotFound);
  });
});
