/**
 * What every program that serves has to do with its process: log lines, signals, how it ends.
 * @module
 */
import type { Log } from "../lib/log.ts";
import { UnavailableError } from "./unavailable.ts";

/** Log lines are JSON, on stderr: stdout says where the server listens, and nothing else. */
export const log: Log = (record) =>
  console.error(JSON.stringify({ time: new Date().toISOString(), ...record }));

/** A start that cannot be: each sentence says why, and what to do. */
export class StartRefused extends Error {
  constructor(readonly reasons: readonly string[]) {
    super(reasons.join("; "));
  }
}

/** A signal that comes this soon after the first is the same key press, passed on by a parent as well. Milliseconds. */
const SAME_SIGNAL = 500;

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process where it stands. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = () => {
      first ??= performance.now();
      if (performance.now() - first > SAME_SIGNAL) Deno.exit(1);
      resolve();
    };
    Deno.addSignalListener("SIGTERM", stop);
    Deno.addSignalListener("SIGINT", stop);
  });
}

/** Runs the program and ends the process: with 0, or with 1 where it failed, which the log then says. */
export async function run(main: () => Promise<void>): Promise<never> {
  try {
    await main();
  } catch (error) {
    for (const message of reasonsOf(error)) log({ level: "error", message });
    Deno.exit(1);
  }
  Deno.exit(0);
}

function reasonsOf(error: unknown): readonly string[] {
  if (error instanceof StartRefused) return error.reasons;
  if (!(error instanceof UnavailableError)) return [String(error)];
  return [`${error.message}: ${rootOf(error)}. ${error.advice}, and start again`];
}

/** What the system said of an error: at a start no patient's data are under way that it could quote. */
function rootOf(error: Error): string {
  return error.cause instanceof Error ? rootOf(error.cause) : error.message;
}
