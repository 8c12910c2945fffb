/**
 * How searches of the index hold up as an archive grows: loads 10,000 and then 1,000,000 instances
 * in 10,000 studies through the Index interface, and times the same searches at both sizes. So that
 * answers are of one size, what is asked of studies is compared with 10,000 studies of one instance,
 * and what is asked below them with 100 studies of the large archive's own shape.
 *
 *     deno run -A tests/bench/index_scale.ts
 *
 * Exits with 1 where a search takes more than 10 ms at the 95th percentile, or in the median more
 * than twice what it takes with 10,000 instances, or where the study list answers a keystroke later
 * than after 100 ms.
 * @module
 */
import { parseQido } from "../../lib/query/qido.ts";
import type { Level, Query } from "../../lib/query/query.ts";
import { parseWords } from "../../lib/query/words.ts";
import type { Index } from "../../server/index/index.ts";
import { openLocalIndex } from "../../server/index/open_local.ts";
import { benchStudyList } from "./study_list.ts";
import {
  BULK_SHAPE,
  bulkInstances,
  type BulkShape,
  seriesUID,
  studyUID,
} from "../support/bulk_index.ts";

/** An archive to be searched. */
interface Archive {
  readonly studies: number;
  readonly shape: BulkShape;
}

const LARGE: Archive = { studies: 10_000, shape: BULK_SHAPE };
/** The same in little: 10,000 instances, as many studies. */
const WIDE: Archive = {
  studies: 10_000,
  shape: { ...BULK_SHAPE, archive: "wide", seriesPerStudy: 1, instancesPerSeries: 1 },
};
/** The same in little: 10,000 instances, as many in a study. */
const DEEP: Archive = { studies: 100, shape: { ...BULK_SHAPE, archive: "deep" } };

const RUNS = 1_000;
/** Milliseconds at the 95th percentile. */
const MAX_P95 = 10;
const MAX_GROWTH = 2;
const IN_FLIGHT = 2_000;

interface Search {
  /** The small archive whose answers are of the same size. */
  readonly small: Archive;
  /** The query of a run, over an archive of so many studies. */
  readonly query: (run: number, studies: number) => Query;
}

const ofStudies = (query: Search["query"]): Search => ({ small: WIDE, query });
const below = (query: Search["query"]): Search => ({ small: DEEP, query });

const SEARCHES: Readonly<Record<string, Search>> = {
  "studies limit=25": ofStudies((run) => query("study", `limit=25&offset=${run % 50}`)),
  "studies by name, prefix": ofStudies((run) =>
    query("study", `limit=25&PatientName=${name(run)}*`)
  ),
  "studies by name, inner": ofStudies((run) =>
    query("study", `limit=25&PatientName=*${name(run).slice(1)}*`)
  ),
  "studies by name, fuzzy": ofStudies((run) =>
    query("study", `limit=25&fuzzymatching=true&PatientName=${name(run).slice(0, 4)}`)
  ),
  "studies by date range": ofStudies((run) => query("study", `limit=25&StudyDate=${days(run)}`)),
  "studies by date, ordered": ofStudies((run) =>
    query("study", `limit=25&StudyDate=${days(run)}&orderby=PatientName`)
  ),
  "studies by modality, newest": ofStudies(() =>
    query("study", "limit=25&ModalitiesInStudy=CT&orderby=-StudyDate")
  ),
  "studies by words": ofStudies((run) => words(`${name(run).slice(1)} chest`)),
  "studies by a short word": ofStudies((run) => words(String(10 + run % 90))),
  "studies by short pattern": ofStudies((run) =>
    query("study", `limit=25&PatientID=*${10 + run % 90}*`)
  ),
  "series of a study": below((run, studies) =>
    query("series", "", { StudyInstanceUID: studyUID(spread(run, studies)) })
  ),
  "instances of a series": below((run, studies) =>
    query("instance", "", {
      StudyInstanceUID: studyUID(spread(run, studies)),
      SeriesInstanceUID: seriesUID(spread(run, studies), 0),
    })
  ),
  "instance by UID": below((run, studies) =>
    query("instance", `SOPInstanceUID=${seriesUID(spread(run, studies), 0)}.1`)
  ),
};

