import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { drop, openTab, type Tab, withBrowser } from "../support/browser.ts";
import { peerTest } from "../support/peers.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { storeStudies, STUDY_ROOT, type StudyFile, studyFile } from "../support/study_files.ts";

async function withList(
  run: (tab: Tab, server: ServerProcess, browser: Browser) => Promise<void>,
): Promise<void> {
  const server = await startServer({ env: { GANTRY_DIMSE_PORT: "11112" } });
  try {
    await withBrowser(async (browser) => {
      const tab = await openTab(browser, { viewport: { width: 1280, height: 800 } });
      await run(tab, server, browser);
      assertEquals(tab.said.filter((line) => !GIVEN_UP.test(line)), []);
    }, []);
  } finally {
    assertEquals(server.log(), "");
    await server.stop();
  }
}

/** A search that another keystroke made pointless. */
const GIVEN_UP = /^failed: GET \S+\/list\?\S* net::ERR_ABORTED$/;

const names = (page: Page) => page.locator("tr.study .open .name").allTextContents();
const status = (page: Page) => page.locator("#status").textContent();

const three = (number: number) => String(number).padStart(3, "0");

/** Waits for the list to show so many rows, none of them open. */
async function rows(page: Page, count: number): Promise<void> {
  await page.locator(`#results:not([aria-busy]) tbody > tr:nth-child(${count}):last-child`)
    .waitFor();
}

/** Sixty studies of which each has a day, a name and a number of its own. */
const SIXTY: readonly StudyFile[] = Array.from({ length: 60 }, (_, number) => ({
  study: number,
  name: `${number % 2 === 0 ? "Müller" : "Smith"}^${String(number).padStart(2, "0")}`,
  date: `2024${String(1 + number % 12).padStart(2, "0")}${String(10 + number % 15)}`,
  description: number % 3 === 0 ? "Thorax" : "Abdomen",
  modality: number % 4 === 0 ? "MR" : "CT",
}));

peerTest("study list: searches as one types, filters, sorts, and keeps it all in the URL", [
  "chromium",
], () =>
  withList(async ({ page }, server) => {
    await storeStudies(server.dicomweb, SIXTY);
    await page.goto(server.url);
    assertEquals(await status(page), "1–25 of 60 studies");
    await page.keyboard.press("/");
    await page.keyboard.type("muller thorax");
    await rows(page, 10);
    assert((await names(page)).every((name) => name.startsWith("Müller, ")));
    assertEquals(await page.locator("#live").textContent(), "10 studies");
    await page.selectOption("[name=modality]", "MR");
    await rows(page, 5);
    assert(page.url().endsWith("?q=muller+thorax&modality=MR"), page.url());

    await page.getByRole("link", { name: "Patient", exact: true }).click();
    await page.waitForURL(/sort=name/);
    await rows(page, 5);
    const sorted = await names(page);
    assertEquals(sorted, sorted.toSorted());
    await page.getByRole("link", { name: "Patient", exact: true }).click();
    await page.waitForURL(/sort=-name/);
    await page.locator("[aria-sort=descending]", { hasText: "Patient" }).waitFor();
    assertEquals(await names(page), sorted.toReversed());

    // The same URL gives the same page, before any script has run.
    const address = page.url();
    const html = await (await fetch(address)).text();
    assertEquals(
      [...html.matchAll(/class="name">([^<]*)/g)].map(([, name]) => name),
      await names(page),
    );
    await page.goBack();
    await page.locator("[aria-sort=ascending]").waitFor();
    assertEquals(await names(page), sorted);
    await page.locator("#clear").click();
    await rows(page, 25);
    assertEquals(await page.inputValue("[name=q]"), "");
    await page.fill("[name=from]", "2024-03-01");
    await page.fill("[name=to]", "2024-03-31");
    await rows(page, 5);
    await page.getByRole("button", { name: "Today" }).click();
    await page.getByText("No study matches").waitFor();
    assertEquals(await page.locator("[name=days]").first().getAttribute("aria-pressed"), "true");
  }));

