/** The pages that tell of the server, in a browser: axe-core, the console, a phone and the dark. */
import axe from "axe-core";
import { assert, assertEquals } from "@std/assert";
import { openTab, withBrowser } from "../support/browser.ts";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";

const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };

peerTest(
  "pages of API and conformance: no violation, nothing said, no page wider than its screen",
  ["chromium"],
  async () => {
    const server = await startServer();
    try {
      await withBrowser(async (browser) => {
        for (const [name, viewport] of Object.entries(SIZES)) {
          const colorScheme = name === "phone" ? "light" : "dark";
          const { page, said } = await openTab(browser, { viewport, colorScheme });
          for (const path of ["api", "conformance"]) {
            await page.goto(`${server.url}/${path}`);
            const opened = await page.locator("details").evaluateAll((all) => {
              all.slice(0, 3).forEach((each) => each.setAttribute("open", ""));
              return all.length;
            });
            assert(path === "conformance" || opened > 30);
            const width = await page.evaluate("document.documentElement.scrollWidth");
            assertEquals(width, viewport.width, `${path} ${name}`);
            // Rows are all alike, and axe-core looks at each for a while.
            await page.locator("tbody tr:nth-child(n+4), .card > details:nth-of-type(n+4)")
              .evaluateAll((all) => all.forEach((each) => each.remove()));
            await page.evaluate(axe.source);
            const found: { violations: { id: string; nodes: { html: string }[] }[] } = await page
              .evaluate("axe.run()");
            const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
            assertEquals(violations, [], `${path} ${name}`);
          }
          assertEquals(said, []);
          await page.context().close();
        }
        const { page } = await openTab(browser, { viewport: SIZES.phone });
        await page.goto(`${server.url}/conformance`);
        await page.getByRole("link", { name: "DIMSE services" }).click();
        assert(page.url().endsWith("/conformance#dimse"));
        // A wide table is scrolled within itself, by keyboard too.
        const table = page.getByRole("region", { name: /SOP Classes/ });
        await table.focus();
        assertEquals(await page.evaluate("document.activeElement.className"), "scrolled");
        const headings = await page.getByRole("heading").allTextContents();
        assertEquals(headings.slice(0, 3), [
          "DICOM conformance statement",
          "Overview",
          "DICOM web services",
        ]);
        await page.context().close();
      });
    } finally {
      assertEquals(await server.stop(), 0);
    }
  },
);
