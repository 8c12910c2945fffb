/**
 * How searches of the index hold up as an archive grows: loads 10,000 and then 1,000,000 instances
 * in 10,000 studies through the Index interface, and times the same searches at both sizes.
 *
 *     deno run -A tests/bench/index_scale.ts [instances, by default 1000000]
 *
 * Exits with 1 where a search takes more than 10 ms at the 95th percentile, or more than twice what
 * it takes with 10,000 instances.
 * @module
 */
import { parseQido } from "../../lib/query/qido.ts";
import type { Level, Query } from "../../lib/query/query.ts";
import type { Index } from "../../server/index/index.ts";
import { openLocalIndex } from "../../server/index/open_local.ts";
import {
  BULK_SHAPE,
  bulkInstances,
  type BulkShape,
  seriesUID,
  studyUID,
} from "../support/bulk_index.ts";

const STUDIES = 10_000;
const SMALL = 10_000;
const RUNS = 1_000;
/** Milliseconds at the 95th percentile. */
const MAX_P95 = 10;
const MAX_GROWTH = 2;
/** Searches below this are at the noise of the clock and of the threads. */
const NOISE = 0.5;
const IN_FLIGHT = 2_000;

type Search = (run: number) => Query;

const SEARCHES: Readonly<Record<string, Search>> = {
  "studies limit=25": (run) => query("study", `limit=25&offset=${run % 50}`),
  "studies by name, prefix": (run) => query("study", `limit=25&PatientName=${name(run)}*`),
  "studies by name, inner": (run) => query("study", `limit=25&PatientName=*${name(run).slice(1)}*`),
  "studies by name, fuzzy": (run) =>
    query("study", `limit=25&fuzzymatching=true&PatientName=${name(run).slice(0, 4)}`),
  "studies by date range": (run) => query("study", `limit=25&StudyDate=${days(run)}`),
  "studies by date, ordered": (run) =>
    query("study", `limit=25&StudyDate=${days(run)}&orderby=PatientName`),
  "studies by modality, newest": () =>
    query("study", "limit=25&ModalitiesInStudy=CT&orderby=-StudyDate"),
  "studies by short pattern": (run) => query("study", `limit=25&PatientID=*${10 + run % 90}*`),
  "series of a study": (run) => query("series", "", { StudyInstanceUID: studyUID(spread(run)) }),
  "instances of a series": (run) =>
    query("instance", "", {
      StudyInstanceUID: studyUID(spread(run)),
      SeriesInstanceUID: seriesUID(spread(run), 0),
    }),
  "instances by name, limit=25": (run) => query("instance", `limit=25&PatientName=${name(run)}*`),
  "instance by UID": (run) => query("instance", `SOPInstanceUID=${seriesUID(spread(run), 0)}.1`),
};

function query(level: Level, text: string, scope: Query["scope"] = {}): Query {
  return parseQido(new URLSearchParams(text), level, scope).query;
}

/** Studies in no order, so that no page is warm because of the one before. */
const spread = (run: number) => (run * 7_919) % STUDIES;
const NAMES = ["SMITH", "MULLER", "GARCIA", "NGUYEN", "ROSSI", "KOWALSKI", "YAMADA", "DUBOIS"];
const name = (run: number) => `${NAMES[run % NAMES.length]}${run % 97}`;

function days(run: number): string {
  const day = (offset: number) =>
    new Date(Date.UTC(2015, 0, 1 + (run * 13) % 3_000 + offset)).toISOString().slice(0, 10)
      .replaceAll("-", "");
  return `${day(0)}-${day(30)}`;
}

/** Adds what the shape gives, with as much in flight as fills the writer's transactions. */
async function load(index: Index, shape: BulkShape): Promise<number> {
  const source = bulkInstances(0, STUDIES, shape);
  let added = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    for (const instance of source) {
      const outcome = await index.add(instance);
      if (outcome.kind === "failed") throw outcome.error;
      if (outcome.kind === "added" && ++added % 100_000 === 0) console.error(`${added} added`);
    }
  }));
  return added;
}

interface Timing {
  readonly median: number;
  readonly p95: number;
}

async function measure(index: Index, search: Search): Promise<Timing> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const asked = search(run);
    const start = performance.now();
    await index.search(BULK_SHAPE.archive, asked);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[RUNS / 2] ?? 0, p95: times[Math.floor(RUNS * 0.95)] ?? 0 };
}

async function measureAt(instances: number): Promise<Map<string, Timing>> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-scale-" });
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    await index.ensureArchives([BULK_SHAPE.archive]);
    const seriesPerStudy = Math.min(BULK_SHAPE.seriesPerStudy, instances / STUDIES);
    const instancesPerSeries = Math.round(instances / STUDIES / seriesPerStudy);
    const start = performance.now();
    const added = await load(index, { ...BULK_SHAPE, seriesPerStudy, instancesPerSeries });
    const seconds = (performance.now() - start) / 1_000;
    const { size } = await Deno.stat(`${folder}/index.db`);
    console.log(
      `${added} instances in ${seconds.toFixed(0)} s, ${(added / seconds).toFixed(0)}/s, ` +
        `${(size / 2 ** 20).toFixed(0)} MiB`,
    );
    const timings = new Map<string, Timing>();
    for (const [title, search] of Object.entries(SEARCHES)) {
      timings.set(title, await measure(index, search));
    }
    return timings;
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const large = Number(Deno.args[0] ?? 1_000_000);
const before = await measureAt(SMALL);
const after = await measureAt(large);
console.log(`| search | ${SMALL}: median, p95 ms | ${large}: median, p95 ms |\n|---|---|---|`);
let failed = false;
for (const [title, { median, p95 }] of after) {
  const small = before.get(title) ?? { median, p95 };
  const slow = p95 > MAX_P95 || (p95 > NOISE && p95 > MAX_GROWTH * small.p95);
  failed ||= slow;
  const cell = (timing: Timing) => `${timing.median.toFixed(2)}, ${timing.p95.toFixed(2)}`;
  console.log(
    `| ${title}${slow ? " (too slow)" : ""} | ${cell(small)} | ${cell({ median, p95 })} |`,
  );
}
if (failed) Deno.exit(1);
