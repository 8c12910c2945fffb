/**
 * The bridge as a process of its own, alone or with the server, started as a user's would be:
 * launcher, permissions and all.
 * @module
 */
import { collect, type Collected } from "./child_process.ts";
import { startRoundRobin } from "./round_robin.ts";
import { StartError, startOthers } from "./server_process.ts";
import { storageOf } from "./storage.ts";

/** How to start it. */
export interface BridgeOptions {
  /** Added to the environment; ports are 0 and folders are new unless said here. */
  readonly env?: Readonly<Record<string, string>>;
  /** The configuration file, written into a temporary folder. */
  readonly config?: unknown;
  /** A command that runs the one given to it as further arguments, such as a tracer. */
  readonly under?: readonly string[];
}

/** A bridge that listens. */
export interface BridgeProcess {
  /** The bridge's own AE title. */
  readonly aet: string;
  readonly host: string;
  readonly port: number;
  /** Where it listens with TLS, if it does. */
  readonly tlsPort: number | undefined;
  /** The bridge itself, not its launcher. */
  readonly pid: number;
  /** GANTRY_SPOOL. */
  readonly spool: string;
  /** What it wrote to stderr so far. */
  log(): string;
  /** Resolves when its log has what matches; rejects where it ends without, or after ten seconds. */
  logged(pattern: RegExp): Promise<void>;
  /** SIGTERM; resolves to the launcher's exit code. Removes the folders that were made here. */
  stop(): Promise<number>;
  /** Resolves to the launcher's exit code when everything has ended; removes the folders that were made here. */
  ended(): Promise<number>;
  /** SIGKILL to the bridge, as a crash would be; resolves to the launcher's exit code. Given folders stay. */
  kill(): Promise<number>;
}

/** Server and bridge as `deno task start` runs them. */
export interface GatewayProcess extends BridgeProcess {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** The default archive's DICOMweb root. */
  readonly dicomweb: string;
  /** GANTRY_DATA. */
  readonly data: string;
  /** The server itself, not its launcher. */
  readonly serverPid: number;
}

/** Milliseconds. */
const LOGGED_WITHIN = 10_000;

const ROOT = new URL("../../", import.meta.url);

/** What the bridge says when it listens; with TLS there is a line before. */
const PLAIN = /^listening on dicom:\/\/([^@\n]+)@(\S+):(\d+)$/m;
const TLS = /^listening on dicom-tls:\/\/[^@\n]+@\S+:(\d+)$/m;

/** Starts a bridge to the server at `coreUrl` and waits until it listens. Throws StartError where it ends before. */
export async function startBridge(
  coreUrl: string,
  options: BridgeOptions = {},
): Promise<BridgeProcess> {
  const { launcher, folder, stdout, stderr, ended } = await launch("bridge", options, {
    GANTRY_CORE_URL: coreUrl,
  });
  return await whenListening(launcher, stdout, stderr, ended, spoolOf(options, folder));
}

/**
 * Starts server and bridge and waits until both listen. Throws StartError where they end before.
 * Where tests are to run on several servers, the bridge has its own, and clients each in turn.
 */
export async function startGateway(options: BridgeOptions = {}): Promise<GatewayProcess> {
  const { launcher, folder, config, stdout, stderr, ended } = await launch("start", options, {});
  const data = options.env?.GANTRY_DATA ?? `${folder}/data`;
  const spool = options.env?.GANTRY_SPOOL ?? `${data}/spool`;
  const bridge = await whenListening(launcher, stdout, stderr, ended, spool);
  const own = /^listening on (http:\S+)$/m.exec(stdout.text())?.[1] ?? "";
  const serverPid = Number((await Deno.readTextFile(`${data}/server.lock`)).trim());
  const others = await startOthers(data, { env: { ...config, ...options.env } });
  if (others.length === 0) {
    return { ...bridge, url: own, dicomweb: `${own}/dicomweb`, data, serverPid };
  }
  const proxy = await startRoundRobin([own, ...others.map(({ url }) => url)]);
  const withOthers = (end: () => Promise<number>) => async () => {
    const code = await end();
    await proxy.stop();
    return Math.max(code, ...await Promise.all(others.map((server) => server.stop())));
  };
  return {
    ...bridge,
    url: proxy.url,
    dicomweb: `${proxy.url}/dicomweb`,
    data,
    serverPid,
    ended: withOthers(bridge.ended),
    stop: withOthers(bridge.stop),
    kill: withOthers(bridge.kill),
  };
}

