/**
 * A person in Chromium before a server that wants a key.
 * @module
 */
import { assert, assertEquals, assertGreater } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { drop, openTab, withBrowser } from "../support/browser.ts";
import { withCertificates } from "../support/certificates.ts";
import { type KeyedServer, withKeyedServer } from "../support/keyed_server.ts";
import { withNginx } from "../support/nginx.ts";
import { addProbe, installShared, painted } from "../support/ohif.ts";
import { freePort } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { stow } from "../support/stow.ts";
import { STUDY_ROOT, studyFile } from "../support/study_files.ts";

/** Where screenshots are kept, to be looked at. */
const SCREENSHOTS = Deno.env.get("GANTRY_TEST_SCREENSHOTS");

async function keep(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) {
    await page.screenshot({ path: `${SCREENSHOTS}/login-${name}.png`, fullPage: true });
  }
}

/**
 * What the browser itself writes down: an answer that says no, a cache that was cleared, what a
 * page that was left still loaded, and an icon that it looks for beside an image.
 */
const EXPECTED =
  /status of 401|^info: Clear-Site-Data|^failed: GET \S+ net::ERR_ABORTED$|status of 404.*\/favicon.ico/;

/** What else there was to say. */
function unexpected(said: readonly string[]): string[] {
  return said.filter((line) => !EXPECTED.test(line));
}

async function logIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function storeSome({ dicomweb, all }: KeyedServer): Promise<void> {
  const files = [0, 1, 2].map((study) => studyFile({ study, name: `Doe^Number ${study}` }));
  const stored = await stow(dicomweb, files, all.headers);
  assertEquals(stored.status, 200, await stored.text());
}

const totals = (page: Page, text: string) => page.locator("#totals", { hasText: text }).waitFor();

