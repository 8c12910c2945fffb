import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Page } from "playwright-core";
import { OHIF } from "../../server/viewer/release.ts";
import { openTab, withBrowser } from "../support/browser.ts";
import { addProbe, installShared, likeness, painted, paperShown, scroll } from "../support/ohif.ts";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

/** Files of the corpus: a CT series, ultrasound in colour of several frames, a PDF and a video. */
const WANTED = [
  /^series\/ct-chest\//,
  /\/IM00001\.fragmented_no_bot_jpeg_baseline\.50\.dcm$/,
  /\/OT000000\.dcm$/,
  /\/mpeg4_avc_hp41\.dcm$/,
];

/** Where screenshots are kept, to be looked at. */
const SCREENSHOTS = Deno.env.get("GANTRY_TEST_SCREENSHOTS");

/** A study, and DICOMweb paths of its images in order. */
interface Study {
  readonly uid: string;
  readonly images: readonly string[];
}

peerTest(
  "viewer: OHIF lists studies, shows and scrolls CT and ultrasound, opens a PDF and a video, and calls no other host",
  ["chromium", "corpus", "viewer"],
  async (corpus) => {
    const data = await Deno.makeTempDir();
    await installShared(data);
    const server = await startServer({ env: { GANTRY_DATA: data } });
    try {
      for (const file of await wanted(corpus)) {
        const stored = await stow(server.dicomweb, [file]);
        assertEquals(stored.status, 200, await stored.text());
      }
      const [ct, us, pdf, video] = await studies(server.dicomweb);
      await withBrowser(async (browser) => {
        const { page, said } = await openTab(browser, { viewport: { width: 1400, height: 800 } });
        await addProbe(page);
        const called = new Set<string>();
        page.on("request", (request) => called.add(new URL(request.url()).origin));

        await page.goto(`${server.url}/viewer`);
        for (const modality of ["CT", "US", "OT"]) {
          await page.getByRole("cell", { name: modality, exact: true }).waitFor();
        }
        await keep(page, "list");
        assertEquals(await page.evaluate("new SharedArrayBuffer(8).byteLength"), 8);
        assert(await page.evaluate("crossOriginIsolated"));
        assertGreater(await transferred(page), 1_000_000);

        await page.goto(`${server.url}/viewer?StudyInstanceUIDs=${ct.uid}`);
        await painted(page, 100);
        const shown = ct.images.slice(0, 6);
        const first = await likeness(page, shown);
        assertEquals(first.best, 0);
        assertGreater(first.correlation, 0.9);
        assertGreater(first.colours, 100);
        await keep(page, "ct");
        await scroll(page);
        const second = await likeness(page, shown);
        assertEquals(second.best, 1);
        assertGreater(second.correlation, 0.9);
        await keep(page, "ct-scrolled");
        // What the list loaded is not asked for again: nothing but what only images need.
        assertLess(await transferred(page), 1_000_000);

        await page.goto(`${server.url}/viewer?StudyInstanceUIDs=${us.uid}`);
        await painted(page, 1000);
        const frame = await likeness(page, us.images);
        assertEquals(frame.best, 0);
        assertGreater(frame.correlation, 0.98);
        assertGreater(frame.colours, 1000);
        assertGreater(frame.coloured, 1000);
        await scroll(page);
        assertEquals((await likeness(page, us.images)).best, 1);
        await keep(page, "us");

        const bytes = page.waitForResponse((response) =>
          response.url().startsWith(server.dicomweb) && response.url().includes("/bulkdata/")
        );
        await page.goto(`${server.url}/viewer?StudyInstanceUIDs=${pdf.uid}`);
        const document = await (await bytes).body();
        assertEquals(document.subarray(0, 5).toString(), "%PDF-");
        await page.waitForSelector('object[type="application/pdf"][data^="blob:"]');
        await paperShown(page, 0.3);
        await keep(page, "pdf");

        await page.goto(`${server.url}/viewer?StudyInstanceUIDs=${video.uid}`);
        await painted(page, 100);
        assertGreater((await likeness(page, shown.slice(0, 1))).coloured, 5000);
        await keep(page, "video");

        const others = [...called].filter((origin) => origin !== server.url && origin !== "null");
        assertEquals(others, []);
        assertEquals(said.filter((line) => /refused to|violates|failed:/i.test(line)), []);
      });
    } finally {
      assertEquals(await server.stop(), 0);
      await Deno.remove(data, { recursive: true });
    }
  },
);

async function wanted(corpus: URL): Promise<Uint8Array<ArrayBuffer>[]> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  const names = files.map(({ file }: { file: string }) => file)
    .filter((file: string) => WANTED.some((pattern) => pattern.test(file)));
  return await Promise.all(names.map((name: string) => Deno.readFile(new URL(name, corpus))));
}

/** The studies, by modality, with images at the size that they are compared at. */
async function studies(dicomweb: string): Promise<[Study, Study, Study, Study]> {
  const rows = await (await fetch(
    `${dicomweb}/instances?includefield=InstanceNumber,NumberOfFrames,StudyInstanceUID,SeriesInstanceUID,Modality&limit=100`,
  )).json();
  const value = (row: Row, tag: string) => `${row[tag]?.Value?.[0] ?? ""}`;
  const sorted = rows.toSorted((a: Row, b: Row) =>
    Number(value(a, "00200013")) - Number(value(b, "00200013"))
  );
  const study = (modality: string): Study => {
    const own = sorted.filter((row: Row) => value(row, "00080060") === modality);
    const images = own.flatMap((row: Row) => {
      const [study, series, instance] = ["0020000D", "0020000E", "00080018"].map((tag) =>
        value(row, tag)
      );
      const path = `${dicomweb}/studies/${study}/series/${series}/instances/${instance}`;
      return Array.from(
        { length: Number(value(row, "00280008")) || 1 },
        (_, at) => `${path}/frames/${at + 1}/rendered?viewport=256,256&accept=image/png`,
      );
    });
    return { uid: value(own[0], "0020000D"), images };
  };
  return [study("CT"), study("US"), study("OT"), study("ES")];
}

type Row = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

/** Bytes of the viewer's own files that came over the network for this page. */
async function transferred(page: Page): Promise<number> {
  return await page.evaluate(`performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/${OHIF.build}/"))
    .reduce((sum, { transferSize }) => sum + transferSize, 0)`);
}

async function keep(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}
