/**
 * `deno task bench --peers`: the same work on this server and on Debian's Orthanc, on the same
 * machine in the same run, as ratios. Both begin empty and get the same bytes.
 * @module
 */
import { startOrthanc } from "../support/orthanc.ts";
import { startServer } from "../support/server_process.ts";
import { makeBenchData } from "./bench_data.ts";
import { measureRetrieval, measureSearches, measureStores, type Row, type Side } from "./work.ts";

/** Runs all of it and prints a Markdown table. */
export async function benchPeers(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bench-" });
  try {
    say("making data");
    const data = await makeBenchData(folder);
    const orthanc = await startOrthanc();
    const gantry = await startServer({ env: { GANTRY_DATA: `${folder}/data` } });
    try {
      const sides: readonly [Side, Side] = [
        { name: "Gantry", base: `${gantry.url}/dicomweb` },
        { name: `Orthanc ${orthanc.version}`, base: orthanc.base },
      ];
      const rows: Row[] = [];
      for (const measure of [measureStores, measureSearches, measureRetrieval]) {
        for await (const row of measure(sides, data)) {
          rows.push(row);
          say(`${row.what}: ${row.own.toFixed(1)} ${row.unit}, ${ratio(row)} times`);
        }
      }
      console.log(table(sides[1].name, rows));
    } finally {
      await gantry.stop();
      await orthanc.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Our figure over theirs. */
function ratio(row: Row): string {
  return (row.own / row.peer).toFixed(1);
}

function table(peer: string, rows: readonly Row[]): string {
  return [
    `| work | Gantry | ${peer} | ratio | asked for |`,
    "|---|---|---|---|---|",
    ...rows.map((row) =>
      `| ${row.what} | ${round(row.own)} ${row.unit} | ${round(row.peer)} ${row.unit} | ` +
      `**${ratio(row)}** | ${row.target} |`
    ),
  ].join("\n");
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

if (import.meta.main) await benchPeers();
