/**
 * Rendered images on this server and on Orthanc, each asked for the first time and then again; and
 * what a full load of them does to searches and to the event loop.
 * @module
 */
import { parseEnvironment } from "../../lib/config/environment.ts";
import { ALLOCATOR, programArguments } from "../../server/launch.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { freePort, type OrthancProcess } from "../support/orthanc.ts";
import { scannerElements } from "./ct_header.ts";
import { ctImage } from "./ct_image.ts";
import { loadOnce, loadPaths } from "./wrk.ts";

/** A server whose event loop is watched. */
interface ProbedServer {
  readonly base: string;
  /** Ends it; resolves to what the probe saw. */
  stop(): Promise<string>;
}

/** What was measured. */
export interface RenderingFigures {
  readonly first: { readonly own: number; readonly peer: number };
  readonly again: { readonly own: number; readonly peer: number };
  /** Milliseconds at the 95th percentile of a search while images are rendered. */
  readonly searchP95: number;
  readonly eventLoop: string;
}

const IMAGES = 1000;
/** Images asked of one server before the other has its turn; those of the first two are for warming up. */
const BATCH = 200;
const WARMING_BATCHES = 2;
const STUDY = "1.2.826.0.1.3680043.10.1.77";
const SECONDS = 5;

/** Runs all of it; `folder` takes the data. */
export async function measureRendering(
  folder: string,
  orthanc: OrthancProcess,
): Promise<RenderingFigures> {
  const files = Array.from({ length: IMAGES }, (_, i) => fileOf(i));
  const own = await startProbed(`${folder}/data`);
  await store(`${own.base}/studies`, files);
  await store(`${orthanc.base}/studies`, files);
  const first = await firstTime([own.base, orthanc.base]);
  const again = {
    own: await askedAgain(own.base),
    peer: await askedAgain(orthanc.base),
  };
  // Other windows each time: nothing is kept.
  const rendering = loadPaths(
    new URL(own.base).origin,
    Array.from(
      { length: 4000 },
      (_, i) => `/dicomweb${pathOf(i % IMAGES)}/rendered?window=${1000 + i},${400 + i},linear`,
    ),
    "image/jpeg",
    { connections: 8, seconds: 2 * SECONDS },
  );
  const search = await loadPaths(
    new URL(own.base).origin,
    [`/dicomweb/studies?PatientName=comp*`, `/dicomweb/studies/${STUDY}/series`],
    "application/dicom+json",
    { connections: 1, seconds: SECONDS },
  );
  await rendering;
  const eventLoop = await own.stop();
  return { first, again, searchP95: search.p95, eventLoop };
}

function fileOf(number: number): Uint8Array {
  return ctInstance({
    studyInstanceUID: STUDY,
    seriesInstanceUID: `${STUDY}.1`,
    sopInstanceUID: `${STUDY}.1.${number + 1}`,
    instanceNumber: number + 1,
    patientName: "Computed^Images",
    rows: 512,
    columns: 512,
    pixels: [ctImage(number)],
    elements: scannerElements(number + 1),
  });
}

function pathOf(number: number): string {
  return `/studies/${STUDY}/series/${STUDY}.1/instances/${STUDY}.1.${number + 1}`;
}

async function store(url: string, files: readonly Uint8Array[]): Promise<void> {
  for (const file of files) {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": 'multipart/related; type="application/dicom"; boundary=edge',
        "Accept": "application/dicom+json",
      },
      body: new Blob([
        "--edge\r\nContent-Type: application/dicom\r\n\r\n",
        file as BlobPart,
        "\r\n--edge--\r\n",
      ]),
    });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
}

/** Images a second, each asked for once, in batches on either side in turn: the median of these. */
async function firstTime(bases: readonly [own: string, peer: string]) {
  const rates: number[][] = [[], []];
  for (let batch = 0; batch < IMAGES / BATCH; batch++) {
    for (const [side, base] of bases.entries()) {
      const { origin, pathname } = new URL(base);
      const paths = Array.from(
        { length: BATCH },
        (_, i) => `${pathname}${pathOf(batch * BATCH + i)}/rendered`,
      );
      const load = await loadOnce(origin, paths, "image/jpeg", 4);
      if (load.errors > 0) throw new Error(`${load.errors} of ${base} failed`);
      if (batch >= WARMING_BATCHES) rates[side]!.push(load.requests / load.seconds);
    }
  }
  const [own, peer] = rates.map((each) => each.sort((a, b) => a - b)[each.length >> 1]!);
  return { own: own!, peer: peer! };
}

async function askedAgain(base: string): Promise<number> {
  const { origin, pathname } = new URL(base);
  const paths = Array.from({ length: IMAGES }, (_, i) => `${pathname}${pathOf(i)}/rendered`);
  const load = await loadPaths(origin, paths, "image/jpeg", { connections: 4, seconds: SECONDS });
  if (load.errors > 0) throw new Error(`${load.errors} of ${base} failed`);
  return load.requests / load.seconds;
}

async function startProbed(data: string): Promise<ProbedServer> {
  const env: Record<string, string> = { GANTRY_DATA: data, GANTRY_PORT: String(freePort()) };
  const { settings } = parseEnvironment((name) => env[name]);
  const probe = new URL("./probed_server.ts", import.meta.url);
  const args = programArguments("server", settings).map((argument) => {
    if (argument.startsWith("--allow-read=")) return `${argument},${probe.pathname}`;
    return argument.endsWith("/main.ts") ? probe.href : argument;
  });
  const server = new Deno.Command(Deno.execPath(), {
    args,
    env: { ...env, ...ALLOCATOR },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = server.stdout.getReader();
  await lines.read();
  return {
    base: `http://127.0.0.1:${env.GANTRY_PORT}/dicomweb`,
    async stop() {
      server.kill("SIGTERM");
      await lines.cancel();
      const text = await new Response(server.stderr).text();
      await server.status;
      return /event loop late: (.*)/.exec(text)?.[1] ?? text;
    },
  };
}