function query(level: Level, text: string, scope: Query["scope"] = {}): Query {
  return parseQido(new URLSearchParams(text), level, scope).query;
}

/** As the study list asks. */
function words(text: string): Query {
  return { ...query("study", "limit=25&orderby=-StudyDate&count=true"), words: parseWords(text) };
}

/** Studies in no order, so that no page is warm because of the one before. */
const spread = (run: number, studies: number) => (run * 7_919) % studies;
const NAMES = ["SMITH", "MULLER", "GARCIA", "NGUYEN", "ROSSI", "KOWALSKI", "YAMADA", "DUBOIS"];
const name = (run: number) => `${NAMES[run % NAMES.length]}${run % 97}`;

function days(run: number): string {
  const day = (offset: number) =>
    new Date(Date.UTC(2015, 0, 1 + (run * 13) % 3_000 + offset)).toISOString().slice(0, 10)
      .replaceAll("-", "");
  return `${day(0)}-${day(30)}`;
}

/** Adds what the shape gives, with as much in flight as fills the writer's transactions. */
async function load(index: Index, { studies, shape }: Archive): Promise<number> {
  await index.ensureArchives([shape.archive]);
  const source = bulkInstances(0, studies, shape);
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

async function measure(index: Index, archive: Archive, search: Search): Promise<Timing> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const asked = search.query(run, archive.studies);
    const start = performance.now();
    await index.search(archive.shape.archive, asked);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[RUNS / 2] ?? 0, p95: times[Math.floor(RUNS * 0.95)] ?? 0 };
}

/** Times of every search, by title, in an index that holds `archives`; `chosen` says in which of them. */
async function measureIn(
  archives: readonly Archive[],
  chosen: (search: Search) => Archive,
  /** Given the data folder that holds the index, once that is closed. */
  then?: (data: string) => Promise<void>,
): Promise<Map<string, Timing>> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-scale-" });
  try {
    const timings = await timingsIn(folder, archives, chosen);
    await then?.(folder);
    return timings;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function timingsIn(
  folder: string,
  archives: readonly Archive[],
  chosen: (search: Search) => Archive,
): Promise<Map<string, Timing>> {
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    for (const archive of archives) {
      const start = performance.now();
      const added = await load(index, archive);
      const seconds = (performance.now() - start) / 1_000;
      console.log(
        `${added} instances in ${seconds.toFixed(0)} s, ${(added / seconds).toFixed(0)}/s`,
      );
    }
    const { size } = await Deno.stat(`${folder}/index.db`);
    console.log(`${(size / 2 ** 20).toFixed(0)} MiB`);
    const timings = new Map<string, Timing>();
    for (const [title, search] of Object.entries(SEARCHES)) {
      timings.set(title, await measure(index, chosen(search), search));
    }
    return timings;
  } finally {
    await index.close();
  }
}

const before = await measureIn([WIDE, DEEP], ({ small }) => small);
let failed = false;
const after = await measureIn([LARGE], () => LARGE, async (data) => {
  failed ||= !await benchStudyList(data);
});
console.log(
  "| search | 10,000 instances: median, p95 ms | 1,000,000: median, p95 ms |\n|---|---|---|",
);
for (const [title, { median, p95 }] of after) {
  const small = before.get(title) ?? { median, p95 };
  const slow = p95 > MAX_P95 || median > MAX_GROWTH * small.median;
  failed ||= slow;
  const cell = (timing: Timing) => `${timing.median.toFixed(2)}, ${timing.p95.toFixed(2)}`;
  console.log(
    `| ${title}${slow ? " (too slow)" : ""} | ${cell(small)} | ${cell({ median, p95 })} |`,
  );
}
if (failed) Deno.exit(1);
