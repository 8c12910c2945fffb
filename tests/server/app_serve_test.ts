/** The application behind a real socket: what only a connection shows. @module */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { decodeMultipart } from "../../lib/multipart/decode.ts";
import { createApp } from "../../server/app.ts";
import type { Env } from "../../server/http/context.ts";
import type { LogRecord } from "../../lib/log.ts";

interface Served {
  readonly port: number;
  readonly lines: readonly LogRecord[];
}

/** Serves a router while `use` runs, and waits until all of it is over. */
async function serving(
  router: Hono<Env>,
  maxConcurrent: number | undefined,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  const lines: LogRecord[] = [];
  const app = createApp({
    archives: { default: "default", byAet: () => undefined },
    routers: [router],
    wadoUri: new Hono<Env>(),
    publicURL: undefined,
    trustedProxies: [],
    port: () => undefined,
    pages: [],
    isOpen: () => false,
    corsOrigins: [],
    hosts: [],
    verifier: undefined,
    maxConcurrent,
    log: (record) => lines.push(record),
    logRequests: false,
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  try {
    await use({ port: server.addr.port, lines });
  } finally {
    await server.shutdown();
  }
}

async function readAll(connection: Deno.Conn): Promise<string> {
  return await new Response(connection.readable).text();
}

Deno.test("createApp: a request counts as concurrent until its body has been sent", async () => {
  const gate = Promise.withResolvers<void>();
  const router = new Hono<Env>();
  router.get("/stream", () => {
    const body = ReadableStream.from((async function* () {
      yield new Uint8Array(3);
      await gate.promise;
      yield new Uint8Array(4);
    })());
    return new Response(body);
  });
  await serving(router, 1, async ({ port }) => {
    const url = `http://127.0.0.1:${port}/dicomweb/stream`;
    const first = await fetch(url);
    const second = await fetch(url);
    assertEquals(second.status, 503);
    await second.body?.cancel();
    gate.resolve();
    assertEquals((await first.bytes()).length, 7);
    const third = await fetch(url);
    assertEquals(third.status, 200);
    assertEquals((await third.bytes()).length, 7);
  });
});

Deno.test("createApp: HEAD says the length that GET would, or none", async () => {
  const router = new Hono<Env>();
  router.get("/unknown", (c) => c.json([]));
  router.get("/known", () => new Response(null, { headers: { "Content-Length": "5000000000" } }));
  await serving(router, undefined, async ({ port }) => {
    const missing = await fetch(`http://127.0.0.1:${port}/dicomweb/missing`);
    const problem = String((await missing.bytes()).length);
    const lengths = [["known", "5000000000"], ["unknown", null], ["missing", problem]] as const;
    for (const [path, length] of lengths) {
      const url = `http://127.0.0.1:${port}/dicomweb/${path}`;
      const response = await fetch(url, { method: "HEAD" });
      assertEquals(response.headers.get("content-length"), length, path);
      await response.body?.cancel();
    }
  });
});

Deno.test("createApp: a sender that breaks off is not an error of the server", async () => {
  const first = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<string[]>();
  const router = new Hono<Env>();
  router.post("/studies", async (c) => {
    const parts: string[] = [];
    try {
      for await (const part of decodeMultipart(c.req.raw.body!, "B")) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of part.body) chunks.push(chunk);
        parts.push(chunks.map((chunk) => new TextDecoder().decode(chunk)).join(""));
        first.resolve();
      }
    } finally {
      seen.resolve(parts);
    }
    return c.json(parts);
  });
  await serving(router, undefined, async ({ port, lines }) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const body = "--B\r\n\r\none\r\n--B\r\n\r\ntw";
    await connection.write(new TextEncoder().encode(
      `POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n${body}`,
    ));
    await first.promise;
    connection.close();
    assertEquals(await seen.promise, ["one"]);
    assertEquals(lines, []);
  });
});

Deno.test("createApp: a body cut short by its own length is refused with 400", async () => {
  const router = new Hono<Env>();
  router.post("/studies", async (c) => {
    for await (const _ of decodeMultipart(c.req.raw.body!, "B"));
    return c.body(null, 200);
  });
  await serving(router, undefined, async ({ port }) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(
      "POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
        "Content-Length: 10\r\n\r\n--B\r\n\r\none",
    ));
    const answer = await readAll(connection);
    assertStringIncludes(answer, "400 Bad Request");
    assertStringIncludes(answer, "ends before its closing delimiter");
  });
});
