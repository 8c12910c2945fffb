/**
 * `deno task test`: lib's tests without a permission, the others with those they need. Shows what
 * was skipped, and ends with a line of counts out of what the runs themselves reported.
 * @module
 */
import { IS_LONG } from "./chance.ts";
import { collect } from "./child_process.ts";

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

/** What holds of files in a data folder, which a server that keeps things elsewhere does not have. */
const OF_FILES = [
  "archive_crash",
  "backup",
  "descriptors",
  "import_disk_full",
  "readme",
  "reindex",
  "reindex_crash",
  "start",
  "sync_order",
  "viewer_cli",
].map((name) => `tests/e2e/${name}_test.ts`);

/** Stores, searches, retrievals and deletes: what several servers do together in every run. */
const TOGETHER = ["bad_input", "bridge_crash", "cli", "conform", "crash", "store_corpus"]
  .map((name) => `tests/e2e/${name}_test.ts`);

/** Tests of whole servers, which are run on remote storage as well. */
const WHOLE = [
  "tests/e2e",
  "tests/interop/client_curl_test.ts",
  "tests/interop/bridge_store_test.ts",
];

/** A `deno test`. */
interface Run {
  readonly args: readonly string[];
  /** Index and objects are kept with services, by as many servers. */
  readonly servers?: number;
}

/**
 * Runs of one after another; those within one begin together. Tests of lib need no process of their
 * own, the others measure memory: two processes, in each of which one test runs at a time.
 */
const ROUNDS: readonly (readonly Run[])[] = [
  [{ args: ["--parallel", "tests/lib"] }],
  [
    { args: [...PERMISSIONS, `--ignore=${["tests/lib", ...BESIDE].join(",")}`, "tests"] },
    { args: [...PERMISSIONS, ...BESIDE] },
  ],
  [
    { args: [...PERMISSIONS, `--ignore=${OF_FILES.join(",")}`, ...WHOLE], servers: 1 },
    IS_LONG
      ? { args: [...PERMISSIONS, `--ignore=${OF_FILES.join(",")}`, ...WHOLE], servers: 3 }
      : { args: [...PERMISSIONS, ...TOGETHER], servers: 3 },
  ],
];

/** Runs `deno test`s at once; what the first writes is passed on at once, what others do after it. */
async function round(runs: readonly Run[]): Promise<Outcome[]> {
  let before: Promise<unknown> = Promise.resolve();
  return await Promise.all(runs.map((run) => {
    const outcome = run.servers === undefined
      ? test(run.args, {}, before)
      : testRemote(run.args, run.servers, before);
    before = outcome;
    return outcome;
  }));
}

/** Runs tests on servers that keep things with services, which run as long. */
async function testRemote(
  args: readonly string[],
  servers: number,
  turn: Promise<unknown>,
): Promise<Outcome> {
  const host = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "--allow-all", "tests/support/storage_host.ts"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said = collect(host.stdout);
  const url = (await said.until(/^http:\S+$/m))?.[0];
  if (url === undefined) return { passed: 0, failed: 1, skipped: [] };
  const env = { GANTRY_TEST_STORAGE: url, GANTRY_TEST_SERVERS: `${servers}` };
  try {
    return await test(args, env, turn);
  } finally {
    await host.stdin.close();
    await Promise.all([host.status, said.done]);
  }
}

/** Runs `deno test`, passing on what it writes from when `turn` resolves. */
async function test(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  turn: Promise<unknown>,
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--no-prompt", ...args, ...Deno.args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
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
