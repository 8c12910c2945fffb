/** Cross-origin requests, through the application. @module */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { createApp } from "../../../server/app.ts";
import type { Env } from "../../../server/http/context.ts";

const VIEWER = "https://viewer.example.org";
const STRANGER = "https://stranger.example";

const router = new Hono<Env>();
router.get("/studies", (c) => c.body("[]", 200, { Vary: "Accept" }));
router.post("/studies", (c) => c.body(null, 200));

function app(corsOrigins: readonly string[], publicURL?: string) {
  const created = createApp({
    archives: { default: "default", byAet: () => undefined },
    routers: [router],
    wadoUri: new Hono<Env>(),
    publicURL,
    trustedProxies: [],
    port: () => undefined,
    pages: [],
    isOpen: () => false,
    corsOrigins,
    hosts: undefined,
    verifier: undefined,
    maxConcurrent: undefined,
    log: () => {},
    logRequests: false,
  });
  return async (method: string, headers: HeadersInit, path = "/dicomweb/studies") =>
    await created.request(`http://pacs.example.org:8080${path}`, { method, headers });
}

function preflight(origin: string): HeadersInit {
  return {
    origin,
    "access-control-request-method": "DELETE",
    "access-control-request-headers": "authorization,x-viewer",
  };
}

Deno.test("CORS: a named origin may read, with credentials, what it needs", async () => {
  const { headers } = await app([VIEWER])("GET", { origin: VIEWER });
  assertEquals(headers.get("access-control-allow-origin"), VIEWER);
  assertEquals(headers.get("access-control-allow-credentials"), "true");
  assertEquals(headers.get("vary"), "Accept, Origin");
  for (const name of ["ETag", "Content-Range", "Link", "X-Total-Count", "Warning"]) {
    assertStringIncludes(headers.get("access-control-expose-headers") ?? "", name);
  }
});

Deno.test("CORS: errors can be read as well", async () => {
  const response = await app([VIEWER])("GET", { origin: VIEWER }, "/dicomweb/nothing");
  assertEquals(response.status, 404);
  assertEquals(response.headers.get("access-control-allow-origin"), VIEWER);
});

Deno.test("CORS: a preflight is answered with methods, headers and an age", async () => {
  const response = await app([VIEWER])("OPTIONS", preflight(VIEWER));
  assertEquals(response.status, 204);
  assertEquals(response.headers.get("access-control-allow-origin"), VIEWER);
  assertStringIncludes(response.headers.get("access-control-allow-methods") ?? "", "DELETE");
  assertEquals(response.headers.get("access-control-allow-headers"), "authorization,x-viewer");
  assertEquals(response.headers.get("access-control-max-age"), "7200");
});

Deno.test("CORS: another origin gets no leave, but caches learn that it depends", async () => {
  const request = app([VIEWER]);
  const response = await request("GET", { origin: STRANGER });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("access-control-allow-origin"), null);
  assertEquals(response.headers.get("vary"), "Accept, Origin");
  assertEquals((await request("GET", {})).headers.get("vary"), "Accept, Origin");
  assertEquals((await request("OPTIONS", preflight(STRANGER))).status, 403);
});

Deno.test("CORS: without origins there are no headers", async () => {
  const { headers } = await app([])("GET", { origin: VIEWER });
  assertEquals(headers.get("access-control-allow-origin"), null);
  assertEquals(headers.get("vary"), "Accept");
});

Deno.test("CORS: every origin may read without credentials where * is named", async () => {
  const request = app(["*"]);
  const { headers } = await request("GET", { origin: STRANGER });
  assertEquals(headers.get("access-control-allow-origin"), "*");
  assertEquals(headers.get("access-control-allow-credentials"), null);
  assertEquals((await request("OPTIONS", preflight(STRANGER))).status, 204);
});

Deno.test("CORS: a page of an unknown origin changes nothing, not even without a preflight", async () => {
  const request = app([VIEWER]);
  for (const origin of [STRANGER, "null", "http://pacs.example.org:9090"]) {
    assertEquals((await request("POST", { origin })).status, 403, origin);
  }
  // The page's own origin, also behind a proxy that ends TLS, and what is no page at all.
  const own = ["http://pacs.example.org:8080", "https://pacs.example.org:8080", VIEWER];
  for (const origin of own) assertEquals((await request("POST", { origin })).status, 200, origin);
  assertEquals((await request("POST", {})).status, 200);
  const behindProxy = app([], "https://public.example.org/pacs");
  assertEquals((await behindProxy("POST", { origin: "https://public.example.org" })).status, 200);
  assertEquals((await behindProxy("POST", { origin: STRANGER })).status, 403);
});
