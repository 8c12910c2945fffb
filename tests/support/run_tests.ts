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

/**
 * Tests of the server talk to it on this machine, write to temporary folders, run other programs and
 * look into /proc, which Deno allows to those alone who may do everything. What they start has the
 * permissions that it has for users.
 */
const PERMISSIONS = ["--allow-all"];

/** Tests that wait for other programs, or are waited for: while they do, the others have a core. */
const BESIDE = ["tests/interop", "tests/bridge", "tests/property"];

/**
 * Runs of one after another; those within one begin together. Tests of lib need no process of their
 * own, the others measure memory: two processes, in each of which one test runs at a time.
 */
const ROUNDS: readonly (readonly (readonly string[])[])[] = [
  [["--parallel", "tests/lib"]],
  [
    [...PERMISSIONS, `--ignore=${["tests/lib", ...BESIDE].join(",")}`, "tests"],
    [...PERMISSIONS, ...BESIDE],
  ],
];

/** Runs `deno test`s at once; what the first writes is passed on at once, what others do after it. */
async function round(runs: readonly (readonly string[])[]): Promise<Outcome[]> {
  let before: Promise<unknown> = Promise.resolve();
  return await Promise.all(runs.map((args) => {
    const outcome = run([...args, ...Deno.args], before);
    before = outcome;
    return outcome;
  }));
}

/** Runs `deno test`, passing on what it writes from when `turn` resolves. */
async function run(args: readonly string[], turn: Promise<unknown>): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--no-prompt", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  let written = Promise.resolve();
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    written = Promise.all([turn, written]).then(() => write(text));
    output += text;
  }
  const { success } = await child.status;
  await written;
  const outcome = outcomeOf(output);
  // A run that broke off has no summary, or one that says nothing of the failure.
  return success || outcome.failed > 0 ? outcome : { ...outcome, failed: 1 };
}

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}

/** Reads the summary, e.g. `FAILED | 1 passed (1 step) | 2 failed | 1 ignored (94ms)`, and the names of ignored tests. */
function outcomeOf(output: string): Outcome {
  const summary = output.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
  const skipped = [...output.matchAll(/^(\S.*) \.\.\. ignored \(/gm)].map((match) => match[1]!);
  return { passed: count("passed"), failed: count("failed"), skipped };
}

const outcomes: Outcome[] = [];
for (const runs of ROUNDS) outcomes.push(...await round(runs));

const skipped = outcomes.flatMap((outcome) => outcome.skipped);
if (skipped.length > 0) console.log(`skipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
const sum = (what: "passed" | "failed") =>
  outcomes.reduce((total, outcome) => total + outcome[what], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${skipped.length} skipped`);
Deno.exit(sum("failed") > 0 || sum("passed") === 0 ? 1 : 0);
