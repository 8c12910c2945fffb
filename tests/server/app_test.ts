/** The application around small routes, by real requests. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { parseNetworks } from "../../lib/config/networks.ts";
import { type AppDeps, createApp } from "../../server/app.ts";
import type { Env } from "../../server/http/context.ts";
import type { LogRecord } from "../../lib/log.ts";
import { Problem } from "../../server/http/problem.ts";

const HOST = "http://localhost:8080";

interface Fixture {
  readonly lines: LogRecord[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

function routes(): Hono<Env> {
  const router = new Hono<Env>();
  router.get("/studies", (c) => c.json({ archive: c.get("archive"), base: c.get("base") }));
  router.post("/studies", async (c) => c.json({ length: (await c.req.raw.bytes()).length }));
  router.get("/studies/:study", () => {
    throw new Problem(410, "It was deleted.", { "X-More": "1" });
  });
  router.delete("/studies/:study", (c) => c.body(null, 204));
  router.post("/studies/:study/undelete", (c) => c.json([...c.get("scopes")]));
  router.get("/decode", () => {
    throw new DecodeError("StudyDate is no date");
  });
  router.get("/limit", () => {
    throw new LimitError("MAX", 5, "The list");
  });
  router.post("/limit", () => {
    throw new LimitError("MAX", 5, "The list");
  });
  router.get("/broken", () => {
    throw new Error("Doe^John could not be read");
  });
  return router;
}

function wadoUri(): Hono<Env> {
  const router = new Hono<Env>();
  router.get("/", (c) => c.json({ archive: c.get("archive"), base: c.get("base") }));
  return router;
}

function appOf(deps: Partial<AppDeps>, router = routes()): Hono<Env> {
  return createApp({
    archives: { default: "default", byAet: (title) => title === "PACS 1" ? "first" : undefined },
    routers: [router],
    wadoUri: wadoUri(),
    publicURL: undefined,
    trustedProxies: [],
    port: () => undefined,
    pages: [],
    isOpen: () => false,
    corsOrigins: [],
    hosts: undefined,
    verifier: undefined,
    maxConcurrent: undefined,
    log: () => {},
    logRequests: false,
    ...deps,
  });
}

function fixture(deps: Partial<AppDeps> = {}, router = routes()): Fixture {
  const lines: LogRecord[] = [];
  const app = appOf({ log: (record) => lines.push(record), ...deps }, router);
  return {
    lines,
    fetch: async (path, init) => await app.request(path.startsWith("/") ? HOST + path : path, init),
  };
}

/** Status and detail of a refusal, which must be problem details that no cache keeps. */
async function problem(response: Response): Promise<[number, string]> {
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const body = await response.json();
  assertEquals(body.status, response.status);
  assert(body.title !== "Error", `${response.status} has a title`);
  return [response.status, body.detail];
}

Deno.test("createApp: knows its port where a client on loopback leaves it out of Host", async () => {
  const { fetch } = fixture({ port: () => 8042 });
  const cases = [
    ["http://127.0.0.1/dicomweb/studies", "http://127.0.0.1:8042/dicomweb"],
    ["http://localhost/dicomweb/studies", "http://localhost:8042/dicomweb"],
    ["http://localhost:8080/dicomweb/studies", "http://localhost:8080/dicomweb"],
    // A proxy may have another.
    ["http://pacs.example.org/dicomweb/studies", "http://pacs.example.org/dicomweb"],
  ] as const;
  for (const [url, expected] of cases) {
    const { base } = await (await fetch(url)).json();
    assertEquals(base, expected);
  }
});

Deno.test("createApp: puts archive and base down for both roots", async () => {
  const { fetch } = fixture();
  const cases = [
    ["/dicomweb/studies", "default", `${HOST}/dicomweb`],
    ["/dicomweb/studies/?limit=1", "default", `${HOST}/dicomweb`],
    ["/aets/PACS%201/rs/studies", "first", `${HOST}/aets/PACS%201/rs`],
  ] as const;
  for (const [path, archive, base] of cases) {
    const response = await fetch(path);
    assertEquals(response.status, 200, path);
    assertEquals(await response.json(), { archive, base });
  }
});

