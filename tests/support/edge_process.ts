/**
 * The server without native code and without a disk as a process of its own, with no more than it
 * may need, over a real libSQL server and a real object store.
 * @module
 */
import { ENVIRONMENT } from "../../lib/config/environment.ts";
import { collect } from "./child_process.ts";
import { DENO_2_5, type Need, VIEWER_DATA } from "./peers.ts";
import { type Sqld, startSqld } from "./sqld.ts";
import { startSwift, SWIFT_PROGRAMS, type SwiftProcess } from "./swift.ts";

/** The Denos that it must run on: ours, and the one that Deno Deploy runs. */
export const DENOS = { "2.9": Deno.execPath(), "2.5.0": DENO_2_5 } as const;

/** What {@linkcode withEdgeStorage} and all {@linkcode DENOS} need, for `peerTest`. */
export const EDGE_NEEDS: readonly Need[] = [...SWIFT_PROGRAMS, "sqld", "deno 2.5.0"];

/** How to start it. */
export interface EdgeOptions {
  readonly deno: keyof typeof DENOS;
  /** Its whole environment, but for the address, which is a free one of loopback. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes the platform one that has no `Worker`. */
  readonly withoutWorkers?: boolean;
}

/** A server that listens; disposing of one that was not stopped kills it. */
export interface EdgeProcess extends AsyncDisposable {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** Its default archive's DICOMweb root. */
  readonly dicomweb: string;
  /** What it wrote to stderr so far. */
  log(): string;
  /** SIGINT, as the platform sends it; resolves to the exit code. */
  stop(): Promise<number>;
}

/** What a start that was refused left behind. */
export class EdgeStartError extends Error {
  override readonly name = "EdgeStartError";
  constructor(readonly code: number, readonly log: string) {
    super(`The server ended with ${code} before it listened: ${log}`);
  }
}

const ROOT = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Where the index and the objects are. */
export interface EdgeStorage {
  readonly sqld: Sqld;
  readonly swift: SwiftProcess;
  /** What a process needs to know of it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a test on storage of its own. */
export async function withEdgeStorage(
  test: (storage: EdgeStorage) => Promise<void>,
): Promise<void> {
  const [sqld, swift] = await Promise.all([startSqld(), startSwift()]);
  try {
    await swift.createBucket("archive");
    await test({
      sqld,
      swift,
      env: {
        GANTRY_INDEX_URL: sqld.url,
        GANTRY_BLOBS_URL: "s3://archive",
        AWS_ENDPOINT_URL_S3: swift.endpoint,
        AWS_ACCESS_KEY_ID: swift.accessKeyId,
        AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
        AWS_REGION: swift.region,
      },
    });
  } finally {
    await Promise.all([sqld.stop(), swift.stop()]);
  }
}

/** How the server is run, and the folder that this needs until the process has ended. */
export interface EdgeCommand {
  readonly command: Deno.Command;
  readonly folder: string;
}

/**
 * Makes the command that starts a server. Its configuration is the project's without what only the
 * command line of our own Deno knows.
 */
export async function edgeCommand(
  { deno, env, withoutWorkers = false }: EdgeOptions,
): Promise<EdgeCommand> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-edge-" });
  const { unstable: _, test: __, ...config } = JSON.parse(
    await Deno.readTextFile(`${ROOT}/deno.json`),
  );
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.copyFile(`${ROOT}/deno.lock`, `${folder}/deno.lock`);
  await Deno.symlink(`${ROOT}/node_modules`, `${folder}/node_modules`);
  const entry = `${ROOT}/server/edge.ts`;
  if (withoutWorkers) {
    const hidden = `delete globalThis.Worker;\nawait import("file://${entry}");\n`;
    await Deno.writeTextFile(`${folder}/without_workers.ts`, hidden);
  }
  const args = [
    "run",
    "--no-prompt",
    `--config=${folder}/deno.json`,
    "--node-modules-dir=manual",
    "--allow-net",
    `--allow-env=${ENVIRONMENT.join(",")}`,
    `--allow-read=${ROOT}`,
    "--deny-write",
    "--deny-run",
    "--deny-ffi",
    "--deny-sys",
    withoutWorkers ? `${folder}/without_workers.ts` : entry,
  ];
  const command = new Deno.Command(DENOS[deno], {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: {
      // Each version would throw the other's away.
      DENO_DIR: `${VIEWER_DATA}/deno-${deno}-cache`,
      NO_COLOR: "1",
      GANTRY_HOST: "127.0.0.1",
      GANTRY_PORT: "0",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return { command, folder };
}

/** Starts a server and waits until it listens. Throws EdgeStartError where it ends before. */
export async function startEdge(options: EdgeOptions): Promise<EdgeProcess> {
  const { command, folder } = await edgeCommand(options);
  const child = command.spawn();
  const [said, log] = [collect(child.stdout), collect(child.stderr)];
  let ending: Promise<number> | undefined;
  const ended = () => ending ??= end();
  async function end(): Promise<number> {
    const { code } = await child.status;
    await Promise.all([said.done, log.done]);
    await Deno.remove(folder, { recursive: true });
    return code;
  }
  const url = (await said.until(/^listening on (http:\/\/\S+)$/m))?.[1];
  if (url === undefined) throw new EdgeStartError(await ended(), log.text());
  return {
    url,
    dicomweb: `${url}/dicomweb`,
    log: log.text,
    stop() {
      child.kill("SIGINT");
      return ended();
    },
    async [Symbol.asyncDispose]() {
      if (ending === undefined) child.kill("SIGKILL");
      await ended();
    },
  };
}
