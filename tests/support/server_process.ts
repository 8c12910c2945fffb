/**
 * A server as a process of its own, started as a user's would be: launcher, permissions and all.
 * @module
 */
import { assertEquals } from "@std/assert";
import { collect } from "./child_process.ts";
import { startRoundRobin } from "./round_robin.ts";
import { dropStorage, SERVERS, storageOf } from "./storage.ts";

/** How to start it. */
export interface ServerOptions {
  /** Added to the environment; GANTRY_PORT is 0 and GANTRY_DATA a new folder unless said here. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the one given to it as further arguments, such as a tracer. */
  readonly under?: readonly string[];
}

/** One process of a server. */
export interface Instance {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** The server itself, not its launcher. */
  readonly pid: number;
}

/** A server that listens. */
export interface ServerProcess {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** Its default archive's DICOMweb root. */
  readonly dicomweb: string;
  /** One, or as many as tests are to run on. */
  readonly instances: readonly [Instance, ...Instance[]];
  /** GANTRY_DATA. */
  readonly data: string;
  /** What it wrote to stderr so far. */
  log(): string;
  /** Resolves when its stdout holds what matches; to null where it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray | null>;
  /** SIGTERM; resolves to the launcher's exit code. Removes the data folder if it was made here. */
  stop(): Promise<number>;
  /** SIGKILL to the server, as a crash would be; the data folder stays. */
  kill(): Promise<void>;
}

/** What a start that was refused left behind. */
export class StartError extends Error {
  override readonly name = "StartError";
  constructor(readonly code: number, readonly log: string) {
    super(`The server ended with ${code} before it listened: ${log}`);
  }
}

const ROOT = new URL("../../", import.meta.url);

/** Runs `use` with a server of its own, which must then end as it should. */
export async function withServer(
  env: Readonly<Record<string, string>>,
  use: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await startServer({ env });
  let code: number | undefined;
  try {
    await use(server);
  } finally {
    code = await server.stop();
  }
  assertEquals(code, 0, server.log());
}

/**
 * Starts a server and waits until it listens. Throws StartError where it ends before. Where tests are
 * to run on several servers, these have one index and one store, and a proxy gives each request to
 * the next: what it says is then what the first says.
 */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const given = options.env?.GANTRY_DATA;
  const data = given ?? await Deno.makeTempDir({ prefix: "gantry-" });
  const storage = await storageOf(data);
  const removeData = async () => {
    if (given !== undefined) return;
    await dropStorage(data);
    await Deno.remove(data, { recursive: true });
  };
  try {
    const own = SERVERS > 1 ? { GANTRY_PORT: "0" } : {};
    const [first, others] = await Promise.all([
      startOne(data, { ...options, env: { ...storage, ...options.env, ...own } }),
      startOthers(data, options),
    ]);
    const port = Number(options.env?.GANTRY_PORT ?? 0);
    const server = others.length === 0 ? first : await inTurn(first, others, port);
    return {
      ...server,
      dicomweb: `${server.url}/dicomweb`,
      data,
      async stop() {
        const code = await server.stop();
        await removeData();
        return code;
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

type OneServer = Omit<ServerProcess, "dicomweb" | "data">;

/** The servers beside the one of a data folder, each with a folder of its own in it. */
export async function startOthers(
  data: string,
  options: ServerOptions,
): Promise<readonly OneServer[]> {
  const env = { ...await storageOf(data), ...options.env, GANTRY_PORT: "0" };
  const folders = Array.from({ length: SERVERS - 1 }, (_, n) => `${data}/${n + 2}`);
  return await Promise.all(folders.map((folder) => startOne(folder, { ...options, env })));
}

/** Several servers as one, which listens on a port, or with 0 on a free one. */
async function inTurn(
  first: OneServer,
  others: readonly OneServer[],
  port: number,
): Promise<OneServer> {
  const servers = [first, ...others];
  const proxy = await startRoundRobin(servers.map(({ url }) => url), port || undefined);
  return {
    ...first,
    instances: [...first.instances, ...others.flatMap(({ instances }) => instances)],
    url: proxy.url,
    log: () => servers.map((server) => server.log()).join(""),
    async stop() {
      // Not after the servers: it would answer for them.
      await proxy.stop();
      return Math.max(...await Promise.all(servers.map((server) => server.stop())));
    },
    async kill() {
      await Promise.all(servers.map((server) => server.kill()));
      await proxy.stop();
    },
  };
}

async function startOne(data: string, options: ServerOptions): Promise<OneServer> {
  const [program, ...args] = [...options.under ?? [], Deno.execPath(), "task", "--quiet", "server"];
  const launcher = new Deno.Command(program!, {
    args,
    cwd: ROOT,
    env: { GANTRY_PORT: "0", ...options.env, GANTRY_DATA: data },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = collect(launcher.stderr);
  const said = collect(launcher.stdout);
  const ended = async () => {
    const { code } = await launcher.status;
    await Promise.all([said.done, log.done]);
    return code;
  };
  const url = (await said.until(/^listening on (http:\/\/\S+)$/m))?.[1];
  if (url === undefined) throw new StartError(await ended(), log.text());
  const pid = Number((await Deno.readTextFile(`${data}/server.lock`)).trim());
  return {
    url,
    instances: [{ url, pid }],
    log: log.text,
    says: said.until,
    async stop() {
      launcher.kill("SIGTERM");
      return await ended();
    },
    async kill() {
      Deno.kill(pid, "SIGKILL");
      await ended();
    },
  };
}
