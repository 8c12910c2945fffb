/**
 * What `/metrics` says, read as plainly as it is written.
 * @module
 */
import { assertEquals } from "@std/assert";

/** Samples of one scrape by name and labels, e.g. `gantry_studies{archive="default"}`. */
export type Scrape = ReadonlyMap<string, number>;

/** Scrapes a server at its URL. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return samplesOf(text);
}

/** Samples of a text in Prometheus' format. */
export function samplesOf(text: string): Scrape {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

/** Scrapes again and again until what is scraped is as wanted. Throws after five seconds. */
export async function scrapeUntil(url: string, holds: (now: Scrape) => boolean): Promise<Scrape> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const now = await scrape(url);
    if (holds(now)) return now;
    if (performance.now() > deadline) {
      throw new Error(
        `Not as wanted in time:\n${[...now].map((pair) => pair.join(" ")).join("\n")}`,
      );
    }
  }
}
