/**
 * What each command of the command line may do beyond its data folder, read from its arguments
 * before it runs. The launcher turns it into permissions.
 * @module
 */
import { hostOfURL, REGISTRY_VARIABLES, tarballURL } from "../viewer/registry.ts";
import { OHIF } from "../viewer/release.ts";

/** Paths, hosts as `--allow-net` takes them, names of variables, and parts of the installation. */
export interface Needs {
  /** Opened where the settings have them, in the data folder or elsewhere. */
  readonly storage?: "index" | "index and objects";
  /** The index in the data folder is opened, wherever the settings have theirs. */
  readonly indexFile?: true;
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly net?: readonly string[];
  /** Environment variables. */
  readonly env?: readonly string[];
}

/** Holds the key for a server that a command is pointed at. */
const TOKEN = ["GANTRY_TOKEN"];

const STORAGE = "index and objects";

/** What decides them: the command's arguments, and the environment. */
type NeedsOf = (
  args: readonly string[],
  variable: (name: string) => string | undefined,
) => Needs;

/** Commands by name. Wrong arguments need nothing: the command itself says what is wrong with them. */
export const COMMAND_NEEDS: Readonly<Record<CommandName, NeedsOf>> = {
  backup: backupNeeds,
  conform: conformNeeds,
  help: () => ({}),
  export: exportNeeds,
  import: importNeeds,
  keys: () => ({ storage: "index" }),
  "migrate-storage": () => ({ storage: STORAGE, indexFile: true }),
  reindex: () => ({ storage: STORAGE }),
  restore: (args) => ({ read: split(args, []).paths, indexFile: true }),
  stats: () => ({ storage: "index" }),
  verify: () => ({ storage: STORAGE }),
  viewer: viewerNeeds,
};

/** A command's name. */
export type CommandName =
  | "backup"
  | "conform"
  | "export"
  | "help"
  | "import"
  | "keys"
  | "migrate-storage"
  | "reindex"
  | "restore"
  | "stats"
  | "verify"
  | "viewer";

/** Opens a copy of the index in the folder that it writes to. */
function backupNeeds(args: readonly string[]): Needs {
  const { paths } = split(args, []);
  return { read: paths, write: paths, storage: STORAGE, indexFile: true };
}

/** The file that it is told to read, or else the registry. */
function viewerNeeds(...[args, variable]: Parameters<NeedsOf>): Needs {
  const from = split(args, ["from"]).options.get("from");
  if (from !== undefined) return { read: [from], env: REGISTRY_VARIABLES };
  try {
    return { net: [hostOfURL(tarballURL(OHIF, variable))], env: REGISTRY_VARIABLES };
  } catch {
    return { env: REGISTRY_VARIABLES };
  }
}

/** Reads what is given; with `--to` it dials there and may have a key for it. */
function importNeeds(args: readonly string[]): Needs {
  const { paths, options } = split(args, ["to", "archive", "aet"]);
  const net = dialledFor(options.get("to") ?? "");
  const needs: Needs = { read: paths, storage: STORAGE };
  return net.length === 0 ? needs : { ...needs, net, env: TOKEN };
}

/** Dials the server that it checks. */
function conformNeeds(args: readonly string[]): Needs {
  const { paths } = split(args, ["study", "wado"]);
  return { net: paths.flatMap(dialledFor), env: TOKEN };
}

/** Writes what it makes, first under another name, and syncs the folder that it is in. */
function exportNeeds(args: readonly string[]): Needs {
  const { options } = split(args, ["to", "query", "archive", "aet"]);
  const to = options.get("to")?.replace(/(.)\/+$/, "$1");
  if (!to) return { storage: STORAGE };
  const parent = to.includes("/") ? to.slice(0, to.lastIndexOf("/") + 1) : ".";
  return { read: [parent, to], write: [to, `${to}.partial`], storage: STORAGE };
}

/** Arguments as `readArguments` understands them: options that take a text, and the others. */
function split(args: readonly string[], texts: readonly string[]) {
  const paths: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    const [, name = "", value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (texts.includes(name)) options.set(name, value ?? args[++at] ?? "");
    else if (!argument.startsWith("-")) paths.push(argument);
  }
  return { paths, options };
}

/** What is dialled to get to an argument that is a URL of HTTP, as `--allow-net` takes it. */
function dialledFor(argument: string): string[] {
  const url = URL.parse(argument);
  return url?.protocol === "http:" || url?.protocol === "https:" ? [hostOfURL(url)] : [];
}
