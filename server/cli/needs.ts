/**
 * What each command of the command line may do beyond its data folder, read from its arguments
 * before it runs. The launcher turns it into permissions.
 * @module
 */

/** Paths, and hosts as `--allow-net` takes them. */
export interface Needs {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly net?: readonly string[];
}

/** Commands by name. Wrong arguments need nothing: the command itself says what is wrong with them. */
export const COMMAND_NEEDS: Readonly<Record<CommandName, (args: readonly string[]) => Needs>> = {
  help: () => ({}),
  keys: () => ({}),
  verify: () => ({}),
  conform: (args) => ({ net: args.flatMap((arg) => hostIn(arg) ?? []) }),
};

/** A command's name. */
export type CommandName = "help" | "keys" | "verify" | "conform";

/** Host and port of an argument that is a URL. */
function hostIn(argument: string): string | undefined {
  const url = URL.parse(argument);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return undefined;
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}
