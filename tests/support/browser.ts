/**
 * Debian's Chromium without a screen, driven by playwright-core.
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";

/** A page, and what it said to the console or failed with. */
export interface Tab {
  readonly page: Page;
  /** Console messages of any kind, errors that nobody caught, and requests that failed. */
  readonly said: string[];
}

/** Arguments for WebGL without a graphics card, which makes every frame of a page dearer. */
const WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** Runs `use` with a browser and ends it. */
export async function withBrowser<T>(
  use: (browser: Browser) => Promise<T>,
  args: readonly string[] = WEBGL,
): Promise<T> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", ...args],
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** Opens an empty tab whose words are written down. */
export async function openTab(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Tab> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    const at = /^Failed to load resource/.test(message.text()) ? ` ${message.location().url}` : "";
    said.push(`${message.type()}: ${message.text()}${at}`);
  });
  page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => {
    said.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`);
  });
  return { page, said };
}

/** A drop of files and folders from outside the browser. */
export async function drop(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
  }
}
