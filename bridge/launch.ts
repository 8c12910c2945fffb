/**
 * Starts a program of the bridge with the narrowest permissions that its settings need, which the
 * text of a task cannot compute; passes signals on and ends with its exit code. Without arguments
 * the program is the bridge itself, with a command it is the command line.
 * @module
 */
import { bracketed, hostPort, isIPAddress } from "../lib/config/addresses.ts";
import { BRIDGE_ENVIRONMENT } from "../lib/config/bridge_environment.ts";
import { commandPermissions } from "./cli/arguments.ts";
import { type BridgeSettings, readBridgeSettings } from "./settings.ts";

/**
 * V8 collects the whole heap each time that buffers outside it have grown by a tenth, which a
 * bridge that passes images on does after every few; a larger step saves a quarter of a C-GET.
 */
const V8_FLAGS = ["--external-memory-max-growing-factor=16"];

/** Deno's permission flags for the bridge. */
export function permissionFlags(settings: BridgeSettings): string[] {
  const { host, port, tls, coreUrl, aes, spool } = settings;
  const net = [
    listening(host, port),
    ...(tls === undefined ? [] : [listening(host, tls.port)]),
    hostPortOf(new URL(coreUrl)),
    ...aes.map((ae) => hostPort(ae.host, ae.port)),
    // To look up the addresses that it may call from.
    ...aes.filter((ae) => ae.checkAddress && !isIPAddress(ae.host)).map((ae) => ae.host),
  ];
  return [
    `--allow-net=${[...new Set(net)].join(",")}`,
    `--allow-read=${[spool, ...filesOf(settings)].join(",")}`,
    `--allow-write=${spool}`,
    `--allow-env=${BRIDGE_ENVIRONMENT.join(",")}`,
    // How much space is left for the spool.
    "--allow-sys=statfs",
  ];
}

/** Deno's permission flags for the command line: its own, and those to read the settings. */
export function clientFlags(args: readonly string[], settings: BridgeSettings): string[] {
  const { configFile } = settings;
  return [
    ...commandPermissions(args, settings),
    ...(configFile === undefined ? [] : [`--allow-read=${configFile}`]),
    `--allow-env=${BRIDGE_ENVIRONMENT.join(",")}`,
  ];
}

/** Paths of the files that the settings name. */
function filesOf({ configFile, tls, aes }: BridgeSettings): string[] {
  const files = [
    configFile,
    tls?.cert,
    tls?.key,
    tls?.clientCa,
    ...aes.flatMap((ae) => [ae.tls?.ca, ae.tls?.cert, ae.tls?.key]),
  ];
  return [...new Set(files.filter((path) => path !== undefined))];
}

/** Port 0 is any. */
function listening(host: string, port: number): string {
  return port === 0 ? bracketed(host) : hostPort(host, port);
}

function hostPortOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Runs the program until it ends; resolves to its exit code. */
async function launch(args: readonly string[]): Promise<number> {
  // Wrong settings get their default here, and their sentence from the program itself.
  const { settings } = await readBridgeSettings(Deno.env.get, Deno.readTextFile);
  const program = args.length === 0 ? "main.ts" : "cli.ts";
  const flags = args.length === 0 ? permissionFlags(settings) : clientFlags(args, settings);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--cached-only",
      `--v8-flags=${V8_FLAGS.join(",")}`,
      ...flags,
      new URL(program, import.meta.url).href,
      ...args,
    ],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch (error) {
        // It has ended just now, and so will this process.
        if (!(error instanceof TypeError)) throw error;
      }
    });
  }
  return (await child.status).code;
}

if (import.meta.main) Deno.exit(await launch(Deno.args));