Deno.test("createApp: on loopback a proxy's word about the host counts, but makes no foreign name one of ours", async () => {
  const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const app = appOf({ hosts: ["pacs.local"], trustedProxies: parseNetworks("loopback")! });
  const ask = async (host: string, forwarded: string) => {
    const headers = { host, "x-forwarded-host": forwarded, "x-forwarded-proto": "https" };
    const request = new Request(`http://${host}/dicomweb/studies`, { headers });
    const response = await app.fetch(request, { remoteAddr });
    return [response.status, (await response.json()).base];
  };
  const base = "https://pacs.example.org/dicomweb";
  assertEquals(await ask("localhost:8080", "pacs.example.org"), [200, base]);
  assertEquals(await ask("pacs.local", "pacs.example.org"), [200, base]);
  // A page whose name was made to point here can send every header but Host.
  assertEquals(await ask("rebound.example", "localhost"), [421, undefined]);
  assertEquals(await ask("rebound.example", "pacs.local"), [421, undefined]);
});

Deno.test("createApp: names the public URL where one is set", async () => {
  const { fetch } = fixture({ publicURL: "https://pacs.example.org/x/" });
  const { base } = await (await fetch("/dicomweb/studies")).json();
  assertEquals(base, "https://pacs.example.org/x/dicomweb");
});

Deno.test("createApp: 404 says where DICOMweb is, or that an AE title is unknown", async () => {
  const { fetch } = fixture();
  for (const path of ["/", "/dicomwebs/studies", "/dicomweb/nothing", "/aets//rs/studies"]) {
    const [status, detail] = await problem(await fetch(path));
    assertEquals(status, 404, path);
    assertStringIncludes(detail, "/dicomweb");
  }
  for (
    const path of ["/aets/OTHER/rs/studies", "/aets/%E0%A4%A/rs/studies", "/aets/PACS%201%00/rs"]
  ) {
    const [status, detail] = await problem(await fetch(path));
    assertEquals(status, 404, path);
    assertStringIncludes(detail, "AE title");
  }
});

Deno.test("createApp: 405 and OPTIONS name the methods of a resource", async () => {
  const { fetch } = fixture();
  const refused = await fetch("/dicomweb/studies", { method: "DELETE" });
  assertEquals(refused.headers.get("allow"), "GET, POST, HEAD, OPTIONS");
  assertEquals((await problem(refused))[0], 405);
  const options = await fetch("/aets/PACS%201/rs/studies/1.2", { method: "OPTIONS" });
  assertEquals([options.status, options.headers.get("allow")], [204, "GET, DELETE, HEAD, OPTIONS"]);
  assertEquals((await fetch("/dicomweb/nothing", { method: "OPTIONS" })).status, 404);
});

Deno.test("createApp: OPTIONS of a root describes its resources in XML and JSON", async () => {
  const { fetch } = fixture();
  const xml = await fetch("/dicomweb", { method: "OPTIONS", headers: { accept: "*/*" } });
  assertEquals(xml.headers.get("content-type"), "application/vnd.sun.wadl+xml");
  const text = await xml.text();
  assertStringIncludes(text, `<resources base="${HOST}/dicomweb">`);
  assertStringIncludes(
    text,
    '<resource path="studies/{study}"><method name="DELETE"/><method name="GET"/>',
  );
  const headers = { accept: "application/json" };
  const json = await fetch("/aets/PACS%201/rs/", { method: "OPTIONS", headers });
  const { application } = await json.json();
  assertEquals(application.resources["@base"], `${HOST}/aets/PACS%201/rs`);
  const refused = await fetch("/dicomweb", { method: "OPTIONS", headers: { accept: "text/html" } });
  assertEquals((await problem(refused))[0], 406);
});

Deno.test("createApp: turns what routes throw into problem details", async () => {
  const { fetch, lines } = fixture();
  const gone = await fetch("/dicomweb/studies/1.2");
  assertEquals(gone.headers.get("x-more"), "1");
  assertEquals(await problem(gone), [410, "It was deleted."]);
  assertEquals(await problem(await fetch("/dicomweb/decode")), [400, "StudyDate is no date."]);
  assertEquals((await problem(await fetch("/dicomweb/limit")))[0], 400);
  assertEquals((await problem(await fetch("/dicomweb/limit", { method: "POST" })))[0], 413);
  assertEquals(lines, []);
});

