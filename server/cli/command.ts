/**
 * What the commands of the command line have in common.
 * @module
 */
import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index } from "../index/index.ts";
import type { Settings } from "../settings.ts";

/** What commands work on: the installation that the settings name. */
export interface Installation {
  readonly settings: Settings;
  readonly index: Index;
  readonly blobs: BlobStore;
  /** Secret of the API keys' hashes. */
  readonly secret: Uint8Array;
  /** The key for servers that a command is pointed at, out of the environment (GANTRY_TOKEN). */
  readonly token: () => string | undefined;
}

/** Opens the installation for as long as `use` runs. */
export type WithInstallation = <T>(use: (parts: Installation) => Promise<T>) => Promise<T>;

/** A command. */
export interface Command {
  /** What it does, in half a line of the list of all commands. */
  readonly summary: string;
  /** What `--help` shows. */
  readonly help: string;
  /** Resolves to the process' exit code. Throws UsageError where it does not understand `args`. */
  run(args: string[], withInstallation: WithInstallation): Promise<number>;
}

/** The command is not one that there is. The message says what is wrong; without one, the help will. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command's options by name: those that take a text, and `--json`, which every command has. */
export interface Arguments {
  readonly json: boolean;
  readonly texts: Readonly<Record<string, string | undefined>>;
  /** Those of the options that take nothing and were given. */
  readonly flags: ReadonlySet<string>;
  readonly positionals: readonly string[];
}

/** Reads arguments. `texts`: options that take one; `flags`: options that take none; `positionals`: how many there must be, `some` for one or more, `any` for any number. Throws UsageError. */
export function readArguments(
  args: string[],
  { texts = [], flags = [], positionals = 0 }: {
    texts?: readonly string[];
    flags?: readonly string[];
    positionals?: number | "some" | "any";
  } = {},
): Arguments {
  const options: Record<string, ParseArgsOptionDescriptor> = { json: { type: "boolean" } };
  for (const name of texts) options[name] = { type: "string" };
  for (const name of flags) options[name] = { type: "boolean" };
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { length } = parsed.positionals;
  const isRight = positionals === "any" ||
    (positionals === "some" ? length > 0 : length === positionals);
  if (!isRight) throw new UsageError();
  const textOf = (value: unknown) => typeof value === "string" ? value : undefined;
  return {
    json: parsed.values.json === true,
    texts: Object.fromEntries(texts.map((name) => [name, textOf(parsed.values[name])])),
    flags: new Set(flags.filter((name) => parsed.values[name] === true)),
    positionals: parsed.positionals,
  };
}

/** Shows a value to a program: one line of JSON. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}
