import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connections, createConnections, post } from "../../../bridge/gateway/post.ts";

const NEVER = new AbortController().signal;

/** Runs a test with the address of a server. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: ending.signal, onListen() {} },
    answer,
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}/rs/studies`);
  } finally {
    ending.abort();
    await server.finished;
  }
}

function send(
  url: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: { length?: number; connections?: Connections; signal?: AbortSignal } = {},
): Promise<Response> {
  const length = options.length ?? (body instanceof Uint8Array ? body.length : 0);
  const request = {
    url,
    headers: { "X-Test": "1" },
    body,
    length,
    signal: options.signal ?? NEVER,
  };
  return post(request, options.connections);
}

Deno.test("post: sends a body in one piece or as it comes, with its length", async () => {
  const seen: unknown[] = [];
  await withServer(async (request) => {
    const { method, headers } = request;
    const { length } = new Uint8Array(await request.arrayBuffer());
    seen.push([method, headers.get("x-test"), headers.get("content-length"), length]);
    return new Response("ok", { status: 202, headers: { "Retry-After": "3" } });
  }, async (url) => {
    async function* chunks() {
      for (let i = 0; i < 8; i++) yield await Promise.resolve(new Uint8Array(300_000));
    }
    const answers = [
      await send(url, new Uint8Array(3_000_000)),
      await send(url, chunks(), { length: 2_400_000 }),
    ];
    for (const answer of answers) {
      assertEquals(
        [answer.status, answer.headers.get("Retry-After"), await answer.text()],
        [202, "3", "ok"],
      );
    }
    assertEquals(seen, [["POST", "1", "3000000", 3_000_000], ["POST", "1", "2400000", 2_400_000]]);
  });
});

Deno.test("post: hears an answer that comes before the body has gone, and leaves the body", async () => {
  await withServer(() => new Response("no", { status: 401 }), async (url) => {
    let isLeft = false;
    async function* endless() {
      try {
        for (;;) yield await Promise.resolve(new Uint8Array(256 * 1024));
      } finally {
        isLeft = true;
      }
    }
    const answer = await send(url, endless(), { length: 2 ** 40 });
    assertEquals([answer.status, await answer.text()], [401, "no"]);
    assertEquals((await send(url, new Uint8Array(20_000_000))).status, 401);
    assert(isLeft);
  });
});

Deno.test("post: keeps connections, and notices when the server has ended one", async () => {
  const ports = new Set<number>();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    for await (const connection of listener) {
      // Answers two requests of each connection, and ends it with the third.
      const { port } = connection.remoteAddr as Deno.NetAddr;
      ports.add(port);
      const buffer = new Uint8Array(65_536);
      for (let answered = 0; answered < 2; answered++) {
        if (await connection.read(buffer) === null) break;
        await connection.write(
          new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        );
      }
      await connection.read(buffer).catch(() => null);
      connection.close();
    }
  })();
  const connections = createConnections();
  try {
    const url = `http://127.0.0.1:${listener.addr.port}/`;
    for (let i = 0; i < 5; i++) {
      const answer = await send(url, Uint8Array.of(1), { connections });
      assertEquals(await answer.text(), "ok");
    }
    assert(ports.size > 1 && ports.size < 5, `${ports.size} connections`);
  } finally {
    connections.close();
    listener.close();
    await serving;
  }
});

Deno.test("post: rejects where there is no answer, or only a part of one", async () => {
  await assertRejects(() => send("http://127.0.0.1:1/", Uint8Array.of(1)));
  const half = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(Uint8Array.of(1));
        },
        pull(controller) {
          controller.error(new Error("broken off"));
        },
      }),
    );
  await withServer(half, async (url) => {
    await assertRejects(() => send(url, Uint8Array.of(1)));
  });
});

Deno.test("post: rejects where the body cannot be read", async () => {
  await withServer(async (request) => {
    await request.text().catch(() => "");
    return new Response();
  }, async (url) => {
    async function* broken() {
      yield await Promise.resolve(new Uint8Array(10));
      throw new Error("no disk");
    }
    await assertRejects(() => send(url, broken(), { length: 100 }));
  });
});

Deno.test("post: takes no answer without end", async () => {
  const endless = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
    );
  await withServer(endless, async (url) => {
    await assertRejects(() => send(url, Uint8Array.of(1)), RangeError);
  });
});

Deno.test("post: ends with the signal", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await withServer(() => promise, async (url) => {
    const ending = new AbortController();
    const sending = send(url, new Uint8Array(10), { signal: ending.signal });
    ending.abort();
    await assertRejects(() => sending);
    resolve(new Response());
  });
});
