/**
 * A real libSQL server, sqld, on ports and in a folder of its own.
 * @module
 */
import { collect, dependent } from "./child_process.ts";
import { freePort } from "./orthanc.ts";
import { SQLD } from "./peers.ts";

/** What may be said of a server. */
export interface SqldOptions {
  /** The Ed25519 key in PEM that tokens are held against; without one, everybody is let in. */
  readonly publicKey?: string;
}

/** A running server. */
export interface Sqld {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
  /** SIGKILL, whatever it is doing. */
  kill(): Promise<void>;
  /** It stands still: connections are taken, and nothing is answered until `resume`. */
  pause(): void;
  resume(): void;
  /** After `kill`: starts it again on the same port with what it stored; resolves when it answers. */
  restart(): Promise<void>;
}

/** Starts a server without data; resolves when it answers. */
export async function startSqld({ publicKey }: SqldOptions = {}): Promise<Sqld> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-sqld-" });
  const address = `127.0.0.1:${freePort()}`;
  const args = ["--db-path", `${folder}/data`, "--http-listen-addr", address, "--no-welcome"];
  if (publicKey !== undefined) {
    await Deno.writeTextFile(`${folder}/jwt.pem`, publicKey);
    args.push("--auth-jwt-key-file", `${folder}/jwt.pem`);
  }
  let running = await start(args);
  return {
    url: `http://${address}`,
    async stop() {
      await running.end();
      await Deno.remove(folder, { recursive: true });
    },
    kill: () => running.end(),
    pause: () => running.signal("SIGSTOP"),
    resume: () => running.signal("SIGCONT"),
    async restart() {
      running = await start(args);
    },
  };
}

interface Running {
  signal(name: Deno.Signal): void;
  end(): Promise<void>;
}

async function start(args: readonly string[]): Promise<Running> {
  const [program, all] = dependent(SQLD, args);
  const child = new Deno.Command(program, {
    args: all,
    env: { RUST_LOG: "info", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [out, errors] = [collect(child.stdout), collect(child.stderr)];
  // It listens before it can answer; until then requests wait.
  const found = await Promise.race([out.until(LISTENS), errors.until(LISTENS)]);
  if (found === null) throw new Error(`sqld did not start:\n${out.text()}${errors.text()}`);
  return {
    signal: (name) => child.kill(name),
    async end() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended before.
      }
      await Promise.all([child.status, out.done, errors.done]);
    },
  };
}

const LISTENS = /listening for incoming user HTTP connection/;
