/**
 * `deno task bench --dimse`: DCMTK's programs do the same work on server and bridge, on Debian's
 * Orthanc and, where it can, on DCMTK's storescp, on the same machine in the same run.
 * @module
 */
import { type GatewayProcess, startGateway } from "../support/bridge_process.ts";
import { runTool, startStorescp } from "../support/dcmtk.ts";
import { freePort, type OrthancProcess, startOrthanc } from "../support/orthanc.ts";
import type { Program } from "../support/peers.ts";
import { CT_OF_STUDY, type CtFiles, writeCtFiles } from "./ct_files.ts";

/** A DICOM server under test. */
interface Side {
  readonly name: string;
  readonly aet: string;
  readonly port: number;
}

/** One line of the table: a figure for each side that can do the work. */
interface Row {
  readonly what: string;
  readonly unit: string;
  readonly figures: readonly (number | undefined)[];
  readonly target: string;
}

const ROOT = "1.2.826.0.1.3680043.10.1";
const HOST = "127.0.0.1";
/** Studies of the one long sending, of each parallel one, and of the one with small writes. */
const LONG = 40;
const PARALLEL = 5;
const SMALL_WRITES = 2;
const SENDERS = 4;
const ECHOES = 2500;
/** Retrievals before those that count, and those. */
const WARMING = 5;
const RETRIEVALS = 11;

