/**
 * Pages of other origins in Chromium, against a server that wants a key.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { multipart } from "../support/archive.ts";
import { openTab, withBrowser } from "../support/browser.ts";
import { INSTANCES, pathOf } from "../support/client_archive.ts";
import { withHttp } from "../support/http_server.ts";
import { type KeyedServer, withKeyedServer } from "../support/keyed_server.ts";
import { peerTest } from "../support/peers.ts";
import { stow } from "../support/stow.ts";

/** A request as a page's script makes it. */
interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: readonly number[];
  readonly credentials?: "include" | "omit";
  readonly mode?: "no-cors";
}

/** What a script gets to see; a refusal of the browser has no status. */
interface Seen {
  readonly status: number | undefined;
  readonly type: string;
  readonly text: string;
  readonly headers: readonly string[];
}

function ask(page: Page, asked: Asked): Promise<Seen> {
  return page.evaluate(async ({ url, body, ...init }) => {
    try {
      const response = await fetch(
        url,
        body === undefined ? init : { ...init, body: new Uint8Array(body) },
      );
      const { status, type, headers } = response;
      return { status, type, text: await response.text(), headers: [...headers.keys()] };
    } catch {
      return { status: undefined, type: "error", text: "", headers: [] };
    }
  }, asked);
}

const EMPTY_PAGE = () =>
  new Response("<!DOCTYPE html><title>x</title><link rel=icon href=data:,>", {
    headers: { "Content-Type": "text/html" },
  });

/**
 * Runs `run` with a page at 127.0.0.1, which to a browser is on the server's own site, and one at
 * localhost, which is not.
 */
async function withPages(
  originsOf: (near: string, far: string) => string,
  run: (pages: { readonly near: Page; readonly far: Page }, server: KeyedServer) => Promise<void>,
): Promise<void> {
  await withHttp(EMPTY_PAGE, async (near) => {
    const far = near.replace("127.0.0.1", "localhost");
    await withKeyedServer({ GANTRY_CORS_ORIGINS: originsOf(near, far) }, async (server) => {
      const { ct1, slide } = INSTANCES;
      const stored = await stow(server.dicomweb, [ct1.file, slide.file], server.all.headers);
      assertEquals(stored.status, 200, await stored.text());
      await withBrowser(async (browser) => {
        const { page } = await openTab(browser);
        await page.goto(`${server.url}/login`);
        await page.getByLabel("API key").fill(server.all.key);
        await page.getByRole("button", { name: "Log in" }).click();
        await page.waitForURL(`${server.url}/`);
        const open = async (url: string) => {
          const page = await browser.contexts()[0]!.newPage();
          await page.goto(url);
          return page;
        };
        await run({ near: await open(near), far: await open(far) }, server);
      }, []);
    });
  });
}

/** Response headers that any page may read (Fetch standard), and those that are not for pages. */
const NOT_EXPOSED = new Set([
  ...["cache-control", "content-language", "content-length", "content-type", "expires"],
  ...["last-modified", "pragma", "vary", "date", "connection", "keep-alive", "transfer-encoding"],
  ...[
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
  ],
  "x-content-type-options",
  "content-security-policy",
]);

peerTest(
  "CORS: a page of a named origin works with a key in Authorization, and may read every header that tells it something",
  ["chromium"],
  () =>
    withPages((near, far) => `${near},${far}`, async ({ near, far }, server) => {
      const instance = server.dicomweb + pathOf(INSTANCES.ct1);
      const { headers } = server.all;
      const asked: readonly Asked[] = [
        { url: `${server.dicomweb}/instances?limit=1&count=true&unknown=1`, headers },
        { url: `${instance}/metadata`, headers },
        { url: `${instance}/rendered`, headers },
        {
          url: `${instance}/bulkdata/7FE00010`,
          headers: { ...headers, Range: "bytes=0-3", Accept: "application/octet-stream" },
        },
        { url: `${instance}?accept=application/zip`, headers },
        { url: `${instance}/nothing`, headers },
        { url: `${server.dicomweb}/studies`, method: "DELETE", headers },
        { url: `${server.dicomweb}/studies`, headers: { Authorization: "Bearer x" } },
      ];
      const exposed = new Set<string>();
      for (const page of [near, far]) {
        for (const each of asked) {
          const seen = await ask(page, { ...each, credentials: "include" });
          const raw = await fetch(each.url, {
            method: each.method ?? "GET",
            headers: { ...each.headers, "Accept-Encoding": "gzip" },
          });
          await raw.body?.cancel();
          assertEquals(seen.status, raw.status, each.url);
          const hidden = [...raw.headers.keys()].filter((name) =>
            !NOT_EXPOSED.has(name) && !seen.headers.includes(name)
          );
          assertEquals(hidden, [], each.url);
          for (const name of seen.headers) exposed.add(name);
        }
      }
      for (
        const name of [
          ...["etag", "link", "warning", "x-total-count", "content-range", "accept-ranges"],
          ...["www-authenticate", "allow", "content-disposition"],
        ]
      ) assert(exposed.has(name), `${name} of ${[...exposed].join(" ")}`);

      const store = multipart([{ body: INSTANCES.multiframe.file }]);
      const again = await ask(far, {
        url: `${server.dicomweb}/studies`,
        method: "POST",
        headers: { ...headers, ...store.headers, Accept: "application/dicom+json" },
        body: [...store.body],
        credentials: "include",
      });
      assertEquals(again.status, 200);
      const removed = await ask(far, { url: instance, method: "DELETE", headers });
      assertEquals(removed.status, 204);
    }),
);

