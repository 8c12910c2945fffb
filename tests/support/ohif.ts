/**
 * What OHIF shows in a browser, held against images of this server.
 * @module
 */
import type { Page } from "playwright-core";
import { OHIF } from "../../server/viewer/release.ts";
import { VIEWER_DATA } from "./peers.ts";

/** How a viewport's picture compares with candidates. */
export interface Likeness {
  /** Place of the one that is most alike. */
  readonly best: number;
  /** Its correlation in brightness: 1 for what differs in brightness and contrast alone. */
  readonly correlation: number;
  /** Different colours in the picture. */
  readonly colours: number;
  /** Of 16,384 samples, those that are no grey. */
  readonly coloured: number;
}

/** What `ohif_probe.js` puts into the page. */
interface Probed {
  readonly probe: {
    isPainted(colours: number): boolean;
    likeness(urls: readonly string[]): Promise<Likeness>;
    content(): string;
    whiteness(png: string): Promise<number>;
  };
  before: string;
}

/** Milliseconds after which what does not come is missed: OHIF takes seconds where much else is done. */
const MISSED = 60_000;

/** Puts into every page that comes what the other functions ask, and lets it take its time. */
export async function addProbe(page: Page): Promise<void> {
  page.setDefaultTimeout(MISSED);
  await page.addInitScript({ path: new URL("ohif_probe.js", import.meta.url).pathname });
}

/** Resolves when an image is painted: not before its canvas has so many different colours. */
export async function painted(page: Page, colours: number): Promise<void> {
  await page.waitForFunction(
    (colours) => (globalThis as unknown as Probed).probe.isPainted(colours),
    colours,
  );
}

/** Compares what the viewport shows with the images at these URLs, which have one aspect. */
export async function likeness(page: Page, urls: readonly string[]): Promise<Likeness> {
  return await page.evaluate(
    (urls) => (globalThis as unknown as Probed).probe.likeness(urls),
    urls,
  );
}

/** Resolves when so much of the page is white as paper, which nothing of OHIF is. */
export async function paperShown(page: Page, share: number): Promise<void> {
  const end = performance.now() + MISSED;
  while (performance.now() < end) {
    // A picture takes its time: this does not spin.
    const png = (await page.screenshot()).toString("base64");
    const white = await page.evaluate(
      (png) => (globalThis as unknown as Probed).probe.whiteness(png),
      png,
    );
    if (white >= share) return;
  }
  throw new Error(`No ${share} of the page became white`);
}

/** Turns the wheel over the image by one step, and resolves when another is painted. */
export async function scroll(page: Page): Promise<void> {
  await page.hover("canvas.cornerstone-canvas");
  await page.evaluate(() => {
    const page = globalThis as unknown as Probed;
    page.before = page.probe.content();
  });
  await page.mouse.wheel(0, 100);
  await page.waitForFunction(() => {
    const { probe, before } = globalThis as unknown as Probed;
    return probe.content() !== before;
  });
}

/** The viewer that tests share, put into a data folder. */
export async function installShared(data: string): Promise<void> {
  const from = `${VIEWER_DATA}/viewer/${OHIF.build}`;
  const to = `${data}/viewer/${OHIF.build}`;
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
