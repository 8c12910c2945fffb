/** The study list where something goes wrong, or is stopped, in a browser. @module */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { openTab, type Tab, withBrowser } from "../support/browser.ts";
import { peerTest } from "../support/peers.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { storeStudies, studyFile } from "../support/study_files.ts";

/** A list that another look at it made pointless. */
const GIVEN_UP = /^failed: GET \S+\/list\?\S* net::ERR_ABORTED$/;

async function withList(run: (tab: Tab, server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer();
  try {
    await withBrowser(async (browser) => {
      const tab = await openTab(browser);
      await run(tab, server);
      assertEquals(tab.said.filter((line) => !GIVEN_UP.test(line)), []);
    }, []);
  } finally {
    await server.stop();
  }
}

/** Waits for the list to show so many rows. */
async function rows(page: Page, count: number): Promise<void> {
  await page.locator(`#results:not([aria-busy]) tbody > tr:nth-child(${count}):last-child`)
    .waitFor();
}

peerTest("study list: takes files while those under way at a stop are still stored", [
  "chromium",
], () =>
  withList(async ({ page }, server) => {
    const go = Promise.withResolvers<void>();
    await page.route("**/studies", async (route) => {
      await go.promise;
      await route.continue();
    });
    await page.goto(server.url);
    const choose = (study: number) =>
      page.locator("input[type=file]").last().setInputFiles([{
        name: `${study}.dcm`,
        mimeType: "application/dicom",
        buffer: Buffer.from(studyFile({ study })),
      }]);
    await choose(1);
    await page.locator("#uploads .active li").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await choose(2);
    await page.locator("#uploads", { hasText: "0 of 2 files" }).waitFor();
    go.resolve();
    await page.locator("#uploads", { hasText: "2 files stored" }).waitFor();
    await rows(page, 2);
  }));

peerTest("study list: says where everybody sees it that the list could not be loaded", [
  "chromium",
], () =>
  withList(async ({ page, said }, server) => {
    await storeStudies(server.dicomweb, [
      { study: 1, name: "Smith^01" },
      { study: 2, name: "Smith^02" },
    ]);
    await page.goto(server.url);
    const detail = "Too much is going on.";
    await page.route("**/list?*", (route) => route.fulfill({ status: 503, json: { detail } }));
    await page.fill("[name=q]", "smith");
    const toast = page.locator("#toast", { hasText: `could not be loaded: ${detail}` });
    await toast.waitFor();
    assert((await toast.boundingBox())!.height > 20);
    await page.unroute("**/list?*");
    await page.fill("[name=q]", "smith 01");
    await rows(page, 1);
    assertEquals(await page.locator("#toast").textContent(), "");
    assert(said.splice(0).every((line) => line.includes("503")));
  }));