peerTest(
  "CORS: a preflight is remembered",
  ["chromium"],
  () =>
    withPages((_near, far) => far, async ({ far }, server) => {
      let preflights = 0;
      const counting = (request: Request) => {
        if (request.method === "OPTIONS") preflights++;
        const { pathname, search } = new URL(request.url);
        return fetch(server.url + pathname + search, request);
      };
      await withHttp(counting, async (front) => {
        const url = `${front}/dicomweb/studies?limit=1`;
        for (let round = 0; round < 5; round++) {
          const seen = await ask(far, { url, headers: server.all.headers, credentials: "include" });
          assertEquals(seen.status, 200);
        }
      });
      assertEquals(preflights, 1);
    }),
);

peerTest(
  "CORS: the login's cookie goes with pages of named origins on the same site, and no further",
  ["chromium"],
  () =>
    withPages((near, far) => `${near},${far}`, async ({ near, far }, { dicomweb }) => {
      const url = `${dicomweb}/studies`;
      assertEquals((await ask(near, { url, credentials: "include" })).status, 200);
      assertEquals((await ask(near, { url, credentials: "omit" })).status, 401);
      // SameSite=Lax: from another site the browser does not send it, and the page may read that.
      const refused = await ask(far, { url, credentials: "include" });
      assertEquals(refused.status, 401);
      assert(refused.text.includes("needs an API key"), refused.text);
      const removed = await ask(near, {
        url: `${dicomweb}/studies/1.2.3`,
        method: "DELETE",
        credentials: "include",
      });
      assertEquals(removed.status, 404);
    }),
);

for (const origins of ["*", "https://viewer.example.org"]) {
  peerTest(
    `CORS: with ${origins} no other page reads or changes anything by the login's cookie`,
    ["chromium"],
    () =>
      withPages(() => origins, async ({ near, far }, server) => {
        const { dicomweb, all } = server;
        const study = `${dicomweb}/studies/${INSTANCES.ct1.StudyInstanceUID}`;
        const deleted = `${dicomweb}/studies/${INSTANCES.slide.StudyInstanceUID}`;
        await fetch(deleted, { method: "DELETE", headers: all.headers });
        for (const page of [near, far]) {
          const read = await ask(page, { url: `${dicomweb}/studies`, credentials: "include" });
          assertEquals([read.status, read.text], [undefined, ""]);
          const removed = await ask(page, { url: study, method: "DELETE", credentials: "include" });
          assertEquals(removed.status, undefined);
          // What a form can send needs no preflight; nor does the page see what became of it.
          const undone = await ask(page, {
            url: `${deleted}/undelete`,
            method: "POST",
            credentials: "include",
            mode: "no-cors",
          });
          assertEquals([undone.type, undone.text], ["opaque", ""]);
          const out = await ask(page, {
            url: `${server.url}/logout`,
            method: "POST",
            credentials: "include",
            mode: "no-cors",
          });
          assertEquals(out.type, "opaque");
          // With a key of its own a page is whoever has that, where every origin may.
          const keyed = await ask(page, { url: `${dicomweb}/studies`, headers: all.headers });
          assertEquals(keyed.status, origins === "*" ? 200 : undefined);
        }
        const left = async (url: string) => {
          const response = await fetch(`${url}/metadata`, { headers: all.headers });
          await response.body?.cancel();
          return response.status;
        };
        assertEquals([await left(study), await left(deleted)], [200, 410]);
      }),
  );
}
