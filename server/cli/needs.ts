/**
 * What each command of the command line may do beyond its data folder, read from its arguments
 * before it runs. The launcher turns it into permissions.
 * @module
 */
import { parseArgs } from "node:util";
import { hostOfURL, REGISTRY_VARIABLES, tarballURL } from "../viewer/registry.ts";
import { OHIF } from "../viewer/release.ts";

/** Paths, hosts as `--allow-net` takes them, and names of variables. */
export interface Needs {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly net?: readonly string[];
  readonly env?: readonly string[];
}

/** What decides them: the command's arguments, and the environment. */
type NeedsOf = (
  args: readonly string[],
  variable: (name: string) => string | undefined,
) => Needs;

/** Commands by name. Wrong arguments need nothing: the command itself says what is wrong with them. */
export const COMMAND_NEEDS: Readonly<Record<CommandName, NeedsOf>> = {
  help: () => ({}),
  keys: () => ({}),
  verify: () => ({}),
  viewer: viewerNeeds,
};

/** A command's name. */
export type CommandName = "help" | "keys" | "verify" | "viewer";

/** The file that it is told to read, or else the registry. */
function viewerNeeds(...[args, variable]: Parameters<NeedsOf>): Needs {
  const { values: { from } } = parseArgs({
    args: [...args],
    options: { from: { type: "string" } },
    strict: false,
  });
  if (typeof from === "string") return { read: [from], env: REGISTRY_VARIABLES };
  try {
    return { net: [hostOfURL(tarballURL(OHIF, variable))], env: REGISTRY_VARIABLES };
  } catch {
    return { env: REGISTRY_VARIABLES };
  }
}
