/** Several servers over one index and one object store: what one does, the others know. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { createHash } from "node:crypto";
import { KEYS_BELIEVED_FOR } from "../../server/services/keys.ts";
import { IS_LONG } from "../support/chance.ts";
import { storedIn } from "../support/imports.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { readParts } from "../support/retrieval.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { togetherTest } from "../support/storage.ts";
import { stow } from "../support/stow.ts";
import { statusOf } from "../support/unharmed.ts";

const ROUNDS = IS_LONG ? 100 : 8;
const AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const STUDY = "2.25.70";
const SERIES = "2.25.71";

/** Runs a test on several servers, given as their DICOMweb roots, whose log must stay empty. */
function test(
  name: string,
  run: (roots: readonly string[], server: ServerProcess) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): void {
  togetherTest(`many servers: ${name}`, async () => {
    const server = await startServer({ env });
    try {
      await run(server.instances.map(({ url }) => `${url}/dicomweb`), server);
      assertEquals(server.log(), "");
    } finally {
      assertEquals(await server.stop(), 0);
    }
  });
}

/** The n-th instance of the study; `content` makes it another of the same UID. */
function instanceOf(n: number, content = 0): Uint8Array {
  return ctInstance({
    studyInstanceUID: STUDY,
    seriesInstanceUID: SERIES,
    sopInstanceUID: uidOf(n),
    rows: 100,
    columns: 100,
    pixels: [new Uint8Array(20_000).fill(content)],
  });
}

const uidOf = (n: number) => `${SERIES}.${n}`;
const pathOf = (n: number) => `/studies/${STUDY}/series/${SERIES}/instances/${uidOf(n)}`;

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The file of an instance as a server gives it. */
async function fileAt(root: string, n: number): Promise<Uint8Array> {
  const accept = "application/dicom; transfer-syntax=*";
  const response = await fetch(`${root}${pathOf(n)}`, { headers: { accept } });
  assertEquals(response.status, 200);
  return await response.bytes();
}

/** Holds that there are so many instances, each with one row, one blob, and counted once. */
async function assertCount(roots: readonly string[], data: string, count: number): Promise<void> {
  for (const root of roots) {
    const [study] = await (await fetch(`${root}/studies`)).json();
    assertEquals(study["00201208"].Value, [count]);
    assertEquals((await (await fetch(`${root}/instances`)).json()).length, count);
  }
  const { rows, blobKeys } = await storedIn(data);
  assertEquals([rows.length, blobKeys.length], [count, count]);
}

test(
  "one instance that comes to all at once is stored once, and each says so",
  async (roots, server) => {
    for (let n = 0; n < ROUNDS; n++) {
      const answers = await Promise.all(
        [...roots, ...roots].map((root) => stow(root, [instanceOf(n)])),
      );
      for (const answer of answers) {
        const module = await answer.json();
        assertEquals([answer.status, module["00081198"]], [200, undefined]);
        assertEquals(module["00081199"].Value[0]["00081155"].Value, [uidOf(n)]);
      }
    }
    await assertCount(roots, server.data, ROUNDS);
  },
);

test(
  "of different contents with one UID one is stored, and the others are told",
  async (roots, server) => {
    for (let n = 0; n < ROUNDS; n++) {
      const contents = roots.map((_, content) => instanceOf(n, content));
      const answers = await Promise.all(roots.map((root, at) => stow(root, [contents[at]!])));
      const statuses = answers.map(({ status }) => status);
      assertEquals(statuses.toSorted(), [200, ...Array(roots.length - 1).fill(409)]);
      for (const answer of answers) {
        const module = await answer.json();
        if (answer.status === 409) {
          assertEquals(module["00081198"].Value[0]["00081197"].Value, [0x0111]);
        }
      }
      const first = contents[statuses.indexOf(200)];
      for (const root of roots) assertEquals(await fileAt(root, n), first);
    }
    await assertCount(roots, server.data, ROUNDS);
  },
);

