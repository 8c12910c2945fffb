/**
 * DCMTK's and gdcm's programs as DICOM peers: run to their end, or as a storage server that keeps
 * each data set as it came.
 * @module
 */
import { collect } from "./child_process.ts";
import { freePort } from "./orthanc.ts";
import type { Program } from "./peers.ts";
import { LISTEN, tcpSockets } from "./tcp_table.ts";

/** How a program ended. */
export interface ToolResult {
  readonly code: number;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
}

/** How to run a program. */
export interface ToolOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Without it each small write waits for the acknowledgement of the one before. */
  readonly nagle?: boolean;
}

/** Runs a program to its end. */
export async function runTool(
  program: Program,
  args: readonly string[],
  { cwd, signal, nagle = false }: ToolOptions = {},
): Promise<ToolResult> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { TCP_NODELAY: nagle ? "0" : "1" },
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout) + text(stderr) };
}

/** Statuses of the responses that `-v` or `-d` of a DCMTK program shows, as hexadecimal digits or words. */
export function statusesOf(output: string): string[] {
  return [...output.matchAll(/Received (?:Final )?[\w-]* ?Response(?: \d+)? \(([^)]*)\)/g)]
    .map((match) => match[1]!);
}

/** A storescp that keeps what it gets. */
export interface Storescp {
  readonly port: number;
  readonly aet: string;
  /** Each object received, a Part 10 file whose data set is as it came. */
  readonly folder: string;
  /** What it wrote so far. */
  log(): string;
  /** Ends it; the folder is removed. */
  stop(): Promise<void>;
}

/** Starts a storescp that takes every class and transfer syntax; `args` are added. */
export async function startStorescp(
  { aet = "STORESCP", args = [] }: { readonly aet?: string; readonly args?: readonly string[] } =
    {},
): Promise<Storescp> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-storescp-" });
  const port = freePort();
  const options = ["-d", "-aet", aet, "+B", "+xa", "-pm", "-uf", "-od", folder, ...args];
  const running = await startListening("storescp", [...options, `${port}`], port, folder);
  return { port, aet, folder, ...running };
}

/** Starts a program and waits until it listens on `port`; `stop` removes `folder`, which is its own. */
export async function startListening(
  program: Program,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<Pick<Storescp, "log" | "stop">> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { TCP_NODELAY: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const outputs = [collect(child.stdout), collect(child.stderr)];
  await untilListening(port);
  return {
    log: () => outputs.map((output) => output.text()).join(""),
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Promise.all(outputs.map((output) => output.done));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Resolves when something listens on the port of this machine. */
export async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!tcpSockets().some((socket) => socket.port === port && socket.state === LISTEN)) {
    if (performance.now() > deadline) throw new Error(`Nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
