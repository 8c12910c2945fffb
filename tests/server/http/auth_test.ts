/** Keys in requests, through the application. @module */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { createApp } from "../../../server/app.ts";
import { bearerKey, requiredScope } from "../../../server/http/auth.ts";
import type { Env } from "../../../server/http/context.ts";
import type { Scope } from "../../../server/http/key_scopes.ts";
import type { Access } from "../../../server/services/keys.ts";

const KEYS: Readonly<Record<string, readonly Scope[]>> = { reader: ["read"], writer: ["write"] };

function authenticate(key: string | undefined): Promise<Access> {
  const scopes = KEYS[key ?? ""];
  if (key === undefined) return Promise.resolve({ kind: "missing" });
  return Promise.resolve(
    scopes === undefined ? { kind: "wrong" } : { kind: "granted", scopes: new Set(scopes) },
  );
}

let verifier = { authenticate };

const router = new Hono<Env>();
router.get("/studies", (c) => c.json([...c.get("scopes")]));
router.post("/studies", (c) => c.body(null, 200));

const page = new Hono<Env>();
page.get("/viewer/app.js", (c) => c.text(""));
page.get("/viewers", (c) => c.text(""));

const app = createApp({
  archives: { default: "default", byAet: () => undefined },
  routers: [router],
  wadoUri: new Hono<Env>(),
  publicURL: undefined,
  trustedProxies: [],
  port: () => undefined,
  pages: [page],
  isOpen: ({ path }) => path.startsWith("/viewer/"),
  corsOrigins: ["https://viewer.example.org"],
  hosts: undefined,
  verifier: { authenticate: (key) => verifier.authenticate(key) },
  maxConcurrent: undefined,
  log: () => {},
  logRequests: false,
});

async function status(method: string, headers: HeadersInit): Promise<[number, string | null]> {
  const response = await app.request("/dicomweb/studies", { method, headers });
  return [response.status, response.headers.get("www-authenticate")];
}

Deno.test("authorize: takes the key bare and as Bearer", async () => {
  for (const authorization of ["reader", "Bearer reader", "bearer   reader "]) {
    assertEquals(await status("GET", { authorization }), [200, null], authorization);
  }
});

Deno.test("authorize: 401 without a key and with a wrong one, 403 without the scope", async () => {
  const realm = 'Bearer realm="gantry"';
  assertEquals(await status("GET", {}), [401, realm]);
  assertEquals(await status("GET", { authorization: "Bearer" }), [401, realm]);
  const wrong = await status("GET", { authorization: "Basic cmVhZGVyOg==" });
  assertEquals(wrong, [401, `${realm}, error="invalid_token"`]);
  const short = await status("POST", { authorization: "reader" });
  assertEquals(short, [403, `${realm}, error="insufficient_scope", scope="write"`]);
  assertEquals((await status("GET", { authorization: "writer" }))[0], 403);
  assertEquals((await status("POST", { authorization: "writer" }))[0], 200);
});

Deno.test("authorize: says how the first key is made where there is none", async () => {
  verifier = { authenticate: () => Promise.resolve({ kind: "none made" }) };
  try {
    const response = await app.request("/dicomweb/studies");
    assertEquals(response.status, 401);
    assertStringIncludes((await response.json()).detail, "`deno task keys add`");
  } finally {
    verifier = { authenticate };
  }
});

Deno.test("authorize: what is not there needs a key as well", async () => {
  assertEquals((await app.request("/nothing")).status, 401);
  for (const path of ["/aets/X/rs/studies", "/wado?requestType=WADO", "/aets/X/wado"]) {
    assertEquals((await app.request(path)).status, 401);
  }
});

Deno.test("authorize: what is open needs no key, and nothing beside it is open", async () => {
  assertEquals((await app.request("/viewer/app.js")).status, 200);
  assertEquals((await app.request("/viewer/other")).status, 404);
  for (const path of ["/viewers", "/Viewer/app.js", "/viewer/../dicomweb/studies"]) {
    assertEquals((await app.request(path)).status, 401, path);
  }
});

Deno.test("authorize: a refusal can be read by a page of a known origin, and a preflight needs no key", async () => {
  const origin = "https://viewer.example.org";
  const refused = await app.request("/dicomweb/studies", { headers: { origin } });
  assertEquals(refused.status, 401);
  assertEquals(refused.headers.get("access-control-allow-origin"), origin);
  const headers = { origin, "access-control-request-method": "GET" };
  assertEquals((await status("OPTIONS", headers))[0], 204);
});

Deno.test("requiredScope: goes by method and route", () => {
  const cases: readonly (readonly [string, string, Scope])[] = [
    ["GET", "/dicomweb/studies", "read"],
    ["HEAD", "/dicomweb/studies/1", "read"],
    ["OPTIONS", "/dicomweb", "read"],
    ["POST", "/dicomweb/studies/1", "write"],
    ["DELETE", "/dicomweb/studies/1", "delete"],
    ["POST", "/dicomweb/studies/1/undelete", "delete"],
    ["PATCH", "/dicomweb/studies/1", "write"],
  ];
  for (const [method, path, scope] of cases) assertEquals(requiredScope(method, path), scope);
});

Deno.test("bearerKey: an empty header is no key", () => {
  for (const authorization of ["", "Bearer", "Bearer  "]) {
    assertEquals(bearerKey(new Request("http://h/", { headers: { authorization } })), undefined);
  }
});
