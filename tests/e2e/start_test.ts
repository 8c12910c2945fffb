import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/orthanc.ts";
import { runTask } from "../support/run_task.ts";
import {
  type ServerOptions,
  type ServerProcess,
  StartError,
  startServer,
} from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { statusOf } from "../support/unharmed.ts";
import { ctInstance } from "../support/part10_builder.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";
const INSTANCE = "1.2.826.0.1.3680043.10.1.3";
const INSTANCE_PATH = `/studies/${STUDY}/series/${SERIES}/instances/${INSTANCE}`;

async function withServer(
  run: (server: ServerProcess) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  const server = await startServer(options);
  try {
    await run(server);
  } finally {
    assertEquals(await server.stop(), 0);
  }
}

async function refusalOf(env: Record<string, string>): Promise<string> {
  try {
    const server = await startServer({ env });
    await server.stop();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    assert(error.code !== 0);
    return error.log;
  }
  throw new Error("The server started");
}

Deno.test("start: stores, finds, returns, deletes and brings back", () =>
  withServer(async ({ dicomweb }) => {
    const file = ctInstance();
    const stored = await stow(dicomweb, [file]);
    assertEquals(stored.status, 200, await stored.text());

    const studies = await (await fetch(`${dicomweb}/studies?PatientName=doe*`)).json();
    assertEquals(studies.length, 1);
    assertEquals(studies[0]["0020000D"].Value, [STUDY]);

    const asStored = { headers: { accept: "application/dicom; transfer-syntax=*" } };
    const instance = await fetch(dicomweb + INSTANCE_PATH, asStored);
    assertEquals(instance.status, 200);
    assertEquals(await instance.bytes(), file);

    const study = `${dicomweb}/studies/${STUDY}`;
    assertEquals(await statusOf(fetch(`${study}9`, { method: "DELETE" })), 404);
    assertEquals(await statusOf(fetch(study, { method: "DELETE" })), 204);
    assertEquals(await statusOf(fetch(study, { method: "DELETE" })), 410);
    assertEquals(await statusOf(fetch(`${study}/metadata`)), 410);
    assertEquals(await (await fetch(`${dicomweb}/studies`)).json(), []);

    const series = `${study}/series/${SERIES}`;
    const restored = await fetch(`${series}/undelete`, { method: "POST" });
    assertEquals(restored.status, 200);
    assertEquals(await restored.json(), { restored: 1 });
    assertEquals(await (await fetch(dicomweb + INSTANCE_PATH, asStored)).bytes(), file);
    assertEquals(await statusOf(fetch(`${series}/undelete`, { method: "POST" })), 404);
  }));

