/**
 * How long a start takes: from the process to the first answer of a search, with what it needs in
 * the module cache. That is how long a machine that was stopped keeps its first client waiting.
 * @module
 */
import { parseEnvironment } from "../../lib/config/environment.ts";
import { programArguments } from "../../server/launch.ts";
import { freePort } from "../support/orthanc.ts";

const RUNS = 11;

/** Prints the times of several starts in milliseconds. */
export async function benchColdStart(): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "gantry-cold-" });
  try {
    // The first fills the module cache and makes the data folder.
    await coldStart(data);
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) times.push(await coldStart(data));
    times.sort((a, b) => a - b);
    const [least, median, most] = [times[0], times[(RUNS - 1) / 2], times.at(-1)]
      .map((time) => Math.round(time ?? 0));
    console.log(`start to first search: least ${least}, median ${median}, most ${most} ms`);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** Starts the server as its launcher does, and times it. */
async function coldStart(data: string): Promise<number> {
  const env: Record<string, string> = { GANTRY_DATA: data, GANTRY_PORT: String(freePort()) };
  const { settings } = parseEnvironment((name) => env[name]);
  const started = performance.now();
  const server = new Deno.Command(Deno.execPath(), {
    args: programArguments("server", settings),
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = server.stdout.getReader();
  await lines.read();
  const answer = await fetch(`http://127.0.0.1:${env.GANTRY_PORT}/dicomweb/studies`);
  await answer.text();
  const elapsed = performance.now() - started;
  server.kill("SIGTERM");
  await lines.cancel();
  await server.status;
  return elapsed;
}
