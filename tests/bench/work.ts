/**
 * The work that the comparison measures, each piece on either side with the same load.
 * @module
 */
import { type BenchData, BOUNDARY } from "./bench_data.ts";
import { type Load, loadBodies, loadPaths } from "./wrk.ts";

/** A server under test. */
export interface Side {
  readonly name: string;
  /** DICOMweb root without a trailing slash. */
  readonly base: string;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly own: number;
  readonly peer: number;
  readonly target: string;
}

type Sides = readonly [own: Side, peer: Side];

const STOW = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;
const JSON_TYPE = "application/dicom+json";
const SECONDS = 5;

/** STOW of CT, ten a request over 4 connections, and of small instances, one a request over 8. */
export async function* measureStores(sides: Sides, data: BenchData): AsyncGenerator<Row> {
  for (const side of sides) {
    sound(await stow(side, data.warmingBodies, 4));
    sound(await stow(side, data.searchedBodies, 8));
  }
  const ct = await onBoth(sides, async (side) => {
    const load = sound(await stow(side, data.ctBodies, 4));
    return data.ctBytes / 1e6 / load.seconds;
  });
  yield { what: "STOW of CT, 10 a request", unit: "MB/s", ...ct, target: "2" };
  const small = await onBoth(sides, async (side) => {
    const load = sound(await stow(side, data.smallBodies, 8));
    return data.smallBodies.length / load.seconds;
  });
  yield { what: "STOW of 64 × 64, one a request", unit: "/s", ...small, target: "2 (aim 3)" };
}

/** Searches over thousands of different queries, at rest and while instances arrive. */
export async function* measureSearches(sides: Sides, data: BenchData): AsyncGenerator<Row> {
  const searches = [
    ["studies, `limit=25`", data.studyQueries, "20"],
    ["studies by name wildcard", data.nameQueries, "20"],
    ["studies by date range", data.dateQueries, "10"],
    ["instances of a series", data.instanceQueries, "10"],
  ] as const;
  for (const [what, queries, target] of searches) {
    const rates = await onBoth(sides, (side) => ask(side, queries, 4));
    yield { what: `QIDO: ${what}`, unit: "/s", ...rates, target };
  }
  for (const [what, queries, target] of searches) {
    const rates = await onBoth(sides, async (side) => {
      const arrivals = arrive(side, data);
      const rate = await ask(side, queries, 4);
      if (await arrivals.stop() === 0) throw new Error("Nothing arrived while the searches ran");
      return rate;
    });
    yield { what: `the same while instances arrive: ${what}`, unit: "/s", ...rates, target };
  }
}

/** Metadata, whole studies and frames. */
export async function* measureRetrieval(sides: Sides, data: BenchData): AsyncGenerator<Row> {
  const study = await onBoth(sides, (side) => ask(side, data.studyMetadata, 4));
  yield { what: "metadata of a 100-instance study", unit: "/s", ...study, target: "10" };
  const series = await onBoth(sides, (side) => ask(side, data.seriesMetadata, 4));
  yield { what: "metadata of a 50-instance series", unit: "/s", ...series, target: "10" };
  const whole = await onBoth(sides, async (side) => {
    const load = await loadPaths(
      new URL(side.base).origin,
      prefixed(side, data.studies),
      'multipart/related; type="application/dicom"',
      { connections: 4, seconds: SECONDS },
    );
    // The peer ends such an answer by closing the connection: the bytes show whether it was whole.
    const whole = load.bytes >= load.requests * data.ctBytes / data.studies.length;
    sound(whole ? { ...load, closed: 0 } : load);
    return load.bytes / 1e6 / load.seconds;
  });
  yield { what: "study retrieval", unit: "MB/s", ...whole, target: "1.5" };
  const frames = await onBoth(
    sides,
    (side) => ask(side, data.frames, 4, 'multipart/related; type="application/octet-stream"'),
  );
  yield { what: "frames of 512 × 512 × 16", unit: "/s", ...frames, target: "1.5" };
}

async function onBoth(
  [own, peer]: Sides,
  measure: (side: Side) => Promise<number>,
): Promise<{ own: number; peer: number }> {
  return { own: await measure(own), peer: await measure(peer) };
}

/** Instances in a second that arrive beside the searches: a busy department, and equal on both sides. */
const ARRIVALS_PER_SECOND = 50;

/** Stores one small instance after another at an even pace until stopped; tells how many. */
function arrive(side: Side, data: BenchData): { stop(): Promise<number> } {
  const stopping = new AbortController();
  let stored = 0;
  const done = (async () => {
    for await (const _ of ticks(1000 / ARRIVALS_PER_SECOND, stopping.signal)) {
      const answer = await fetch(`${side.base}/studies`, {
        method: "POST",
        headers: { "content-type": STOW, accept: JSON_TYPE },
        body: data.arriving(),
      });
      await answer.body?.cancel();
      if (answer.status !== 200) throw new Error(`An arriving instance got ${answer.status}`);
      stored++;
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
      return stored;
    },
  };
}

async function* ticks(milliseconds: number, signal: AbortSignal): AsyncGenerator<void> {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    yield;
  }
}

function stow(side: Side, bodies: readonly string[], connections: number): Promise<Load> {
  const { origin, pathname } = new URL(side.base);
  return loadBodies(origin, `${pathname}/studies`, STOW, bodies, connections);
}

async function ask(
  side: Side,
  paths: readonly string[],
  connections: number,
  accept: string = JSON_TYPE,
): Promise<number> {
  const load = sound(
    await loadPaths(new URL(side.base).origin, prefixed(side, paths), accept, {
      connections,
      seconds: SECONDS,
    }),
  );
  return load.requests / load.seconds;
}

function prefixed(side: Side, paths: readonly string[]): string[] {
  const { pathname } = new URL(side.base);
  return paths.map((path) => `${pathname}${path}`);
}

/** A figure from a run in which something failed is none. */
function sound(load: Load): Load {
  const failed = load.errors + load.closed;
  if (failed > 0) throw new Error(`${failed} of ${load.requests} requests failed`);
  return load;
}
