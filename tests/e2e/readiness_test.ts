/** `/readyz` of a server whose parts fail, and of one that is being stopped. @module */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { multipart } from "../support/archive.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { connect, readStatus, send } from "../support/raw_http.ts";
import { startServer } from "../support/server_process.ts";
import { embeddedTest } from "../support/storage.ts";

interface Answer {
  readonly status: number;
  readonly detail: string | undefined;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(`${url}/readyz`);
  assertEquals(response.headers.get("cache-control"), "no-store");
  const { detail } = await response.json();
  return { status: response.status, detail };
}

/** Asks until the answer is of this status. An answer is believed for a second. */
async function askUntil(url: string, status: number): Promise<Answer> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask(url);
    if (answer.status === status) return answer;
    assert(performance.now() < deadline, `still ${answer.status}: ${answer.detail}`);
  }
}

// Services that fail are in outage_test.ts.
embeddedTest("readyz: says which part fails, tells no more, and sees it mended", async () => {
  const server = await startServer();
  const { url, data } = server;
  try {
    assertEquals((await ask(url)).status, 200);

    await Deno.rename(`${data}/blobs`, `${data}/elsewhere`);
    const { detail } = await askUntil(url, 503);
    assertEquals(detail, "Not ready: the blob store cannot be written; the server's log says why.");
    assertStringIncludes(server.log(), "not ready");
    assertEquals((await fetch(`${url}/healthz`).then((response) => response.json())).status, "ok");
    await Deno.rename(`${data}/elsewhere`, `${data}/blobs`);
    assertEquals((await askUntil(url, 200)).status, 200);

    const other = new DatabaseSync(`${data}/index.db`);
    other.exec("BEGIN IMMEDIATE");
    assertStringIncludes((await askUntil(url, 503)).detail!, "the index cannot be written");
    const search = await fetch(`${server.dicomweb}/studies`);
    assertEquals(search.status, 200);
    await search.body?.cancel();
    other.exec("ROLLBACK");
    other.close();
    assertEquals((await askUntil(url, 200)).status, 200);
    const files = await Array.fromAsync(
      Deno.readDir(`${data}/blobs/default`),
      async ({ name }) => await Array.fromAsync(Deno.readDir(`${data}/blobs/default/${name}`)),
    );
    assertEquals(files.flat(), []);
  } finally {
    await server.stop();
  }
});

Deno.test("readyz: no, while the server finishes what is under way before its end", async () => {
  const server = await startServer();
  // Past the proxy of several, which leads nowhere any more once these are being stopped.
  const [{ url }] = server.instances;
  const { headers, body } = multipart([{ body: ctInstance() }]);
  using connection = await connect(url);
  const head = `POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${
    headers["Content-Type"]
  }\r\nContent-Length: ${body.length}\r\n\r\n`;
  await send(connection, head);
  await send(connection, body.subarray(0, body.length - 100));
  assertEquals((await ask(url)).status, 200);
  const stopped = server.stop();
  const { detail } = await askUntil(url, 503);
  assertStringIncludes(detail!, "being stopped");
  await send(connection, body.subarray(body.length - 100));
  assertEquals(await readStatus(connection), 200);
  assertEquals(await stopped, 0);
});
