/**
 * The command line of the bridge's clients as a value. What a command needs of the system follows
 * from it before it runs.
 * @module
 */
import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";
import { hostPort } from "../../lib/config/addresses.ts";
import { AE_TITLE, parseAETitle } from "../../lib/config/ae_title.ts";
import type { RemoteAE } from "../../lib/config/remote_aes.ts";
import type { Target } from "../net/connect_options.ts";
import { type Query, readQuery } from "./query.ts";
import { UsageError } from "./usage_error.ts";

/** What every command knows. */
interface Common {
  readonly target: Target;
  /** The title that it calls itself. */
  readonly callingAETitle: string;
  /** Output for programs: a line of JSON each. */
  readonly json: boolean;
}

/** A command that is understood. */
export type Command =
  & Common
  & (
    | { readonly name: "echo" }
    | { readonly name: "find"; readonly query: Query }
    | { readonly name: "move"; readonly query: Query; readonly destination: string }
    | { readonly name: "get"; readonly query: Query; readonly folder: string }
    | { readonly name: "store"; readonly paths: readonly string[] }
  );

/** The commands' names. */
export const COMMANDS = ["echo", "find", "move", "get", "store"] as const;

/** What the settings say. */
export interface CommandSettings {
  readonly aet: string;
  readonly aes: readonly RemoteAE[];
}

const OPTIONS = {
  echo: [],
  find: ["level", "root"],
  move: ["level", "root", "to"],
  get: ["level", "root", "out"],
  store: [],
} as const satisfies Readonly<Record<Command["name"], readonly string[]>>;

/** Reads the arguments behind `deno task bridge`. Throws UsageError. */
export function readCommand(args: readonly string[], settings: CommandSettings): Command {
  const [name, ...rest] = args;
  const known = COMMANDS.find((command) => command === name);
  if (known === undefined) throw new UsageError(`Name a command: ${COMMANDS.join(", ")}`);
  const { values, flags, positionals } = parse(rest, OPTIONS[known]);
  const [address, ...operands] = positionals;
  const common = {
    target: readTarget(address, flags.has("tls"), settings),
    callingAETitle: aeTitle("--aet", values.get("aet") ?? settings.aet),
    json: flags.has("json"),
  };
  const query = () => readQuery(operands, values.get("level"), values.get("root"));
  switch (known) {
    case "echo":
      if (operands.length > 0) throw new UsageError(`What is ${operands[0]}?`);
      return { ...common, name: known };
    case "find":
      return { ...common, name: known, query: query() };
    case "move": {
      const destination = aeTitle("--to", required("--to", values.get("to"), "the AE title"));
      return { ...common, name: known, query: query(), destination };
    }
    case "get":
      return {
        ...common,
        name: known,
        query: query(),
        folder: required("--out", values.get("out"), "the folder"),
      };
    case "store":
      if (operands.length === 0) throw new UsageError("Name files or folders to send");
      return { ...common, name: known, paths: operands };
  }
}

function parse(args: readonly string[], names: readonly string[]) {
  const options: Record<string, ParseArgsOptionDescriptor> = {
    aet: { type: "string" },
    json: { type: "boolean" },
    tls: { type: "boolean" },
  };
  for (const name of names) options[name] = { type: "string" };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const entries = Object.entries(values);
    return {
      values: new Map(
        entries.flatMap(([name, value]) => typeof value === "string" ? [[name, value]] : []),
      ),
      flags: new Set(entries.flatMap(([name, value]) => value === true ? [name] : [])),
      positionals,
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `TITLE@host:port`, or the title of an AE of the configuration file. */
function readTarget(
  text: string | undefined,
  tls: boolean,
  { aes }: CommandSettings,
): Target {
  if (text === undefined) {
    throw new UsageError("Name the peer, as TITLE@host:port or by the title of a known AE");
  }
  const known = aes.find(({ title }) => title === text);
  if (known !== undefined) {
    const { title: calledAETitle, host, port } = known;
    return { calledAETitle, host, port, tls: known.tls };
  }
  const [, title, bracketed, plain, digits] =
    /^(.+)@(?:\[([^\]]+)\]|([^:@\[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (title === undefined || host === undefined || port < 1 || port > 65_535) {
    const titles = aes.map(({ title }) => title).join(", ");
    throw new UsageError(
      `${text} is neither TITLE@host:port nor a known AE` + (titles && ` (${titles})`),
    );
  }
  return {
    calledAETitle: aeTitle("the peer", title),
    host,
    port,
    tls: tls ? { ca: undefined, cert: undefined, key: undefined } : undefined,
  };
}

function aeTitle(what: string, text: string): string {
  const title = parseAETitle(text);
  if (title === undefined) throw new UsageError(`${what}: ${text} is not ${AE_TITLE}`);
  return title;
}

function required(option: string, value: string | undefined, what: string): string {
  if (value === undefined) throw new UsageError(`${option} is missing: ${what} they go to`);
  return value;
}

/** Deno's permission flags that a command needs of its own; none where it is not understood. */
export function commandPermissions(args: readonly string[], settings: CommandSettings): string[] {
  let command: Command;
  try {
    command = readCommand(args, settings);
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
  const { host, port, tls } = command.target;
  const read = [tls?.ca, tls?.cert, tls?.key].filter((path) => path !== undefined);
  if (command.name === "store") read.push(...command.paths);
  // A file that is complete gets its name, which is to read as well.
  if (command.name === "get") read.push(command.folder);
  return [
    `--allow-net=${hostPort(host, port)}`,
    ...read.map((path) => `--allow-read=${escaped(path)}`),
    ...(command.name === "get" ? [`--allow-write=${escaped(command.folder)}`] : []),
  ];
}

/** A comma separates the values of a flag. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
