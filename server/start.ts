/**
 * Starts server and bridge together: the bridge is told where the server listens and given a token
 * that the server takes. Signals go to both; where one of them ends, so does the other.
 * @module
 */
import { dialled, hostPort } from "../lib/config/addresses.ts";
import { AE_PLACE } from "../lib/config/bridge_environment.ts";
import { parseEnvironment } from "../lib/config/environment.ts";
import { ALLOCATOR, programArguments } from "./launch.ts";

/** What the bridge's launcher may do: read the settings, to compute the permissions of the bridge, and run it. */
const BRIDGE_LAUNCHER = [
  "run",
  "--no-prompt",
  "--cached-only",
  "--allow-read",
  "--allow-env=GANTRY_*",
  `--allow-run=${Deno.execPath()}`,
  new URL("../bridge/launch.ts", import.meta.url).href,
];

/** What the server's line begins with. */
const LISTENING = "listening on ";

/** The DICOMweb root of the called AE title's archive, where the server says that it listens. */
export function coreUrl(listening: string): string {
  const url = new URL(listening);
  const host = dialled(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  return `http://${hostPort(host, Number(url.port || 80))}/aets/${AE_PLACE}/rs`;
}

/** Runs both until they end; resolves to the exit code. */
async function start(): Promise<number> {
  // Wrong settings get their default here, and their sentence from the programs themselves.
  const { settings } = parseEnvironment((name) => Deno.env.get(name));
  const token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const server = new Deno.Command(Deno.execPath(), {
    args: programArguments("server", settings),
    env: { ...ALLOCATOR, GANTRY_BRIDGE_TOKEN: token },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const children = [server];
  let isAsked = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      isAsked = true;
      for (const child of children) tell(child, signal);
    });
  }

  const listening = await passOnLines(server.stdout);
  if (listening !== undefined && !isAsked) {
    children.push(startBridge(listening, token, settings.data));
    await Promise.race(children.map((child) => child.status));
    if (!isAsked) { for (const child of children) tell(child, "SIGTERM"); }
  }
  const ends = await Promise.all(children.map((child) => child.status));
  return Math.max(isAsked ? 0 : 1, ...ends.map(({ code }) => code));
}

function startBridge(serverUrl: string, token: string, data: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: BRIDGE_LAUNCHER,
    env: {
      GANTRY_CORE_URL: coreUrl(serverUrl),
      GANTRY_CORE_TOKEN: token,
      GANTRY_SPOOL: Deno.env.get("GANTRY_SPOOL")?.trim() || `${data}/spool`,
    },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}

function tell(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}

/**
 * Writes the server's lines on stdout as they come. Resolves to the URL of the one that says where
 * it listens, or to undefined where it ends without one.
 */
function passOnLines(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const passOn = async () => {
      let rest = "";
      for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          console.log(line);
          if (line.startsWith(LISTENING)) resolve(line.slice(LISTENING.length));
        }
      }
      resolve(undefined);
    };
    passOn().catch(reject);
  });
}

if (import.meta.main) Deno.exit(await start());
