/**
 * `deno task test`: lib's tests without a permission, the others with those they need. Shows what
 * was skipped, and ends with a line of counts out of what the runs themselves reported.
 * @module
 */

/** What a run of `deno test` reported. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

const ROOT = new URL("../../", import.meta.url).pathname;
const TMP = Deno.env.get("TMPDIR") ?? "/tmp";

/** Tests of the server talk to it on this machine, write to temporary folders and run other programs. */
const PERMISSIONS = [
  "--allow-net=127.0.0.1,localhost,[::1]",
  `--allow-read=${[ROOT, `${ROOT}../shared`, TMP, "/proc", "/usr", "/bin"].join(",")}`,
  `--allow-write=${TMP}`,
  "--allow-run",
  `--allow-ffi=${ROOT}node_modules`,
  "--allow-env",
  "--allow-sys",
];

/** Tests of lib run side by side; the others measure time and memory, and run alone. */
const RUNS: readonly (readonly string[])[] = [
  ["--parallel", "tests/lib"],
  [...PERMISSIONS, "--ignore=tests/lib", "tests"],
];

/** Runs `deno test`, passing on what it writes. */
async function run(args: readonly string[]): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--no-prompt", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(text));
    output += text;
  }
  const { success } = await child.status;
  const outcome = outcomeOf(output);
  // A run that broke off has no summary, or one that says nothing of the failure.
  return success || outcome.failed > 0 ? outcome : { ...outcome, failed: 1 };
}

/** Reads the summary, e.g. `FAILED | 1 passed (1 step) | 2 failed | 1 ignored (94ms)`, and the names of ignored tests. */
function outcomeOf(output: string): Outcome {
  const summary = output.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
  const skipped = [...output.matchAll(/^(\S.*) \.\.\. ignored \(/gm)].map((match) => match[1]!);
  return { passed: count("passed"), failed: count("failed"), skipped };
}

const outcomes: Outcome[] = [];
for (const args of RUNS) outcomes.push(await run([...args, ...Deno.args]));

const skipped = outcomes.flatMap((outcome) => outcome.skipped);
if (skipped.length > 0) console.log(`skipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
const sum = (what: "passed" | "failed") =>
  outcomes.reduce((total, outcome) => total + outcome[what], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${skipped.length} skipped`);
Deno.exit(sum("failed") > 0 || sum("passed") === 0 ? 1 : 0);