peerTest(
  "login: a person comes back to what was asked for, adds, deletes and takes back, and logs out for good",
  ["chromium"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-drop-" });
    try {
      await Deno.writeFile(`${folder}/image`, studyFile({ study: 9, name: "Drop^Ped" }));
      await withKeyedServer({}, async (server) => {
        await storeSome(server);
        await withBrowser(async (browser) => {
          const { page, said } = await openTab(browser, { viewport: { width: 1280, height: 800 } });
          await page.goto(`${server.url}/?q=number&sort=name`);
          assertEquals(new URL(page.url()).pathname, "/login");
          assertEquals(await page.evaluate("document.activeElement.id"), "key");
          await logIn(page, "gantry_00000000_" + "0".repeat(33));
          await page.getByRole("alert").waitFor();
          await keep(page, "wrong-desk");
          await logIn(page, server.all.key);
          await page.waitForURL(`${server.url}/?q=number&sort=name`);
          await totals(page, "3 studies");
          assertEquals(await page.evaluate("document.cookie"), "");

          await page.goto(server.url);
          await drop(page, [`${folder}/image`]);
          await page.getByRole("heading", { name: "1 file stored" }).waitFor();
          await totals(page, "4 studies");
          await page.locator("tr.study", { hasText: "Drop" }).locator(".open").click();
          const image = page.locator("tr.more img");
          await image.waitFor();
          await image.evaluate("(image) => image.decode()");
          await page.getByRole("button", { name: "Delete" }).click();
          await totals(page, "3 studies");
          await page.getByRole("button", { name: "Undo" }).click();
          await totals(page, "4 studies");
          for (const place of ["API", "Conformance", "Studies"]) {
            await page.getByRole("link", { name: place, exact: true }).click();
            await page.locator("[aria-current=page]", { hasText: place }).waitFor();
          }
          await keep(page, "list-desk");

          await page.getByRole("button", { name: "Log out" }).click();
          await page.waitForURL(`${server.url}/login`);
          // Nothing of it is left to go back to.
          await page.goBack();
          await page.waitForURL(/\/login/);
          await page.getByLabel("API key").waitFor();
          assertEquals(await page.context().cookies(), []);
          assertEquals(unexpected(said), []);
        }, []);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(
  "login: what a browser was allowed to keep is given to nobody without the key",
  ["chromium"],
  () =>
    withKeyedServer({}, async (server) => {
      await storeSome(server);
      await withBrowser(async (browser) => {
        const { page } = await openTab(browser);
        await page.goto(server.url);
        await logIn(page, server.all.key);
        await totals(page, "3 studies");
        const found = await fetch(`${server.dicomweb}/instances?limit=1`, server.all);
        const frame = `${(await found.json())[0]["00081190"].Value[0]}/frames/1`;
        const load = () =>
          page.evaluate(`fetch("${frame}").then(async (response) => {
            await response.arrayBuffer();
            return [response.status, performance.getEntriesByName("${frame}").at(-1).transferSize];
          })`) as Promise<[number, number]>;
        assertGreater((await load())[1], 0);
        // With the same key it comes out of the cache.
        assertEquals(await load(), [200, 0]);
        // The cookie's time is over; or its person logged out by plain HTTP, where no browser clears its cache.
        await page.context().clearCookies();
        await page.goto(server.url);
        assertEquals((await load())[0], 401);
      }, []);
    }),
);

peerTest(
  "login: a key that is revoked ends what is open, and leads back to it",
  ["chromium"],
  () =>
    withKeyedServer({}, async (server) => {
      await storeSome(server);
      const made = await server.addKey("read,delete");
      await withBrowser(async (browser) => {
        const { page } = await openTab(browser);
        await page.goto(server.url);
        await logIn(page, made.key);
        await totals(page, "3 studies");
        await page.locator("tr.study .open").first().click();
        await page.getByRole("button", { name: "Delete" }).waitFor();
        await server.revokeKey(made);
        await page.getByRole("button", { name: "Delete" }).click();
        await page.waitForURL(/\/login\?next=/);
        await page.getByText("This browser's key is not valid any more.").waitFor();
        await keep(page, "revoked-desk");
        await logIn(page, server.all.key);
        await totals(page, "3 studies");
        assertEquals(new URL(page.url()).searchParams.get("study")?.startsWith(STUDY_ROOT), true);
      }, []);
    }),
);

peerTest(
  "login: with a key that reads, nothing else is offered, and what is tried all the same is told why not",
  ["chromium"],
  () =>
    withKeyedServer({}, async (server) => {
      await storeSome(server);
      const { key } = await server.addKey("read");
      await withBrowser(async (browser) => {
        // A person without scripts logs in as well.
        const plain = await openTab(browser, { javaScriptEnabled: false });
        await plain.page.goto(server.url);
        await logIn(plain.page, key);
        await totals(plain.page, "3 studies");

        const { page } = await openTab(browser);
        await page.goto(server.url);
        await logIn(page, key);
        await page.locator("tr.study .open").first().click();
        await page.getByRole("link", { name: "Download" }).waitFor();
        for (const name of ["Delete", "Add folder", "Add files"]) {
          assertEquals(await page.getByText(name, { exact: true }).count(), 0, name);
        }
        await keep(page, "read-only-desk");
        const href = await page.locator(".acts a").getAttribute("href") ?? "";
        const detail = await page.evaluate(async (path) => {
          const response = await fetch(path, { method: "DELETE" });
          return [response.status, (await response.json()).detail];
        }, href.split("?")[0] ?? "");
        assertEquals(detail, [403, "The API key does not allow this; it needs the scope delete."]);

        const writer = await server.addKey("write");
        await page.getByRole("button", { name: "Log out" }).click();
        await logIn(page, writer.key);
        await page.getByRole("heading", { name: "Forbidden" }).waitFor();
        await keep(page, "forbidden-desk");
        await page.getByRole("link", { name: "Log in with another key" }).click();
        await logIn(page, key);
        await totals(page, "3 studies");
      }, []);
    }),
);

peerTest(
  "login: the viewer opens after it, and not before",
  ["chromium", "corpus", "viewer"],
  (corpus) =>
    withKeyedServer({}, async (server) => {
      await installShared(server.data);
      const folder = new URL("series/ct-chest/", corpus);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
        name.endsWith(".dcm")
      );
      const files = await Promise.all(names.map((name) => Deno.readFile(new URL(name, folder))));
      const stored = await stow(server.dicomweb, files, server.all.headers);
      assertEquals(stored.status, 200, await stored.text());
      const { key } = await server.addKey("read");
      await withBrowser(async (browser) => {
        const { page, said } = await openTab(browser, { viewport: { width: 1400, height: 800 } });
        await addProbe(page);
        await page.goto(server.url);
        await logIn(page, key);
        const view = await page.getByRole("link", { name: "View" }).getAttribute("href") ?? "";
        await page.getByRole("button", { name: "Log out" }).click();

        await page.goto(new URL(view, `${server.url}/`).href);
        assertEquals(new URL(page.url()).pathname, "/login");
        await logIn(page, key);
        await page.waitForURL(/\/viewer\/viewer\?/);
        await painted(page, 100);
        await keep(page, "viewer");
        assertEquals(
          unexpected(said).filter((line) => /status of 4|refused to|^failed:/i.test(line)),
          [],
        );
      });
    }),
);

peerTest(
  "login: behind nginx with https and under a path the cookie is as closed as can be, and all works there",
  ["chromium", "nginx", "openssl"],
  () =>
    withKeyedServer(
      { GANTRY_TRUSTED_PROXIES: "loopback", GANTRY_INSECURE: "1" },
      async (server) => {
        await storeSome(server);
        await withCertificates(async ({ server: { cert, key } }) => {
          const port = freePort();
          await withNginx(
            `server {
            listen 127.0.0.1:${port} ssl;
            ssl_certificate ${cert};
            ssl_certificate_key ${key};
            location /imaging/ {
              proxy_pass ${server.url}/;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_set_header X-Forwarded-Host $http_host;
              proxy_set_header X-Forwarded-Prefix /imaging;
            }
          }`,
            () =>
              withBrowser(async (browser) => {
                const { page, said } = await openTab(browser, { ignoreHTTPSErrors: true });
                const root = `https://127.0.0.1:${port}/imaging`;
                await page.goto(`${root}/dicomweb/studies/${STUDY_ROOT}.1/rendered`);
                assertEquals(new URL(page.url()).pathname, "/imaging/login");
                await logIn(page, server.all.key);
                await page.waitForURL(`${root}/dicomweb/studies/${STUDY_ROOT}.1/rendered`);
                const [cookie, ...others] = await page.context().cookies();
                assertEquals(others, []);
                assert(cookie !== undefined);
                const { name, httpOnly, secure, sameSite, path, expires } = cookie;
                assertEquals({ name, httpOnly, secure, sameSite, path }, {
                  name: "__Host-gantry_key",
                  httpOnly: true,
                  secure: true,
                  sameSite: "Lax",
                  path: "/",
                });
                assertGreater(expires * 1000, Date.now() + 11 * 3_600_000);
                await page.goto(`${root}/`);
                await page.getByText(`${root}/dicomweb`, { exact: true }).waitFor();
                await page.locator("tr.study .open").first().click();
                await page.getByRole("button", { name: "Delete" }).click();
                await totals(page, "2 studies");
                await page.getByRole("button", { name: "Undo" }).click();
                await totals(page, "3 studies");
                await page.getByRole("button", { name: "Log out" }).click();
                await page.waitForURL(`${root}/login`);
                assertEquals(await page.context().cookies(), []);
                assertEquals(unexpected(said), []);
              }, []),
          );
        });
      },
    ),
);

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

peerTest(
  "login: on phone and desk, light and dark, by everybody's means",
  ["chromium"],
  () =>
    withKeyedServer({}, async (server) => {
      await withBrowser(async (browser) => {
        for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
          for (const colorScheme of ["light", "dark"] as const) {
            const { page, said } = await openTab(browser, { viewport, colorScheme });
            await page.goto(`${server.url}/login`);
            await keep(page, `${size}-${colorScheme}`);
            await logIn(page, "wrong");
            await page.getByRole("alert").waitFor();
            await keep(page, `wrong-${size}-${colorScheme}`);
            await page.evaluate(axe.source);
            const { violations } = await page.evaluate("axe.run()") as {
              readonly violations: readonly { readonly id: string }[];
            };
            assertEquals(violations.map(({ id }) => id), []);
            assertEquals(
              await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
              0,
            );
            assertEquals(unexpected(said), []);
            await logIn(page, server.all.key);
            await page.getByText("No studies yet").waitFor();
            await keep(page, `empty-${size}-${colorScheme}`);
            assertEquals(
              await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
              0,
            );
            await page.context().close();
          }
        }
      }, []);
    }),
);
