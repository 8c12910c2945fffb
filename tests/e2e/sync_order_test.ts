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

peerTest(
  "STOW-RS: blob, folder and index are synced before an instance is acknowledged",
  ["strace"],
  async () => {
    const data = await Deno.makeTempDir({ prefix: "gantry-sync-" });
    try {
      const trace = `${data}/trace`;
      const server = await startServer({
        env: { GANTRY_DATA: `${data}/archive` },
        // deno-fmt-ignore
        under: ["strace", "-f", "-y", "-s", String(SHOWN_BYTES), "-o", trace, "-e", `trace=${TRACED}`],
      });
      const sent: string[] = [];
      await Promise.all(REQUESTS.map(async (instances, request) => {
        const files = instances.map((options, n) => {
          const sopInstanceUID = `1.2.840.99.1.${request}.${n}.1`;
          sent.push(sopInstanceUID);
          return ctInstance({ ...options, sopInstanceUID });
        });
        const response = await stow(server.dicomweb, files);
        assertEquals(response.status, 200, await response.text());
      }));
      await server.kill();
      const calls = readSystemCalls(await Deno.readTextFile(trace));
      for (const sopInstanceUID of sent) assertOrder(calls, sopInstanceUID, `${data}/archive`);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
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

  /** There is a sync of `file` after `last` and before the answer. */
  function assertSynced(file: string, last: SystemCall | undefined): void {
    assert(last !== undefined, `${file} was never made or written to for ${sopInstanceUID}`);
    const synced = calls.some((call) =>
      SYNCS.includes(call.name) && call.file === file && call.begin > last.end &&
      call.end < acknowledged!.begin
    );
    assert(synced, `${sopInstanceUID} is acknowledged and ${file} is not synced`);
  }

  const [blob] = writing((file) => file.startsWith(`${data}/blobs/`));
  assert(blob !== undefined);
  assertSynced(blob.file, calls.findLast((call) => isWrite(call, blob.file)));
  const folder = parentOf(blob.file);
  assertSynced(
    folder,
    calls.find(({ name, args }) => name === "openat" && args.includes(`"${blob.file}"`)),
  );
  for (let made = folder; made !== data; made = parentOf(made)) {
    assertSynced(
      parentOf(made),
      calls.find(({ name, args }) => name.startsWith("mkdir") && args.includes(`"${made}"`)),
    );
  }
  // The first page with the instance belongs to the transaction that makes it visible.
  const [row] = writing((file) => file === `${data}/index.db-wal`);
  assertSynced(`${data}/index.db-wal`, row);
}

function isWrite({ name, file }: SystemCall, path: string): boolean {
  return file === path && !SYNCS.includes(name);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