/** Retrieves what is of the study until it is told to stop; each answer is whole, or says that it is gone. */
function retrieving(root: string, files: readonly Uint8Array[]) {
  const digests = files.map(digestOf).sort();
  let stopped = false;
  const seen = { whole: 0, gone: 0 };
  let wake = () => {};

  async function look(path: string, accept: string, check: (response: Response) => Promise<void>) {
    const response = await fetch(`${root}${path}`, { headers: { accept } });
    if (response.status === 200) {
      await check(response);
      seen.whole++;
    } else {
      const text = await response.text();
      assertEquals(response.status, 410, `${path}: ${text}`);
      seen.gone++;
    }
    wake();
  }

  async function looks(): Promise<void> {
    while (!stopped) {
      await look(`/studies/${STUDY}`, AS_STORED, async (response) => {
        const parts = await readParts(response);
        assertEquals(parts.map(({ bytes }) => digestOf(bytes)).sort(), digests);
      });
      await look(pathOf(1), "application/dicom; transfer-syntax=*", async (response) => {
        assertEquals(await response.bytes(), files[1]);
      });
      await look(`${pathOf(2)}/frames/1`, "application/octet-stream", async (response) => {
        assertEquals((await response.bytes()).length, 20_000);
      });
      await look(`/studies/${STUDY}/metadata`, "application/dicom+json", async (response) => {
        assertEquals((await response.json()).length, files.length);
      });
    }
  }

  const running = looks();
  return {
    /** Resolves after so many answers of a kind from now on; rejects where one was none of them. */
    until(kind: "whole" | "gone", count: number): Promise<unknown> {
      const enough = seen[kind] + count;
      const seenIt = async () => {
        while (seen[kind] < enough) await new Promise<void>((resolve) => wake = resolve);
      };
      return Promise.race([seenIt(), running]);
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

test(
  "what one deletes or brings back, the others give whole or not at all",
  async (roots, server) => {
    const files = Array.from({ length: 6 }, (_, n) => instanceOf(n));
    const [first, second] = roots as [string, string];
    for (const file of files) assertEquals(await statusOf(stow(first, [file])), 200);
    for (let round = 0; round < ROUNDS / 4; round++) {
      const clients = roots.map((root) => retrieving(root, files));
      const all = (kind: "whole" | "gone") =>
        Promise.all(clients.map((client) => client.until(kind, 6)));
      await all("whole");
      const url = `${roots[round % roots.length]}/studies/${STUDY}`;
      assertEquals(await statusOf(fetch(url, { method: "DELETE" })), 204);
      for (const root of roots) {
        assertEquals(await statusOf(fetch(`${root}/studies/${STUDY}/metadata`)), 410);
      }
      await all("gone");
      // What is brought back comes like what is stored: instance by instance, in any order.
      for (const client of clients) await client.stop();
      const undone = await fetch(`${second}/studies/${STUDY}/undelete`, { method: "POST" });
      assertEquals(await undone.json(), { restored: files.length });
      for (const root of roots) {
        assertEquals(await statusOf(fetch(`${root}/studies/${STUDY}/metadata`)), 200);
      }
    }
    await assertCount(roots, server.data, files.length);
  },
);

test("a tag that one gave the others know, and their bytes are the same", async (roots) => {
  assertEquals(await statusOf(stow(roots[0]!, [instanceOf(0), instanceOf(1)])), 200);
  const asked = [
    [`/studies/${STUDY}`, AS_STORED],
    [`/studies/${STUDY}`, 'multipart/related; type="application/dicom"'],
    [`/studies/${STUDY}/metadata`, "application/dicom+json"],
    [pathOf(0), "application/dicom; transfer-syntax=*"],
    [`${pathOf(0)}/frames/1`, "application/octet-stream"],
    [`${pathOf(0)}/rendered`, "image/jpeg"],
    [`${pathOf(0)}/bulkdata/7FE00010`, "application/octet-stream"],
  ] as const;
  for (const [path, accept] of asked) {
    const seen = await Promise.all(roots.map(async (root) => {
      const response = await fetch(root + path, { headers: { accept } });
      assertEquals(response.status, 200, path);
      const etag = response.headers.get("etag");
      assert(etag !== null, path);
      return { etag, bytes: await response.bytes() };
    }));
    for (const { etag, bytes } of seen) {
      assertEquals(bytes, seen[0]!.bytes, path);
      const headers = { accept, "if-none-match": etag };
      for (const root of roots) {
        assertEquals(await statusOf(fetch(root + path, { headers })), 304, path);
      }
    }
  }
}, { GANTRY_PUBLIC_URL: "https://pacs.example.org", GANTRY_INSECURE: "1" });

test(
  "a key is taken by all, and within a second after it was revoked by none",
  async (roots, { data }) => {
    const keys = async (...args: string[]) => {
      const { code, stdout, stderr } = await runTask(["keys", ...args], { GANTRY_DATA: data });
      assertEquals(code, 0, stderr);
      return stdout;
    };
    const ask = (root: string, key?: string) =>
      statusOf(
        fetch(`${root}/studies`, key === undefined ? {} : { headers: { authorization: key } }),
      );
    for (const root of roots) assertEquals(await ask(root), 200);
    const { id, key } = JSON.parse(await keys("add", "--name", "a", "--scopes", "read", "--json"));
    const added = performance.now();
    await Promise.all(roots.map(async (root) => {
      for (let begun = added; await ask(root) !== 401; begun = performance.now()) {
        assertLess(begun - added, KEYS_BELIEVED_FOR);
      }
      assertEquals(await ask(root, key), 200);
    }));
    await keys("revoke", id);
    const revoked = performance.now();
    await Promise.all(roots.map(async (root) => {
      for (let begun = revoked; await ask(root, key) !== 401; begun = performance.now()) {
        assertLess(begun - revoked, KEYS_BELIEVED_FOR);
      }
    }));
  },
);

togetherTest(
  "many servers: start at once on an empty database, and all of them serve",
  async () => {
    for (let round = 0; round < ROUNDS / 4; round++) {
      const server = await startServer();
      try {
        const roots = server.instances.map(({ url }) => `${url}/dicomweb`);
        const stored = await Promise.all(roots.map((root, n) => stow(root, [instanceOf(n)])));
        for (const answer of stored) assertEquals(await statusOf(Promise.resolve(answer)), 200);
        await assertCount(roots, server.data, roots.length);
        assertEquals(server.log(), "");
      } finally {
        assertEquals(await server.stop(), 0);
      }
    }
  },
);
