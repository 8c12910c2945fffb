import { assert, assertEquals } from "@std/assert";
import { ctInstance, type CtOptions } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { readSystemCalls, type SystemCall } from "../support/system_calls.ts";

/** What writes, syncs and makes names. */
const TRACED = [
  "openat,mkdir,mkdirat,fsync,fdatasync",
  "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,io_uring_enter",
];
/** Bytes shown of what is written: more than a page of the index has. */
const SHOWN_BYTES = 8192;
const SYNCS = ["fsync", "fdatasync"];

/** Requests, each with instances of other sizes: of one write and of several. */
const REQUESTS: readonly (readonly CtOptions[])[] = [
  [{}, {}, {}],
  [{ rows: 600, columns: 600 }, { rows: 16 }],
  [{ studyInstanceUID: "1.2.840.99.2" }],
  [{ rows: 600, columns: 600, studyInstanceUID: "1.2.840.99.3" }],
];

/**
 * Runs `work` with a server under strace, whose system calls until it is killed are then given to
 * `judge` with the path of the server's data folder.
 */
async function withTrace(
  work: (dicomweb: string) => Promise<void>,
  judge: (calls: readonly SystemCall[], data: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-sync-" });
  try {
    const data = `${folder}/archive`;
    const trace = `${folder}/trace`;
    const server = await startServer({
      env: { GANTRY_DATA: data },
      // deno-fmt-ignore
      under: ["strace", "-f", "-y", "-s", String(SHOWN_BYTES), "-o", trace, "-e", `trace=${TRACED}`],
    });
    try {
      await work(server.dicomweb);
    } finally {
      await server.kill();
    }
    judge(readSystemCalls(await Deno.readTextFile(trace)), data);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "STOW-RS: blob, folder and index are synced before an instance is acknowledged",
  ["strace"],
  async () => {
    const sent: string[] = [];
    await withTrace(async (dicomweb) => {
      await Promise.all(REQUESTS.map(async (instances, request) => {
        const files = instances.map((options, n) => {
          const sopInstanceUID = `1.2.840.99.1.${request}.${n}.1`;
          sent.push(sopInstanceUID);
          return ctInstance({ ...options, sopInstanceUID });
        });
        const response = await stow(dicomweb, files);
        assertEquals(response.status, 200, await response.text());
      }));
    }, (calls, data) => {
      for (const sopInstanceUID of sent) assertOrder(calls, sopInstanceUID, data);
    });
  },
);

peerTest(
  "DELETE: the record of it is synced before it is acknowledged",
  ["strace"],
  async () => {
    const sopInstanceUID = "1.2.840.99.1.7";
    await withTrace(async (dicomweb) => {
      const stored = await stow(dicomweb, [ctInstance({ sopInstanceUID })]);
      assertEquals(stored.status, 200, await stored.text());
      const url = `${dicomweb}/studies/1.2.826.0.1.3680043.10.1.1`;
      const removed = await fetch(url, { method: "DELETE" });
      assertEquals(removed.status, 204, await removed.text());
    }, (calls, data) => {
      const acknowledged = calls.find(({ args }) => args.includes('"HTTP/1.1 204'));
      assert(acknowledged !== undefined);
      const records = `${data}/blobs/default/removals/`;
      const record = calls.find(({ file, args }) =>
        file.startsWith(records) && args.includes(sopInstanceUID)
      );
      assert(record !== undefined, "no record tells of the deletion");
      assertBlobSynced(calls, record.file, data, acknowledged, sopInstanceUID);
    });
  },
);

function assertOrder(calls: readonly SystemCall[], sopInstanceUID: string, data: string): void {
  const writing = (where: (file: string) => boolean) =>
    calls.filter(({ name, file, args }) =>
      !SYNCS.includes(name) && where(file) && args.includes(sopInstanceUID)
    );
  const [answer] = writing((file) => file.startsWith("socket:"));
  // The status line may go out before the rest.
  const acknowledged = calls.findLast(({ file, args, begin }) =>
    file === answer?.file && begin <= answer.begin && args.includes('"HTTP/1.1 200')
  );
  assert(acknowledged !== undefined, `no answer names ${sopInstanceUID}`);

  const [blob] = writing((file) => file.startsWith(`${data}/blobs/`));
  assert(blob !== undefined);
  assertBlobSynced(calls, blob.file, data, acknowledged, sopInstanceUID);
  // The first page with the instance belongs to the transaction that makes it visible.
  const [row] = writing((file) => file === `${data}/index.db-wal`);
  assertSynced(calls, `${data}/index.db-wal`, row, acknowledged, sopInstanceUID);
}

/** A blob's bytes, its name and the way to it are synced before the answer. */
function assertBlobSynced(
  calls: readonly SystemCall[],
  blob: string,
  data: string,
  acknowledged: SystemCall,
  what: string,
): void {
  const synced = (file: string, last: SystemCall | undefined) =>
    assertSynced(calls, file, last, acknowledged, what);
  synced(blob, calls.findLast((call) => isWrite(call, blob)));
  const folder = parentOf(blob);
  synced(
    folder,
    calls.find(({ name, args }) => name === "openat" && args.includes(`"${blob}"`)),
  );
  for (let made = folder; made !== data; made = parentOf(made)) {
    synced(
      parentOf(made),
      calls.find(({ name, args }) => name.startsWith("mkdir") && args.includes(`"${made}"`)),
    );
  }
}

/** There is a sync of `file` after `last` and before the answer. */
function assertSynced(
  calls: readonly SystemCall[],
  file: string,
  last: SystemCall | undefined,
  acknowledged: SystemCall,
  what: string,
): void {
  assert(last !== undefined, `${file} was never made or written to for ${what}`);
  const synced = calls.some((call) =>
    SYNCS.includes(call.name) && call.file === file && call.begin > last.end &&
    call.end < acknowledged.begin
  );
  assert(synced, `${what} is acknowledged and ${file} is not synced`);
}

function isWrite({ name, file }: SystemCall, path: string): boolean {
  return file === path && !SYNCS.includes(name);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
