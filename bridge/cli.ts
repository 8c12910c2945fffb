/**
 * The command line: a client of DICOM peers for the person at the box.
 * @module
 */
import type { Log } from "../lib/log.ts";
import { readCommand } from "./cli/arguments.ts";
import { runCommand } from "./cli/commands.ts";
import { HELP } from "./cli/help.ts";
import { UsageError } from "./cli/usage_error.ts";
import { connect } from "./net/connect.ts";
import { explain } from "./scu/explain.ts";
import { readBridgeSettings } from "./settings.ts";

/** Milliseconds after which a second Control-C is a second one: a launcher passes the first on too. */
const IMPATIENCE = 1_000;

/** Exit code of a program that Control-C has ended. */
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  try {
    const { settings, problems } = await readBridgeSettings(Deno.env.get, Deno.readTextFile);
    if (problems.length > 0) throw new UsageError(problems.join("\n"));
    const command = readCommand(args, settings);
    const { target, callingAETitle } = command;
    return await runCommand(
      command,
      (proposal) =>
        connect(target, { ...proposal, callingAETitle }, { log, readText: Deno.readTextFile }),
      interrupted(),
    );
  } catch (error) {
    const why = error instanceof UsageError ? error.message : explain(error);
    if (why === undefined) throw error;
    console.error(why);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Of associations only what went wrong is for a person: the rest is in what a command shows. */
const log: Log = ({ level, message }) => {
  if (level === "error") console.error(message);
};

/** Aborted by the first Control-C; another ends the program. */
function interrupted(): AbortSignal {
  const cancel = new AbortController();
  let first: number | undefined;
  Deno.addSignalListener("SIGINT", () => {
    first ??= performance.now();
    if (performance.now() - first > IMPATIENCE) Deno.exit(INTERRUPTED);
    cancel.abort();
  });
  return cancel.signal;
}

Deno.exit(await main(Deno.args));
