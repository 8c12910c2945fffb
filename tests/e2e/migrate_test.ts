import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { answersOf, assertSameAnswers } from "../support/answers.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { remotePlaceTest } from "../support/remote_place.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { corpusEntries } from "../support/stored_corpus.ts";
import { stow } from "../support/stow.ts";

/** One file of the corpus in so many, and none that is larger. */
const SAMPLE = { every: 4, maxBytes: 3_000_000 };

/** Instances of which a frame is asked for. */
const FRAMES = 60;

type Env = Readonly<Record<string, string>>;

const ARCHIVES = {
  archives: [
    { name: "default", aets: ["GANTRY"] },
    { name: "research", aets: ["RESEARCH"], conflict: "replace" },
  ],
};

const file = (study: number, number: number, rows = 4) =>
  ctInstance({
    studyInstanceUID: `2.25.${study}`,
    seriesInstanceUID: `2.25.${study}.1`,
    sopInstanceUID: `2.25.${study}.1.${number}`,
    patientID: `P${study}`,
    instanceNumber: number,
    rows,
  });

/** An installation in a folder of its own, of two archives. */
async function withInstallation(use: (env: Env) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-migrate-" });
  try {
    const config = `${root}/gantry.json`;
    await Deno.writeTextFile(config, JSON.stringify(ARCHIVES));
    await use({ GANTRY_DATA: `${root}/data`, GANTRY_CONFIG: config });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function served<Result>(
  env: Env,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = await startServer({ env });
  let code: number | undefined;
  try {
    return await use(server);
  } finally {
    code = await server.stop();
    assertEquals(code, 0, server.log());
  }
}

const research = ({ url }: ServerProcess) => `${url}/aets/RESEARCH/rs`;

async function store(root: string, ...files: Uint8Array[]): Promise<void> {
  const response = await stow(root, files);
  assert(response.ok, await response.text());
}

async function request(url: string, method: string, key?: string): Promise<number> {
  const headers = key === undefined ? undefined : { Authorization: `Bearer ${key}` };
  const response = await fetch(url, { method, ...(headers && { headers }) });
  await response.body?.cancel();
  return response.status;
}

async function succeed(env: Env, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTask(args, env);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

async function migrate(env: Env, to: string, ...args: string[]): Promise<Migration> {
  return JSON.parse(await succeed(env, "migrate-storage", "--to", to, "--json", ...args));
}

interface Migration {
  readonly instances: number;
  readonly copied: number;
  readonly changed: number;
  readonly faults: number;
  readonly passes: number;
  readonly upToDate: boolean;
}

/** Everything that both archives answer, and what was deleted. */
async function everything(server: ServerProcess, key?: string) {
  const roots = [server.dicomweb, research(server)];
  const answers = await Promise.all(roots.map((root) => answersOf(root, key)));
  const deleted = await Promise.all(
    [1, 2, 3, 4, 5].map((study) => request(`${roots[0]}/studies/2.25.${study}`, "GET", key)),
  );
  const frames = await Promise.all(
    Object.keys(answers[0]!.bytes).sort().slice(0, FRAMES).map(async (path) => {
      const headers: Record<string, string> = { Accept: "application/octet-stream" };
      if (key !== undefined) headers.Authorization = `Bearer ${key}`;
      const response = await fetch(`${roots[0]}${path}/frames/1`, { headers });
      const digest = await crypto.subtle.digest("SHA-256", await response.bytes());
      return response.ok ? `${path} ${new Uint8Array(digest).toHex()}` : `${path} has none`;
    }),
  );
  assert(frames.some((frame) => !frame.endsWith(" has none")));
  return { answers, deleted, frames };
}

type Everything = Awaited<ReturnType<typeof everything>>;

function assertSame(actual: Everything, expected: Everything): void {
  for (const [i, answers] of expected.answers.entries()) {
    assertSameAnswers(actual.answers[i]!, answers);
  }
  assertEquals(actual.deleted, expected.deleted);
  assertEquals(actual.frames, expected.frames);
}

/** Rounds of the load at most: an object store of one process is slower than what it is fed from. */
const LOAD_ROUNDS = 40;

/** Stores, deletes and brings back; the result ends it and resolves to how many rounds were acknowledged. */
function startLoad(root: string): () => Promise<number> {
  let isOver = false;
  let done = 0;
  const rounds = async (round: (number: number) => Promise<void>) => {
    for (let number = 0; !isOver && number < LOAD_ROUNDS; number++) {
      await round(number);
      done++;
    }
  };
  const load = Promise.all([
    rounds((number) => store(root, ...[1, 2, 3].map((each) => file(1000 + number, each, 32)))),
    rounds(async (number) => {
      const study = 50 + number % 4;
      await store(root, file(study, 1), file(study, 2));
      const url = `${root}/studies/2.25.${study}`;
      assertEquals(await request(url, "DELETE"), 204);
      if (number % 2 === 0) return;
      assertEquals(await request(`${url}/undelete`, "POST"), 200);
      assertEquals(await request(`${url}/series/2.25.${study}.1`, "DELETE"), 204);
    }),
  ]);
  return async () => {
    isOver = true;
    await load;
    return done;
  };
}

async function fill(server: ServerProcess, corpus: URL): Promise<void> {
  const root = server.dicomweb;
  const entries = await corpusEntries(corpus);
  for (const { file } of entries.filter((_, i) => i % SAMPLE.every === 0)) {
    const url = new URL(file, corpus);
    if ((await Deno.stat(url)).size > SAMPLE.maxBytes) continue;
    const answer = await stow(root, [await Deno.readFile(url)]);
    await answer.body?.cancel();
  }
  await store(root, file(1, 1), file(1, 2), file(2, 1), file(3, 1), file(4, 1));
  await store(root, file(6, 1).subarray(0, -5));
  for (const study of [2, 3]) {
    assertEquals(await request(`${root}/studies/2.25.${study}`, "DELETE"), 204);
  }
  assertEquals(await request(`${root}/studies/2.25.3/undelete`, "POST"), 200);
  await store(research(server), file(1, 1), file(7, 1));
  await store(research(server), file(7, 1, 8));
}

remotePlaceTest(
  "migrate-storage: moves an archive to a database and an object store while it serves, and back",
  (place, corpus) =>
    withInstallation(async (embedded) => {
      const remote = { ...embedded, ...place.env };
      const before = await served(embedded, async (server) => {
        await fill(server, corpus);
        const end = startLoad(server.dicomweb);
        try {
          const first = await migrate(remote, "remote");
          assertEquals([first.faults, first.passes > 1], [0, true]);
        } finally {
          assert(await end() > 0, "nothing changed meanwhile");
        }
        return await everything(server);
      });
      const key =
        (await succeed(embedded, "keys", "add", "--name", "k", "--scopes", "read,write,delete"))
          .trim();
      const last = await migrate(remote, "remote");
      assertEquals([last.faults, last.upToDate], [0, true]);
      assertMatch(
        await succeed(remote, "migrate-storage", "--to", "remote"),
        /: 0 files copied, 0 changes of the index, 0 faults\nAll of it is there, and no server runs here: start the server with GANTRY_INDEX_URL and GANTRY_BLOBS_URL\.\n$/,
      );
      await succeed(remote, "verify");

      const after = await served(remote, async (server) => {
        assertEquals(await request(`${server.dicomweb}/studies`, "GET"), 401);
        assertSame(await everything(server, key), before);
        const study = `${server.dicomweb}/studies/2.25.2`;
        assertEquals(await request(`${study}/undelete`, "POST", key), 200);
        assertEquals(await request(`${server.dicomweb}/studies/2.25.1`, "DELETE", key), 204);
        return await everything(server, key);
      });
      assertEquals(after.deleted, [410, 200, 200, 200, 404]);

      // What the database has since is not to be lost.
      const { code, stderr } = await runTask(["migrate-storage", "--to", "remote"], remote);
      assertEquals(code, 1);
      assertMatch(stderr, /has changed since .* Move the other way \(--to embedded\)/);

      await migrate(remote, "embedded");
      await succeed(embedded, "verify");
      await served(embedded, async (server) => {
        assertSame(await everything(server, key), after);
      });
    }),
  ["corpus"],
);

remotePlaceTest(
  "migrate-storage: gives no ETag again that stood for other bytes",
  ({ env }) =>
    withInstallation(async (embedded) => {
      const remote = { ...embedded, ...env };
      const etagOf = async (server: ServerProcess) => {
        const response = await fetch(`${research(server)}/studies/2.25.1/metadata`);
        await response.body?.cancel();
        return response.headers.get("etag");
      };
      const first = await served(embedded, async (server) => {
        await store(research(server), file(1, 1));
        return await etagOf(server);
      });
      await migrate(remote, "remote");
      const tags = await served(remote, async (server) => {
        const before = await etagOf(server);
        await store(research(server), file(1, 1, 8));
        return [before, await etagOf(server)];
      });
      await migrate(remote, "embedded");
      const back = await served(embedded, etagOf);
      const all = [first, ...tags, back];
      assert(all.every((tag) => tag !== null));
      assertEquals(new Set(all).size, all.length);
    }),
);

remotePlaceTest(
  "migrate-storage: refuses what holds something else, and changes nothing there",
  (place) =>
    withInstallation((embedded) =>
      withInstallation(async (other) => {
        for (const env of [embedded, other]) {
          await served(env, (server) => store(server.dicomweb, file(1, 1)));
        }
        const run = (env: Env, to: string, ...args: string[]) =>
          runTask(["migrate-storage", "--to", to, ...args], env);
        await migrate({ ...embedded, ...place.env }, "remote");
        const foreign = await run({ ...other, ...place.env }, "remote");
        assertEquals(foreign.code, 1, foreign.stdout);
        assertMatch(foreign.stderr, /^The database of GANTRY_INDEX_URL holds something already/);
        const objects = await run({ ...other, ...place.objectsEnv }, "remote");
        assertMatch(objects.stderr, /^The place of GANTRY_BLOBS_URL holds something already/);
        const folder = await run({ ...other, ...place.env }, "embedded");
        assertMatch(folder.stderr, /^The index in the data folder holds something already/);
        await succeed({ ...embedded, ...place.env }, "verify");
        await succeed(other, "verify");
        // What is not understood.
        for (
          const [env, ...args] of [
            [embedded, "--to", "remote"],
            [embedded, "--to", "elsewhere"],
            [embedded],
            [{ ...embedded, ...place.indexEnv }, "--to", "remote", "--only", "objects"],
            [{ ...place.env, GANTRY_DATA: `${embedded.GANTRY_DATA}/none` }, "--to", "remote"],
          ] as [Env, ...string[]][]
        ) {
          const { code, stderr } = await runTask(["migrate-storage", ...args], env);
          assertEquals(code, 2, stderr);
          assertNotEquals(stderr, "");
        }
      })
    ),
);

remotePlaceTest(
  "migrate-storage: moves the objects alone, and then the index",
  (place) =>
    withInstallation(async (embedded) => {
      const before = await served(embedded, async (server) => {
        await store(server.dicomweb, file(1, 1), file(1, 2), file(2, 1));
        assertEquals(await request(`${server.dicomweb}/studies/2.25.2`, "DELETE"), 204);
        return await everything(server);
      });
      const objects = { ...embedded, ...place.objectsEnv };
      assertEquals((await migrate(objects, "remote")).copied, 4);
      await succeed(objects, "verify");
      await Deno.remove(`${embedded.GANTRY_DATA}/blobs`, { recursive: true });
      await served(objects, async (server) => assertSame(await everything(server), before));
      const both = { ...embedded, ...place.env };
      assertEquals((await migrate(both, "remote", "--only", "index")).copied, 0);
      await succeed(both, "verify");
      const after = await served(both, async (server) => {
        assertSame(await everything(server), before);
        assertEquals(await request(`${server.dicomweb}/studies/2.25.2/undelete`, "POST"), 200);
        return await everything(server);
      });
      await migrate(both, "embedded");
      await succeed(embedded, "verify");
      await served(embedded, async (server) => assertSame(await everything(server), after));
    }),
);

remotePlaceTest(
  "migrate-storage: two at a time are one too many",
  (place) =>
    withInstallation(async (embedded) => {
      await served(embedded, async (server) => {
        await store(server.dicomweb, file(1, 1));
        const env = { ...embedded, ...place.env };
        const lock = await Deno.open(`${embedded.GANTRY_DATA}/migration.lock`, {
          create: true,
          write: true,
        });
        try {
          await lock.lock(true);
          const { code, stderr } = await runTask(["migrate-storage", "--to", "remote"], env);
          assertEquals(code, 2, stderr);
          assertMatch(stderr, /^Another migrate-storage is at work here/);
        } finally {
          lock.close();
        }
        assertEquals((await migrate(env, "remote")).copied, 1);
      });
    }),
);
