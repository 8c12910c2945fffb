import { assert, assertEquals, assertMatch } from "@std/assert";
import { Hono } from "hono";
import type { Env } from "../../../server/http/context.ts";
import { errorResponse } from "../../support/error_response.ts";
import { assetRoutes } from "../../../server/ui/asset_routes.ts";
import { lean, loadAssets } from "../../../server/ui/assets.ts";
import { pageResponse } from "../../../server/ui/layout.tsx";

const FOLDER = new URL("../../../server/ui/assets/", import.meta.url);

const assets = await loadAssets((name) => Deno.readFile(new URL(name, FOLDER)));
const app = new Hono<Env>();
app.route("/", assetRoutes(assets));
app.onError((error) => errorResponse(error));

const page = (text: string) =>
  pageResponse(new Request("http://gantry.test/"), assets, {
    title: "Studies",
    place: "./",
    content: text,
  });

Deno.test("assets: every file of the folder is listed, and served for ever under its content's hash", async () => {
  for await (const { name } of Deno.readDir(FOLDER)) {
    const url = assets.url(name as Parameters<typeof assets.url>[0]);
    assertMatch(url, /^ui\/[0-9a-f]{16}-/, name);
    const response = await app.request(`/${url}`);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assertEquals(await response.text(), lean(await Deno.readTextFile(new URL(name, FOLDER))));
  }
});

Deno.test("assets: are compressed for those who take that", async () => {
  const response = await app.request(`/${assets.url("base.css")}`, {
    headers: { "Accept-Encoding": "gzip" },
  });
  assertEquals(response.headers.get("content-encoding"), "gzip");
  const text = await new Response(
    response.body?.pipeThrough(new DecompressionStream("gzip")),
  ).text();
  assertEquals(text, lean(await Deno.readTextFile(new URL("base.css", FOLDER))));
});

Deno.test("assets: are sent without comments, and with everything else", () => {
  const text =
    `/** A\n * b */\n  // c\n  /** @type {A} */ (d).e();\n  const a = /** @type {A} */ (b);\n\n  f("*/*", "https://a"); // d\n`;
  assertEquals(lean(text), `(d).e();\nconst a = (b);\nf("*/*", "https://a"); // d\n`);
});

Deno.test("assets: one of another version is told to be gone, in a sentence", async () => {
  const response = await app.request("/ui/0000000000000000-base.css");
  assertEquals(response.status, 404);
  assertEquals((await response.json()).detail.includes("load the page again"), true);
});

Deno.test("page: nothing of another host, nothing inline, and what is written into it stays text", async () => {
  const response = await page(`"><script>alert(1)</script>`);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"), policy);
  assert(!policy.includes("unsafe"));
  const html = await response.text();
  assert(html.startsWith("<!DOCTYPE html><html lang="));
  assert(!html.includes("<script"), html);
  assert(!/ style=|https?:\/\/(?!www\.w3\.org)/.test(html), html);
  assert(html.includes('aria-current="page"'));
});