Deno.test("start: what was stored is there after a crash, and again after a stop", async () => {
  const data = await Deno.makeTempDir();
  const env = { GANTRY_DATA: `${data}/new/folder` };
  try {
    const first = await startServer({ env });
    assertEquals(await statusOf(stow(first.dicomweb, [ctInstance()])), 200);
    await first.kill();
    for (let round = 0; round < 2; round++) {
      await withServer(async ({ dicomweb }) => {
        assertEquals((await (await fetch(`${dicomweb}/studies`)).json()).length, 1);
      }, { env });
    }
    const verified = await runTask(["verify", "--json"], env);
    assertEquals(verified.code, 0, verified.stderr);
    assertEquals(JSON.parse(verified.stdout).instances, 1);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("start: a second server on the same folder says that there is one", () =>
  withServer(async ({ data }) => {
    assertStringIncludes(await refusalOf({ GANTRY_DATA: data }), "Another server has the data");
  }));

Deno.test("start: a port that is in use is named", () =>
  withServer(async ({ url }) => {
    const { port } = new URL(url);
    assertStringIncludes(await refusalOf({ GANTRY_PORT: port }), `Port ${port} of 127.0.0.1`);
  }));

Deno.test("start: lists every wrong setting, of the environment and of the file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = `${folder}/gantry.json`;
    await Deno.writeTextFile(config, '{ "archive": [] }');
    const log = await refusalOf({
      GANTRY_CONFIG: config,
      GANTRY_PORT: "http",
      GANTRY_BLOBS_URL: "s3://bucket",
    });
    assertStringIncludes(log, "GANTRY_PORT");
    assertStringIncludes(log, "AWS_ACCESS_KEY_ID is needed");
    assertStringIncludes(log, 'did you mean \\"archives\\"?');
    for (const line of log.trim().split("\n")) assertEquals(JSON.parse(line).level, "error");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("start: archives of the file have URLs of their own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = `${folder}/gantry.json`;
    await Deno.writeTextFile(
      config,
      '{ "archives": [{ "name": "research", "aets": ["RESEARCH"] }] }',
    );
    await withServer(async ({ url, dicomweb }) => {
      assertEquals(await statusOf(stow(`${url}/aets/RESEARCH/rs`, [ctInstance()])), 200);
      const found = async (base: string) => (await (await fetch(`${base}/studies`)).json()).length;
      assertEquals(await found(`${url}/aets/RESEARCH/rs`), 1);
      assertEquals(await found(dicomweb), 0);
      assertEquals(await statusOf(fetch(`${url}/aets/OTHER/rs/studies`)), 404);
    }, { env: { GANTRY_CONFIG: config } });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("keys: open without, needed once there is one, gone within a second when revoked", () =>
  withServer(async ({ dicomweb, data }) => {
    const env = { GANTRY_DATA: data };
    const studies = (authorization?: string) =>
      statusOf(fetch(
        `${dicomweb}/studies`,
        authorization === undefined ? {} : { headers: { authorization } },
      ));
    const until = async (status: number, authorization?: string) => {
      const deadline = performance.now() + 3000;
      while (await studies(authorization) !== status) {
        assert(performance.now() < deadline, `never ${status}`);
      }
    };
    assertEquals(await studies(), 200);

    const add = ["keys", "add", "--name", "viewer", "--scopes", "read"];
    const added = await runTask([...add, "--json"], env);
    assertEquals(added.code, 0, added.stderr);
    const { id, key } = JSON.parse(added.stdout);
    await until(401);
    assertEquals(await studies(`Bearer ${key}`), 200);
    assertEquals(await studies(key), 200);
    assertEquals(await studies(`Bearer ${key}x`), 401);
    assertEquals(
      await statusOf(stow(dicomweb, [ctInstance()], { authorization: `Bearer ${key}` })),
      403,
    );

    const listed = await runTask(["keys", "list"], env);
    assertMatch(listed.stdout, new RegExp(`^${id}\tread\t.*\tlive\tviewer$`, "m"));
    assertEquals((await runTask(["keys", "revoke", id], env)).code, 0);
    await until(401, key);
    assertEquals((await runTask(["keys", "revoke", id], env)).code, 1);
  }));

Deno.test("keys: behind a proxy the server does not start without one either", async () => {
  for (
    const env of [
      { GANTRY_PUBLIC_URL: "https://pacs.example.org" },
      { GANTRY_TRUSTED_PROXIES: "loopback" },
    ]
  ) {
    assertStringIncludes(await refusalOf(env), "through a proxy");
  }
  await withServer(async ({ dicomweb }) => {
    assertEquals(await statusOf(fetch(`${dicomweb}/studies`)), 200);
  }, { env: { GANTRY_PUBLIC_URL: "http://[::1]:8080/imaging" } });
});

Deno.test("keys: beyond loopback the server does not start without one", async () => {
  const data = await Deno.makeTempDir();
  const env = { GANTRY_DATA: data, GANTRY_HOST: "0.0.0.0" };
  try {
    assertStringIncludes(await refusalOf(env), "there is no API key");
    await withServer(async ({ url }) => {
      const { port } = new URL(url);
      assertEquals(await statusOf(fetch(`http://127.0.0.1:${port}/dicomweb/studies`)), 200);
    }, { env: { ...env, GANTRY_INSECURE: "1" } });
    const token = "0123456789-abcdef-0123456789-abcdef";
    await withServer(async ({ url }) => {
      const studies = `http://127.0.0.1:${new URL(url).port}/dicomweb/studies`;
      assertEquals(await statusOf(fetch(studies)), 401);
      const authorization = `Bearer ${token}`;
      assertEquals(await statusOf(fetch(studies, { headers: { authorization } })), 200);
    }, { env: { ...env, GANTRY_BRIDGE_TOKEN: token } });
    const added = await runTask(["keys", "add", "--name", "a", "--scopes", "read,write"], env);
    assertEquals(added.code, 0, added.stderr);
    await withServer(async ({ url }) => {
      const { port } = new URL(url);
      assertEquals(await statusOf(fetch(`http://127.0.0.1:${port}/dicomweb/studies`)), 401);
    }, { env });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("start: finishes what is under way before it stops", async () => {
  const server = await startServer();
  const file = ctInstance();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => begin = resolve);
  let end = () => {};
  const ended = new Promise<void>((resolve) => end = resolve);
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(file.subarray(0, 200));
      begin();
      await ended;
      controller.enqueue(file.subarray(200));
      controller.close();
    },
  });
  const answer = fetch(`${server.dicomweb}/studies`, {
    method: "POST",
    headers: { "content-type": "application/dicom" },
    body,
  });
  await begun;
  // Answered on another connection: the server is at work on the first.
  assertEquals(await statusOf(fetch(`${server.dicomweb}/studies`)), 200);
  const stopped = server.stop();
  while (await statusOf(fetch(`${server.url}/healthz`)) !== 503) { /* until the signal arrives */ }
  end();
  assertEquals(await statusOf(answer), 200);
  assertEquals(await stopped, 0);
});

Deno.test("start: an index that cannot be reached is named, with why and what to do", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  const log = await refusalOf({ GANTRY_INDEX_URL: url });
  assertMatch(log, /The index is out of reach: .*Connection refused/);
  assertStringIncludes(log, url);
  assertStringIncludes(log, "See that it runs, and that GANTRY_INDEX_URL is right");
  assertEquals(log.trim().split("\n").length, 1);
});
