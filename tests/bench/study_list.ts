/**
 * The study list's answers as somebody types, over the real server: each keystroke's own HTTP
 * request, and in Chromium the time from a key to the rows being painted.
 * @module
 */
import type { Page } from "playwright-core";
import { withBrowser } from "../support/browser.ts";
import { startServer } from "../support/server_process.ts";

/** What is typed, over the archive of tests/support/bulk_index.ts; each run with other numbers. */
const TYPED: readonly ((run: number) => string)[] = [
  (run) => `smith${run % 97} john`,
  (run) => `muller${run % 89}`,
  (run) => `PID000${1_000 + run * 7}`,
  (run) => `A0000${1_000 + run * 13}`,
  () => "chest ct",
  (run) => `van der berg${run % 53}`,
  () => "abdomen yamada taro",
  () => "nobody has this",
  () => "zq",
];
const FILTERS = ["", "&modality=CT", "&from=2016-01-01&to=2018-12-31", "&sort=name"];
const RUNS = 5;
/** Milliseconds. */
const MAX_P95 = 100;

/** Prints the times; resolves to whether the answers are as fast as is asked for. `data`: a data folder. */
export async function benchStudyList(data: string): Promise<boolean> {
  const server = await startServer({ env: { GANTRY_DATA: data } });
  try {
    await (await fetch(server.url)).text();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      for (const typed of TYPED) {
        for (const filter of FILTERS) times.push(...await type(server.url, typed(run), filter));
      }
    }
    const answered = report("study list, answer to a keystroke", times);
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(server.url);
      report("study list, from a key to the rows painted", await paint(page));
    }, []);
    return answered;
  } finally {
    await server.stop();
  }
}

/** Asks as the page does after each character; milliseconds until each answer is there. */
async function type(url: string, text: string, filter: string): Promise<number[]> {
  const times: number[] = [];
  for (let length = 1; length <= text.length; length++) {
    const start = performance.now();
    const q = encodeURIComponent(text.slice(0, length));
    const response = await fetch(`${url}/list?q=${q}${filter}`);
    await response.text();
    times.push(performance.now() - start);
  }
  return times;
}

async function paint(page: Page): Promise<number[]> {
  await page.evaluate(`{
    let at = 0;
    let painted;
    document.querySelector("[name=q]").addEventListener("input", () => at = performance.now(), true);
    new MutationObserver(() => {
      const began = at;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => painted(performance.now() - began);
        port2.postMessage(0);
      });
    }).observe(document.getElementById("list"), { childList: true });
    globalThis.nextPaint = () => new Promise((resolve) => painted = resolve);
  }`);
  const field = page.locator("[name=q]");
  const times: number[] = [];
  const painted = async (act: () => Promise<void>) => {
    const [time] = await Promise.all([page.evaluate("nextPaint()"), act()]);
    times.push(Number(time));
  };
  for (const typed of TYPED) {
    for (const key of typed(1)) await painted(() => field.press(key === " " ? "Space" : key));
    await painted(() => field.fill(""));
  }
  return times;
}

function report(title: string, times: readonly number[]): boolean {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const [median, p95, most] = [0.5, 0.95, 1].map((part) => at(part).toFixed(1));
  console.log(`${title}: median ${median}, p95 ${p95}, most ${most} ms, of ${sorted.length}`);
  return at(0.95) <= MAX_P95;
}
