/**
 * Tasks of deno.json as a person runs them.
 * @module
 */

import { storageOf } from "./storage.ts";

/** How a task ended. */
export interface TaskResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `deno task …` to its end, with `env` added to the environment, and what belongs to its data folder. */
export async function runTask(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TaskResult> {
  const storage = env.GANTRY_DATA === undefined ? {} : await storageOf(env.GANTRY_DATA);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...storage, ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