Deno.test("createApp: an unknown error is 500 without its message, in the response and in the log", async () => {
  const { fetch, lines } = fixture();
  const response = await fetch("/dicomweb/broken?PatientName=Doe");
  assertEquals((await problem(response.clone()))[0], 500);
  const [line] = lines;
  assertEquals([line?.level, line?.route, line?.error], ["error", "/dicomweb/broken", "Error"]);
  assertMatch(String(line?.stack), /app_test\.ts/);
  assert(!(await response.text() + JSON.stringify(lines)).includes("Doe"));
});

Deno.test("createApp: logs requests by route template only, where it is to", async () => {
  const { fetch, lines } = fixture({ logRequests: true });
  await fetch("/dicomweb/studies/1.2.3?PatientName=Doe", { method: "DELETE" });
  await fetch("/secret");
  const seen = lines.map(({ method, route, status }) => [method, route, status]);
  assertEquals(seen, [["DELETE", "/dicomweb/studies/:study", 204], ["GET", "", 404]]);
});

Deno.test("createApp: HEAD gives the headers of GET and frees the body", async () => {
  let cancelled = false;
  const router = new Hono<Env>();
  router.get(
    "/instances",
    () =>
      new Response(new ReadableStream({ cancel: () => void (cancelled = true) }), {
        headers: { "Content-Length": "5", ETag: '"a"' },
      }),
  );
  const response = await fixture({}, router).fetch("/dicomweb/instances", { method: "HEAD" });
  assertEquals([response.status, response.headers.get("content-length")], [200, "5"]);
  assertEquals([await response.text(), cancelled], ["", true]);
});

Deno.test("createApp: health needs neither key nor room", async () => {
  const { fetch } = fixture({
    verifier: { authenticate: () => Promise.resolve({ kind: "missing" }) },
    maxConcurrent: 0,
  });
  assertEquals(await (await fetch("/healthz")).json(), { status: "ok" });
});

Deno.test("createApp: on loopback answers only to names of this machine and those it was given", async () => {
  const { fetch } = fixture({ hosts: ["pacs.example.org"] });
  const names = ["localhost", "LOCALHOST:81", "127.0.0.1:8080", "[::1]:1", "pacs.example.org"];
  for (const name of names) {
    assertEquals((await fetch(`http://${name}/dicomweb/studies`)).status, 200, name);
  }
  for (const name of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1"]) {
    assertEquals((await problem(await fetch(`http://${name}/dicomweb/studies`)))[0], 421, name);
    const headers = { host: name };
    assertEquals((await problem(await fetch("/dicomweb/studies", { headers })))[0], 421, name);
  }
  assertEquals((await fixture().fetch("http://evil.example/dicomweb/studies")).status, 200);
});

Deno.test("createApp: refuses with 503 beyond the number of concurrent requests", async () => {
  const gate = Promise.withResolvers<void>();
  const router = new Hono<Env>();
  router.get("/slow", async (c) => {
    await gate.promise;
    return c.text("done");
  });
  const { fetch } = fixture({ maxConcurrent: 1 }, router);
  const first = fetch("/dicomweb/slow");
  const second = await fetch("/dicomweb/slow");
  assertEquals(second.headers.get("retry-after"), "1");
  assertEquals((await problem(second))[0], 503);
  gate.resolve();
  assertEquals(await (await first).text(), "done");
  assertEquals((await fetch("/dicomweb/slow")).status, 200);
});

Deno.test("createApp: the URI service lies beside the root of each archive, for GET only", async () => {
  const { fetch } = fixture();
  for (
    const [path, archive, root] of [
      ["/wado", "default", "/dicomweb"],
      ["/wado/?requestType=WADO", "default", "/dicomweb"],
      ["/aets/PACS%201/wado?requestType=WADO", "first", "/aets/PACS%201/rs"],
    ]
  ) {
    const response = await fetch(path!);
    assertEquals(await response.json(), { archive, base: HOST + root });
  }
  for (const path of ["/aets/OTHER/wado", "/wado/studies", "/aets/PACS%201/wado/x", "/wados"]) {
    assertEquals((await problem(await fetch(path)))[0], 404, path);
  }
  const [status, detail] = await problem(await fetch("/wado", { method: "POST", body: "x" }));
  assertEquals([status, detail], [405, "This resource takes GET, HEAD, OPTIONS only."]);
  assertEquals((await fetch("/wado", { method: "HEAD" })).status, 200);
});