async function launch(
  task: "bridge" | "start",
  { env = {}, config, under = [] }: BridgeOptions,
  more: Readonly<Record<string, string>>,
) {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bridge-" });
  const configFile = `${folder}/gantry.json`;
  if (config !== undefined) await Deno.writeTextFile(configFile, JSON.stringify(config));
  const configured: Readonly<Record<string, string>> = config === undefined
    ? {}
    : { GANTRY_CONFIG: configFile };
  const [program, ...args] = [...under, Deno.execPath(), "task", "--quiet", task];
  const storage = task === "start" ? await storageOf(env.GANTRY_DATA ?? `${folder}/data`) : {};
  const launcher = new Deno.Command(program!, {
    args,
    cwd: ROOT,
    env: {
      GANTRY_PORT: "0",
      GANTRY_DIMSE_PORT: "0",
      ...(task === "bridge"
        ? { GANTRY_SPOOL: `${folder}/spool` }
        : { GANTRY_DATA: `${folder}/data` }),
      ...configured,
      ...storage,
      ...more,
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = collect(launcher.stdout);
  const stderr = collect(launcher.stderr);
  const ended = async () => {
    const { code } = await launcher.status;
    await Promise.all([stdout.done, stderr.done]);
    await Deno.remove(folder, { recursive: true });
    return code;
  };
  return { launcher, folder, config: configured, stdout, stderr, ended };
}

function spoolOf(options: BridgeOptions, folder: string): string {
  return options.env?.GANTRY_SPOOL ?? `${folder}/spool`;
}

async function whenListening(
  launcher: Deno.ChildProcess,
  stdout: Collected,
  stderr: Collected,
  ended: () => Promise<number>,
  spool: string,
): Promise<BridgeProcess> {
  const plain = await stdout.until(PLAIN);
  if (plain === null) throw new StartError(await ended(), stderr.text());
  const [, aet = "", host = "", port] = plain;
  const pid = Number(await Deno.readTextFile(`${spool}/bridge.lock`));
  return {
    aet,
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port),
    tlsPort: tlsPortOf(stdout.text()),
    pid,
    spool,
    log: stderr.text,
    async logged(pattern) {
      const { promise: late, resolve } = Promise.withResolvers<null>();
      const deadline = setTimeout(resolve, LOGGED_WITHIN, null);
      const match = await Promise.race([stderr.until(pattern), late]);
      clearTimeout(deadline);
      if (match === null) throw new Error(`Nothing like ${pattern} in the log:\n${stderr.text()}`);
    },
    ended,
    async stop() {
      launcher.kill("SIGTERM");
      return await ended();
    },
    async kill() {
      Deno.kill(pid, "SIGKILL");
      return await ended();
    },
  };
}

function tlsPortOf(said: string): number | undefined {
  const port = TLS.exec(said)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Runs a test on server and bridge of its own, and stops them in order. */
export async function withGateway(
  run: (gateway: GatewayProcess) => Promise<void>,
  options: BridgeOptions = {},
): Promise<void> {
  const gateway = await startGateway(options);
  let code;
  try {
    await run(gateway);
  } finally {
    code = await gateway.stop();
  }
  if (code !== 0) throw new Error(`The bridge or the server ended with ${code}:\n${gateway.log()}`);
}
