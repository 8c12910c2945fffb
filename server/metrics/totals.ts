/**
 * What the archives hold, read from the index when it is asked for. Whoever asks waits for a busy
 * index within a bound, and then gets what was read last.
 * @module
 */
import type { Index, Totals } from "../index/index.ts";
import { type Family, gauge } from "./instruments.ts";

/** Milliseconds that an answer waits for the index. */
const PATIENCE = 500;

/** Studies, series, instances and bytes of each archive. */
export function totalsFamilies(
  index: Pick<Index, "totals">,
  archives: readonly string[],
): readonly Family[] {
  const last = new Map<string, Totals>();
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      await Promise.all(archives.map(async (archive) => {
        last.set(archive, await index.totals(archive));
      }));
    } catch {
      // The index's own counters and /readyz tell of it; what was read last is all there is.
    } finally {
      reading = undefined;
    }
  }

  async function samples(what: keyof Totals) {
    reading ??= read();
    await within(PATIENCE, reading);
    return [...last].map(([archive, totals]) => ({ labels: { archive }, value: totals[what] }));
  }

  return [
    gauge({ name: "gantry_studies", help: "Studies of an archive." }, () => samples("studies")),
    gauge({ name: "gantry_series", help: "Series of an archive." }, () => samples("series")),
    gauge(
      { name: "gantry_instances", help: "Instances of an archive." },
      () => samples("instances"),
    ),
    gauge(
      { name: "gantry_stored_bytes", help: "Bytes of an archive's instances, as stored." },
      () => samples("bytes"),
    ),
  ];
}

/** Resolves when the work is done, or the time is over. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