/** Runs all of it and prints a Markdown table. */
export async function benchDimse(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bench-" });
  try {
    await runIn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runIn(folder: string): Promise<void> {
  say("making data");
  const ct = async (name: string, studies: number): Promise<CtFiles> => {
    await Deno.mkdir(`${folder}/${name}`);
    return await writeCtFiles(`${folder}/${name}`, `${ROOT}.${name}`, studies);
  };
  const warm = await ct("2", 3);
  const long = await ct("3", LONG);
  const parallel: CtFiles[] = [];
  for (let sender = 0; sender < SENDERS; sender++) {
    parallel.push(await ct(`4.${sender}`, PARALLEL));
  }
  const small = await ct("5", SMALL_WRITES);
  // What is still on its way to the disk would be written while the work is timed.
  await new Deno.Command("sync").output();

  const destination = await startStorescp({ aet: "SINK", args: ["--ignore"] });
  const ports = { orthanc: freePort() };
  const known = { title: "SINK", host: HOST, port: destination.port };
  const gantry = await startGateway({
    env: { GANTRY_DATA: `${folder}/data` },
    config: { aes: [known], unknownAes: "accept" },
  });
  const orthanc = await startOrthanc({
    dicom: {
      aet: "ORTHANC",
      port: ports.orthanc,
      modalities: { SINK: ["SINK", HOST, known.port] },
    },
  });
  const storescp = await startStorescp({ aet: "STORESCP" });
  const sides: readonly Side[] = [
    { name: "Gantry", aet: gantry.aet, port: gantry.port },
    { name: `Orthanc ${orthanc.version}`, aet: "ORTHANC", port: ports.orthanc },
    { name: "storescp", aet: "STORESCP", port: storescp.port },
  ];
  const servers = sides.slice(0, 2);
  try {
    for (const side of sides) await send(side, warm);
    await visible(gantry, warm);
    const rows: Row[] = [];
    const row = (what: string, unit: string, target: string, figures: number[]) => {
      rows.push({ what, unit, target, figures });
      say(`${what}: ${figures.map((figure) => figure.toFixed(2)).join(", ")} ${unit}`);
    };

    const began = performance.now();
    const own = await send(sides[0]!, long);
    await visible(gantry, long);
    const untilVisible = (performance.now() - began) / 1000;
    row("C-STORE of 4,000 CT, one association", "/s", "600, and 2 times Orthanc", [
      long.files / own,
      ...await onEach(sides.slice(1), async (side) => long.files / await send(side, long)),
    ]);
    row("the same until all are found by QIDO, in times of the sending", "", "at most 2", [
      untilVisible / own,
    ]);
    row(
      "4 associations of 500 CT each",
      "/s",
      "1,000",
      await onEach(servers, async (side) => {
        const began = performance.now();
        await Promise.all(parallel.map((files) => send(side, files)));
        const seconds = (performance.now() - began) / 1000;
        if (side === sides[0]) { for (const files of parallel) await visible(gantry, files); }
        return parallel.reduce((sum, { files }) => sum + files, 0) / seconds;
      }),
    );
    row(
      "a sender without TCP_NODELAY",
      "/s",
      "250",
      await onEach(sides, async (side) => small.files / await send(side, small, true)),
    );
    await visible(gantry, small);
    row(
      "2,500 C-ECHO",
      "s",
      "below 1",
      await onEach(
        sides,
        ({ aet, port }) =>
          timed("echoscu", ["-aec", aet, "--repeat", `${ECHOES}`, HOST, `${port}`]),
      ),
    );
    const study = long.studies[0]!;
    row(
      "C-GET of a study of 100 CT",
      "/s",
      "as Orthanc",
      await onEach(servers, (side) => retrieval("getscu", side, study, [])),
    );
    row(
      "C-MOVE of a study of 100 CT",
      "/s",
      "as Orthanc",
      await onEach(servers, (side) => retrieval("movescu", side, study, ["-aem", "SINK"])),
    );
    console.log(table(sides, rows));
  } finally {
    await stopAll(gantry, orthanc);
    await storescp.stop();
    await destination.stop();
  }
}

async function stopAll(gantry: GatewayProcess, orthanc: OrthancProcess): Promise<void> {
  await gantry.stop();
  await orthanc.stop();
}

async function onEach(
  sides: readonly Side[],
  measure: (side: Side) => Promise<number>,
): Promise<number[]> {
  const figures: number[] = [];
  for (const side of sides) figures.push(await measure(side));
  return figures;
}

/** Sends all files over one association; seconds. */
function send({ aet, port }: Side, { folder }: CtFiles, nagle = false): Promise<number> {
  return timed("storescu", ["-aec", aet, "+sd", HOST, `${port}`, folder], nagle);
}

/** Instances a second, the median of several retrievals of a study. */
async function retrieval(
  program: "getscu" | "movescu",
  { aet, port }: Side,
  study: string,
  more: readonly string[],
): Promise<number> {
  const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${study}`];
  const ignoring = program === "getscu" ? ["--ignore"] : [];
  const args = ["-S", "-aec", aet, ...more, ...ignoring, ...keys, HOST, `${port}`];
  const times: number[] = [];
  for (let run = 0; run < WARMING; run++) await timed(program, args);
  for (let run = 0; run < RETRIEVALS; run++) times.push(await timed(program, args));
  times.sort((a, b) => a - b);
  return CT_OF_STUDY / times[(RETRIEVALS - 1) / 2]!;
}

/** Seconds that a program takes, from its start to its end. */
async function timed(program: Program, args: readonly string[], nagle = false): Promise<number> {
  const began = performance.now();
  const { code, output } = await runTool(program, args, { nagle });
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${output.slice(-2000)}`);
  return (performance.now() - began) / 1000;
}

/** Milliseconds between two looks at the archive. */
const LOOK = 50;
const NUMBER_OF_STUDY_RELATED_INSTANCES = "00201208";

/** Resolves when every instance is found. */
async function visible({ dicomweb }: GatewayProcess, { studies, files }: CtFiles): Promise<void> {
  const url = `${dicomweb}/studies?StudyInstanceUID=${studies.join(",")}`;
  for (;;) {
    const answer = await fetch(url, { headers: { accept: "application/dicom+json" } });
    const rows: Record<string, { Value?: number[] }>[] = await answer.json();
    const found = rows.map((row) => row[NUMBER_OF_STUDY_RELATED_INSTANCES]?.Value?.[0] ?? 0);
    if (found.reduce((sum, count) => sum + count, 0) === files) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

function table(sides: readonly Side[], rows: readonly Row[]): string {
  const heads = sides.map(({ name }) => name);
  const cells = ({ what, unit, figures, target }: Row) => [
    what,
    ...sides.map((_, at) => {
      const figure = figures[at];
      return figure === undefined ? "" : `${round(figure)} ${unit}`.trim();
    }),
    target,
  ];
  const head = ["work", ...heads, "asked for"];
  const lines = [head, head.map(() => "---"), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}
