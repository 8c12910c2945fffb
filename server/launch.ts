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
import { LOCAL_INDEX_PERMISSIONS } from "./index/permissions.ts";
import { CODEC_FOLDERS } from "./pixels/permissions.ts";

/** The programs, by the name that a task gives. */
const PROGRAMS = { server: "main.ts", keys: "cli.ts", verify: "cli.ts" } as const;

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

/** A program's name. */
export type Program = keyof typeof PROGRAMS;

/** Deno's permission flags for a program. */
export function permissionFlags(program: Program, settings: EnvironmentSettings): string[] {
  const { host, port, data, configFile } = settings;
  const root = `${import.meta.dirname}/..`;
  // The code of workers is read at run time, and so are the codecs.
  const read = [data, `${root}/server`, `${root}/lib`];
  if (program === "server") read.push(...CODEC_FOLDERS.map((folder) => `${root}/${folder}`));
  if (configFile !== undefined) read.push(configFile);
  // Port 0 is any, and what it came to be must be listened on again where listening broke off.
  const address = port === 0 ? bracketed(host) : hostPort(host, port);
  return [
    ...(program === "server" ? [`--allow-net=${address}`] : []),
    `--allow-read=${read.join(",")}`,
    `--allow-write=${data}`,
    `--allow-env=${[...ENVIRONMENT, ...LOCAL_INDEX_PERMISSIONS.env].join(",")}`,
    `--allow-sys=${LOCAL_INDEX_PERMISSIONS.sys.join(",")}`,
    `--allow-ffi=${root}/node_modules/.deno`,
  ];
}

/** Deno's arguments that run a program, its own left out. */
export function programArguments(program: Program, settings: EnvironmentSettings): string[] {
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    `--v8-flags=${V8_FLAGS.join(",")}`,
    ...permissionFlags(program, settings),
    new URL(PROGRAMS[program], import.meta.url).href,
  ];
}

/** Runs the program until it ends; resolves to its exit code. */
async function launch(program: Program, args: readonly string[]): Promise<number> {
  // Wrong settings get their default here, and their sentence from the program itself.
  const { settings } = parseEnvironment((name) => Deno.env.get(name));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...programArguments(program, settings),
      ...(program === "server" ? args : [program, ...args]),
    ],
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
  if (program === undefined || !(program in PROGRAMS)) {
    console.error(`Name a program: ${Object.keys(PROGRAMS).join(", ")}`);
    Deno.exit(2);
  }
  Deno.exit(await launch(program as Program, args));
}
