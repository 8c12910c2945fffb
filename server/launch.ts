/**
 * Starts a program of the server with the narrowest permissions that its settings need, which the
 * text of a task cannot compute; passes signals on and ends with its exit code.
 * @module
 */
import { bracketed, hostPort } from "../lib/config/addresses.ts";
import {
  ENVIRONMENT,
  type EnvironmentSettings,
  parseEnvironment,
} from "../lib/config/environment.ts";
import { COMMAND_NEEDS, type CommandName, type Needs } from "./cli/needs.ts";
import { LOCAL_INDEX_PERMISSIONS } from "./index/permissions.ts";
import { CODEC_FOLDERS } from "./pixels/permissions.ts";
import { hostOfURL } from "./viewer/registry.ts";

/**
 * V8 collects the whole heap each time that buffers outside it have grown by a tenth, which a server
 * of pixel data does after every few images; a larger step nearly halves what a retrieval costs.
 */
const V8_FLAGS = ["--external-memory-max-growing-factor=16"];

/**
 * glibc gives every buffer of an image back to the kernel, which then clears each of its pages anew:
 * with these it keeps up to 256 MiB of what it has, and takes from there. Nothing to other libraries.
 */
export const ALLOCATOR = {
  MALLOC_TRIM_THRESHOLD_: `${256 * 1024 ** 2}`,
  MALLOC_MMAP_THRESHOLD_: `${64 * 1024 ** 2}`,
};

/** The server, or a command of the command line. */
export type Program = "server" | CommandName;

/** Reads the environment, of which a program may need to know more than its settings. */
type Environment = (name: string) => string | undefined;

/** Deno's permission flags for a program. `args`: those of the command. */
export function permissionFlags(
  program: Program,
  settings: EnvironmentSettings,
  args: readonly string[] = [],
  variable: Environment = () => undefined,
): string[] {
  const { host, port, metricsPort, data, configFile } = settings;
  const root = `${import.meta.dirname}/..`;
  // The code of workers is read at run time, and so are the codecs.
  const read = [data, `${root}/server`, `${root}/lib`];
  if (program === "server") read.push(...CODEC_FOLDERS.map((folder) => `${root}/${folder}`));
  if (configFile !== undefined) read.push(configFile);
  // Port 0 is any, and what it came to be must be listened on again where listening broke off.
  const address = (port: number) => port === 0 ? bracketed(host) : hostPort(host, port);
  const needs: Needs = program === "server"
    ? {
      net: [address(port), ...(metricsPort === undefined ? [] : [address(metricsPort)])],
      storage: "index and objects",
    }
    : COMMAND_NEEDS[program](args, variable);
  const net = [...needs.net ?? [], ...storageHosts(settings, needs.storage)];
  const isLocal = settings.index.kind === "file" || settings.index.replica;
  const hasFile = needs.indexFile || (needs.storage !== undefined && isLocal);
  return [
    ...(net.length > 0 ? [`--allow-net=${net.join(",")}`] : []),
    `--allow-read=${[...read, ...listed(needs.read)].join(",")}`,
    `--allow-write=${[data, ...listed(needs.write)].join(",")}`,
    `--allow-env=${[...ENVIRONMENT, ...LOCAL_INDEX_PERMISSIONS.env, ...needs.env ?? []].join(",")}`,
    ...(hasFile
      ? [
        `--allow-sys=${LOCAL_INDEX_PERMISSIONS.sys.join(",")}`,
        `--allow-ffi=${root}/node_modules/.deno`,
      ]
      : []),
  ];
}

/** What is dialled for an index and objects that are kept elsewhere, as far as they are opened. */
function storageHosts(
  { index, blobs }: EnvironmentSettings,
  opened: Needs["storage"],
): string[] {
  const hosts: string[] = [];
  if (opened === undefined) return hosts;
  if (index.kind === "remote") hosts.push(hostOfURL(new URL(index.url)));
  if (blobs.kind === "s3" && opened === "index and objects") {
    const { endpoint, addressing, bucket } = blobs.place;
    const url = new URL(endpoint);
    const host = hostOfURL(url);
    hosts.push(addressing === "path" ? host : `${bucket}.${host}`);
  }
  return hosts;
}

/** Paths as a flag takes them: of one with a comma, which would part it, the folder above that. */
function listed(paths: readonly string[] = []): string[] {
  return paths.map((path) => {
    const comma = path.indexOf(",");
    if (comma < 0) return path;
    const slash = path.lastIndexOf("/", comma);
    return slash < 0 ? "." : path.slice(0, slash) || "/";
  });
}

/** Deno's arguments that run a program with its own, `args`. */
export function programArguments(
  program: Program,
  settings: EnvironmentSettings,
  args: readonly string[] = [],
  variable?: Environment,
): string[] {
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    // The launcher's own start has put the packages there; to look again costs a tenth of a second.
    "--node-modules-dir=manual",
    `--v8-flags=${V8_FLAGS.join(",")}`,
    ...permissionFlags(program, settings, args, variable),
    new URL(program === "server" ? "main.ts" : "cli.ts", import.meta.url).href,
    ...(program === "server" ? args : [program, ...args]),
  ];
}

/** Runs the program until it ends; resolves to its exit code. */
async function launch(program: Program, args: readonly string[]): Promise<number> {
  // Wrong settings get their default here, and their sentence from the program itself.
  const { settings } = parseEnvironment((name) => Deno.env.get(name));
  const child = new Deno.Command(Deno.execPath(), {
    args: programArguments(program, settings, args, (name) => Deno.env.get(name)),
    env: ALLOCATOR,
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

if (import.meta.main) {
  const [program, ...args] = Deno.args;
  const isProgram = (name: string): name is Program => name === "server" || name in COMMAND_NEEDS;
  if (program === undefined || !isProgram(program)) {
    console.error(`Name a program: ${["server", ...Object.keys(COMMAND_NEEDS)].join(", ")}`);
    Deno.exit(2);
  }
  Deno.exit(await launch(program, args));
}
