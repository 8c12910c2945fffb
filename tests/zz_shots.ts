import { openTab, withBrowser } from "./support/browser.ts";
const url = Deno.args[0]!;
const only = Deno.args[1];
await withBrowser(async (browser) => {
  for (const [name, options] of Object.entries({
    "desktop-light": { viewport: { width: 1280, height: 900 } },
    "desktop-dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" as const },
    "phone-light": { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    "phone-dark": { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: "dark" as const },
  })) {
    if (only && !name.includes(only)) continue;
    const { page, said } = await openTab(browser, options);
    await page.goto(url);
    await page.screenshot({ path: `/tmp/gl/shots/${name}.png` });
    await page.fill("[name=q]", "CT");
    await page.waitForFunction(() => (globalThis as any).document.querySelector("#live").textContent !== "");
    const opens = page.locator("a.open");
    await opens.nth(2).click();
    await page.waitForSelector("tr.more img, tr.more li");
    await page.waitForLoadState("networkidle");
    await page.locator("tr.study").nth(2).scrollIntoViewIfNeeded();
    await page.screenshot({ path: `/tmp/gl/shots/${name}-open.png` });
    await page.screenshot({ path: `/tmp/gl/shots/${name}-full.png`, fullPage: true });
    console.log(name, said);
  }
});
