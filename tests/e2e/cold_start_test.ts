import { assertLess } from "@std/assert";
import { parseEnvironment } from "../../lib/config/environment.ts";
import { permissionFlags } from "../../server/launch.ts";
import { freePort } from "../support/orthanc.ts";

/** Milliseconds from the start of the process to the first answer of a search. */
const LIMIT = 300;

/** Starts the server as its launcher does, and times it. */
async function coldStart(data: string): Promise<number> {
  const env: Record<string, string> = { GANTRY_DATA: data, GANTRY_PORT: String(freePort()) };
  const { settings } = parseEnvironment((name) => env[name]);
  const main = new URL("../../server/main.ts", import.meta.url).href;
  const started = performance.now();
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", ...permissionFlags("server", settings), main],
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

Deno.test(`cold start: the first search is answered within ${LIMIT} ms`, async () => {
  const data = await Deno.makeTempDir();
  try {
    // The first fills the module cache. Whatever else the machine does only adds to a time, so the
    // least of the others says most about the server.
    await coldStart(data);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await coldStart(data));
    assertLess(Math.min(...times), LIMIT, `times: ${times.map(Math.round).join(", ")} ms`);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