peerTest(
  "study list: pages lose and repeat no row while studies arrive, with a script and without",
  ["chromium"],
  () =>
    withList(async ({ page }, server, browser) => {
      await storeStudies(server.dicomweb, SIXTY);
      const without = await openTab(browser, { javaScriptEnabled: false });
      let late = 100;
      for (const tab of [page, without.page]) {
        await tab.goto(server.url);
        const seen: string[] = [];
        for (;;) {
          seen.push(...await names(tab));
          await storeStudies(server.dicomweb, [{
            study: late++,
            name: "Late^New",
            date: "20300101",
          }]);
          const next = tab.getByRole("link", { name: "Next page" });
          if (await next.count() === 0) break;
          await next.click();
          await tab.locator("#status", { hasText: `${seen.length + 1}–` }).waitFor();
        }
        const ours = seen.filter((name) => !name.startsWith("Late"));
        assertEquals(ours.length, 60);
        assertEquals(new Set(ours).size, 60);
      }
      await without.page.goto(server.url);
      await without.page.fill("[name=q]", "smith 01");
      await without.page.keyboard.press("Enter");
      await without.page.waitForURL(/q=smith/);
      assertEquals(await names(without.page), ["Smith, 01"]);
      await without.page.locator("a.open").click();
      await without.page.waitForURL(/study=/);
      assertEquals(await without.page.locator(".series li").count(), 1);
      assertEquals(without.said, []);
    }),
);

