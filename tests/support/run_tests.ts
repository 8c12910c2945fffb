/**
 * `deno task test`: lib's tests without a permission, the others with those they need. Shows what
 * was skipped, and ends with a line of counts out of what the runs themselves reported.
 * @module
 */
import { IS_LONG } from "./chance.ts";
import { collect } from "./child_process.ts";
import { missingOf } from "./peers.ts";
import { SWIFT_PROGRAMS } from "./swift.ts";

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

const e2e = (...names: string[]) => names.map((name) => `tests/e2e/${name}_test.ts`);

/** What holds of files in a data folder, which a server that keeps things elsewhere does not have. */
const OF_FILES = e2e(
  // Kill while files are copied, or break them.
  "archive_crash",
  "backup",
  "reindex",
  "reindex_crash",
  // Limits of this machine's disk and descriptors, the order of its fsyncs.
  "descriptors",
  "import_disk_full",
  "sync_order",
  // What starts without any setting, as a person does first.
  "readme",
  "start",
  "viewer_cli",
);

/** What starts services of its own, so that it is the same wherever other servers keep things. */
const OF_SERVICES = e2e(
  "container",
  "edge",
  "migrate",
  "migrate_crash",
  "outage",
  "remote_commands",
  "remote_costs",
);

/** Tests that wait for other programs, or are waited for: while they do, the others have a core. */
const BESIDE = [
  "tests/interop",
  "tests/bridge",
  "tests/property",
  "tests/server/blobs",
  ...e2e(
    "bridge_keys",
    "container",
    "cors",
    "login",
    "migrate_crash",
    "outage",
    "proxy",
    "remote_commands",
    "remote_costs",
  ),
];

/** What shows little of where things are kept: with services, it is left to the long tests. */
const OF_ALL_STORAGE = e2e(
  // Requests that are refused before anything is kept, and codecs.
  "bad_input",
  "bad_pixels",
  "bad_request",
  // The bridge knows DICOMweb only: what it stores is looked at by bridge_crash.
  "bridge_crowd",
  "bridge_disk_full",
  "bridge_fuzz",
  "bridge_hostile_association",
  "bridge_hostile_data_set",
  "bridge_hostile_departure",
  "bridge_hostile_message",
  "bridge_hostile_tls",
  "bridge_keys",
  "bridge_large_instance",
  "bridge_memory",
  "bridge_server_faults",
  "bridge_start",
  "bridge_sync_order",
  // Headers, cookies and pages: study_list looks at pages over a remote index.
  "cors",
  "login",
  "proxy",
  "viewer",
  // Every file of the corpus once more, as import and retrieve_corpus have it.
  "export",
  "store_corpus",
).concat("tests/interop/bridge_store_test.ts");

/** Stores, searches, retrievals and deletes: what several servers do together in every run. */
const TOGETHER = e2e("bridge_crash", "cli", "conform", "crash", "together");

/** Tests of whole servers, which are run on remote storage as well. */
const WHOLE = [
  ...Array.from(Deno.readDirSync(new URL("../e2e/", import.meta.url)), ({ name }) => name)
    .map((name) => `tests/e2e/${name}`).sort(),
  "tests/interop/client_curl_test.ts",
  "tests/interop/bridge_store_test.ts",
];

/** What services need that keep index and objects, and a proxy before several servers. */
const SERVICES = ["sqld", ...SWIFT_PROGRAMS, "nginx"] as const;

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
  IS_LONG ? [1, 3].map((servers) => ({ args: whole([...OF_FILES, ...OF_SERVICES]), servers })) : [
    {
      args: whole([...OF_FILES, ...OF_SERVICES, ...OF_ALL_STORAGE, ...TOGETHER]),
      servers: 1,
    },
    { args: [...PERMISSIONS, ...TOGETHER], servers: 3 },
  ],
];

/** Each by its name: what is ignored of a folder is not so where a file is named beside it. */
function whole(without: readonly string[]): string[] {
  return [...PERMISSIONS, ...WHOLE.filter((path) => !without.includes(path))];
}

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
  const reasons = missingOf(SERVICES);
  if (reasons.length > 0) {
    const what = `tests on a remote index and an object store, with ${servers} servers`;
    const skipped = [`${what} [skipped: ${reasons.join("; ")}]`];
    return { passed: 0, failed: Deno.env.get("CI") === "true" ? 1 : 0, skipped };
  }
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
