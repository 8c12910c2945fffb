/**
 * How long a start takes: from the process to the first answer of a search, with what it needs in
 * the module cache. That is how long a machine that was stopped keeps its first client waiting.
 * @module
 */
import { parseEnvironment } from "../../lib/config/environment.ts";
import { programArguments } from "../../server/launch.ts";
import { collect } from "../support/child_process.ts";
import { EDGE_NEEDS, edgeCommand, withEdgeStorage } from "../support/edge_process.ts";
import { missingOf } from "../support/peers.ts";

const RUNS = 11;

/** Prints the times of several starts in milliseconds: on a machine, and where there is no disk. */
export async function benchColdStart(): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "gantry-cold-" });
  try {
    await measured("", () => machineCommand(data));
  } finally {
    await Deno.remove(data, { recursive: true });
  }
  const missing = missingOf(EDGE_NEEDS);
  if (missing.length > 0) {
    console.log(`the start of edge.ts is not measured: ${missing.join("; ")}`);
    return;
  }
  await withEdgeStorage(async (storage) => {
    for (const deno of ["2.9", "2.5.0"] as const) {
      const env = { ...storage.env, GANTRY_INSECURE: "1" };
      const { command, folder } = await edgeCommand({ deno, env });
      await measured(` of edge.ts on Deno ${deno}`, () => command);
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Starts as often as it takes, and says how long that took. */
async function measured(what: string, command: () => Deno.Command): Promise<void> {
  // The first fills the module cache and makes what a data folder or an index holds.
  await coldStart(command());
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await coldStart(command()));
  times.sort((a, b) => a - b);
  const [least, median, most] = [times[0], times[(RUNS - 1) / 2], times.at(-1)]
    .map((time) => Math.round(time ?? 0));
  console.log(`start${what} to first search: least ${least}, median ${median}, most ${most} ms`);
}

/** Runs the server as its launcher does. */
function machineCommand(data: string): Deno.Command {
  const env: Record<string, string> = { GANTRY_DATA: data, GANTRY_PORT: "0" };
  const { settings } = parseEnvironment((name) => env[name]);
  return new Deno.Command(Deno.execPath(), {
    args: programArguments("server", settings),
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Starts a server, and times it until a search is answered. */
async function coldStart(command: Deno.Command): Promise<number> {
  const started = performance.now();
  const server = command.spawn();
  const [said, log] = [collect(server.stdout), collect(server.stderr)];
  const url = (await said.until(/^listening on (http:\/\/\S+)$/m))?.[1];
  if (url === undefined) throw new Error(`The server did not start: ${log.text()}`);
  const answer = await fetch(`${url}/dicomweb/studies`);
  await answer.text();
  const elapsed = performance.now() - started;
  if (answer.status !== 200) throw new Error(`The search was answered with ${answer.status}`);
  server.kill("SIGTERM");
  await Promise.all([said.done, log.done, server.status]);
  return elapsed;
}