peerTest(
  "study list: a dropped folder is stored, what is refused is told why, deletion is undone in place",
  ["chromium"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-drop-" });
    try {
      await Deno.mkdir(`${folder}/disc/deep/er`, { recursive: true });
      const write = (path: string, bytes: Uint8Array | string) =>
        Deno.writeFile(
          `${folder}/disc/${path}`,
          typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
        );
      for (let study = 0; study < 40; study++) {
        await write(
          `deep/${study}`,
          studyFile({ study, name: `Drop^N${three(study)}`, date: `20240${three(100 + study)}` }),
        );
      }
      await write("deep/er/readme.txt", "no image");
      await write("deep/er/broken.dcm", studyFile({ study: 999 }).subarray(0, 200));
      await withList(async (tab, server) => {
        const { page } = tab;
        await storeStudies(server.dicomweb, [{ study: 5, name: "Other^Content" }]);
        await page.goto(server.url);
        await drop(page, [`${folder}/disc`]);
        await page.getByRole("heading", { name: "39 files stored, 3 refused" }).waitFor();
        assertEquals(
          await page.locator("#uploads summary").allTextContents().then((all) => all.toSorted()),
          [
            "It cannot be read as DICOM (1)",
            "Not a DICOM file (1)",
            "Other content is stored under the same UID (1)",
          ],
        );
        await page.getByText("disc/deep/er/readme.txt").waitFor();
        await page.getByText("The object ends 32 bytes before the end of (0002,0003)").waitFor();
        await page.getByText("40 studies · 40 instances").waitFor();
        // The browser itself writes down every answer that says no.
        const expected =
          /^error: Failed to load resource: the server responded with a status of 409/;
        assertEquals(tab.said.filter((line) => !expected.test(line) && !GIVEN_UP.test(line)), []);
        tab.said.length = 0;

        await page.fill("[name=q]", "drop n01");
        await rows(page, 10);
        const before = await names(page);
        const gone = page.locator("tr.study", { hasText: "Drop, N013" });
        await gone.locator(".open").click();
        const image = page.locator("tr.more img");
        await image.waitFor();
        await image.evaluate("(image) => image.decode()");
        assertEquals(await page.locator("tr.more .about").textContent(), "CT #1 1 image");
        const zip = await fetch(
          new URL(
            await page.getByRole("link", { name: "Download" }).getAttribute("href") ?? "",
            page.url(),
          ),
        );
        assertEquals(zip.headers.get("content-type"), "application/zip");
        await zip.body?.cancel();
        await page.getByRole("button", { name: "Delete" }).click();
        await rows(page, 9);
        assertEquals(await names(page), before.filter((name) => name !== "Drop, N013"));
        await page.getByText("Deleted: Drop, N013.").waitFor();
        const metadata = await fetch(`${server.dicomweb}/studies/${STUDY_ROOT}.13/metadata`);
        await metadata.body?.cancel();
        assertEquals(metadata.status, 410);
        await page.getByRole("button", { name: "Undo" }).click();
        await rows(page, 10);
        assertEquals(await names(page), before);
        await page.getByText("40 studies").waitFor();
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Names as they are stored, and as they are shown. */
const NAMES: readonly (readonly [stored: string, shown: string])[] = [
  ["Adams^John Robert Quincy^^Rev.^B.A. M.Div.", "Adams, Rev. John Robert Quincy, B.A. M.Div."],
  ["Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou 山田 太郎 やまだ たろう"],
  ["Hong^Gildong=洪^吉洞=홍^길동", "Hong, Gildong 洪 吉洞 홍 길동"],
  ["=王^小東", "王 小東"],
  ["Διονυσιος", "Διονυσιος"],
  ["قباني^لنزار", "قباني, لنزار"],
  ["\u202Egnp.exe^Mirror", "\u202Egnp.exe, Mirror"],
  [
    `<script>alert(2)</script>^"><img src onerror>`,
    `<script>alert(2)</script>, "><img src onerror>`,
  ],
  ["javascript:alert(3)^'&amp;", "javascript:alert(3), '&amp;"],
  ["", "No name"],
]; // deno-fmt-ignore

peerTest("study list: shows names of every script right and hostile ones as text; readable by everyone, small, from one host", ["chromium"], () =>
  withList(async ({ page }, server, browser) => {
    const files = NAMES.map(([name], study) => ({ study, name, date: `202401${30 - study}` }));
    await storeStudies(server.dicomweb, [
      ...files,
      ...Array.from({ length: 20 }, (_, n) => ({ study: 50 + n, description: "<b>not bold</b><img src=x onerror=alert(1)>" })),
    ]);
    const hosts = new Set<string>();
    page.on("request", (request) => hosts.add(new URL(request.url()).origin));
    page.on("dialog", () => {
      throw new Error("A name ran as a script");
    });
    const response = await page.goto(server.url, { waitUntil: "networkidle" });
    const sizes = await Promise.all((await page.evaluate(LOADED) as string[]).map(async (url) =>
      (await (await fetch(url)).bytes()).length
    ));
    assert(sizes.length >= 6, sizes.join());
    const weight = sizes.reduce((sum, size) => sum + size);
    assert(weight < 50_000, `${weight} bytes, uncompressed: ${sizes}`);
    const policy = response?.headers()["content-security-policy"] ?? "";
    assert(policy.startsWith("default-src 'none'; script-src 'self'"), policy);
    const shown = await page.locator("tr.study .open").allTextContents();
    assertEquals(shown.slice(0, NAMES.length), NAMES.map(([, name]) => name));
    assertEquals(await page.locator("main b", { hasText: "bold" }).count(), 0);
    for (const words of ["太郎", "길동", "διονύσιος", "قباني", "<script"]) {
      await page.fill("[name=q]", words);
      await rows(page, 1);
    }
    await page.locator("a.open").click();
    await page.getByRole("button", { name: "Delete" }).waitFor();

    for (const look of LOOKS) {
        const tab = await openTab(browser, look);
        await tab.page.goto(`${server.url}/?study=${STUDY_ROOT}.1`);
        await tab.page.evaluate(axe.source);
        const { violations } = await tab.page.evaluate("axe.run()") as AxeResults;
        assertEquals(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html)}`), []);
        const overflow = await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assertEquals(overflow, 0);
        assertEquals(tab.said, []);
        await tab.page.context().close();
      }
    assertEquals([...hosts], [server.url]);
  }));

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

/** Each size and each scheme; in the long rounds each with each. */
const LOOKS = [
  { colorScheme: "light", viewport: PHONE },
  { colorScheme: "dark", viewport: DESK },
  ...(Deno.env.get("GANTRY_TEST_LONG") === "1"
    ? [{ colorScheme: "dark", viewport: PHONE }, { colorScheme: "light", viewport: DESK }] as const
    : []),
] as const;

/** URLs of the page and of all that it loaded. */
const LOADED =
  `performance.getEntriesByType("resource").map((each) => each.name).concat(location.href)`;

interface AxeResults {
  readonly violations: readonly { id: string; nodes: readonly { html: string }[] }[];
}

peerTest(
  "study list: is used with the keyboard alone, and its tree reads in order",
  ["chromium"],
  () =>
    withList(async ({ page }, server, browser) => {
      await storeStudies(
        server.dicomweb,
        [1, 2, 3].map((study) => ({ study, date: `2024010${study}` })),
      );
      await page.goto(server.url);
      const focused = () => page.evaluate("document.activeElement.textContent");
      await page.keyboard.press("/");
      await page.keyboard.press("ArrowDown");
      assertEquals(await focused(), "Patient, Number 3");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.locator("tr.more").waitFor();
      assertEquals(await page.locator("[aria-expanded=true]").textContent(), "Patient, Number 2");
      assert(page.url().endsWith(`?study=${STUDY_ROOT}.2`), page.url());
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      assertEquals(await focused(), "Download");
      await page.keyboard.press("Escape");
      await page.locator("tr.more").waitFor({ state: "detached" });
      assertEquals(await focused(), "Patient, Number 2");
      for (let row = 0; row < 2; row++) await page.keyboard.press("ArrowUp");
      await page.keyboard.type("number 1");
      await rows(page, 1);
      await page.keyboard.press("Escape");
      await rows(page, 3);
      assertEquals(page.url(), `${server.url}/`);

      const phone = await openTab(browser, { viewport: { width: 390, height: 844 } });
      await phone.page.goto(server.url);
      for (const tab of [page, phone.page]) {
        const tree = await tab.locator("body").ariaSnapshot();
        const order = [
          'link "Skip to content"',
          "navigation",
          'heading "Studies"',
          "3 studies · 3 instances",
          "searchbox",
          'button "Today"',
          'combobox "Modality"',
          'table "Studies"',
          'rowheader "Patient, Number 3',
          'link "View"',
          'rowheader "Patient, Number 1',
          'heading "Connect"',
          'button "Copy the DICOMweb URL"',
          'button "Copy the AE title"',
          "GANTRY_DIMSE_HOST=0.0.0.0",
        ];
        const places = order.map((text) => tree.indexOf(text));
        assert(!places.includes(-1), `${order[places.indexOf(-1)]} is not in\n${tree}`);
        assertEquals(places, places.toSorted((a, b) => a - b), tree);
      }
    }),
);

peerTest(
  "study list: the command that an empty archive shows works as it stands",
  ["bash", "curl"],
  async () => {
    const server = await startServer();
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, studyFile({ study: 1 }));
      const html = await (await fetch(server.url)).text();
      const [, copied] = /data-copy="(\(printf[^"]*)"/.exec(html) ?? [];
      const entities: Record<string, string> = { quot: '"', "#39": "'", amp: "&" };
      const command = copied?.replace(/&([^;]+);/g, (_, name) => entities[name] ?? "").replace(
        "FILE",
        file,
      );
      const { code } = await new Deno.Command("bash", {
        args: ["-euo", "pipefail", "-c", command ?? "false"],
        stdout: "null",
        stderr: "null",
      }).output();
      assertEquals(code, 0);
      assert((await (await fetch(server.url)).text()).includes("1 study · 1 instance"));
    } finally {
      await server.stop();
      await Deno.remove(file);
    }
  },
);
