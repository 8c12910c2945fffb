/**
 * The list of all commands.
 * @module
 */
import type { Command } from "./command.ts";

/** What `help` shows: every command with what it does. */
export function overview(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) =>
    `  deno task ${name.padEnd(width)}  ${summary}`
  );
  return `Gantry's command line, on the installation that the settings name: what is in
GANTRY_DATA, or where GANTRY_INDEX_URL and GANTRY_BLOBS_URL say.

${lines.join("\n")}

Each has --help, and --json for programs. Each ends with 0, with 1 where something is not as it
should be, or with 2 where the command is not understood.`;
}
