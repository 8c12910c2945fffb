import { assert, assertEquals } from "@std/assert";
import { type BridgeProcess, startBridge } from "../support/bridge_process.ts";
import { commandPdu, fragmented, storeRQ } from "../support/dimse_bytes.ts";
import { ACCEPTED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { buildDataSet, ctElements } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { untilUploaded } from "../support/spool_watch.ts";
import { withStowServer } from "../support/stow_server.ts";
import { readSystemCalls, type SystemCall } from "../support/system_calls.ts";

/** What writes, syncs, makes names and changes them. */
const TRACED = [
  "openat,mkdir,mkdirat,rename,renameat,renameat2,fsync,fdatasync",
  "write,writev,pwrite64,sendto,sendmsg",
];
/** Bytes shown of what is written: more than a file's head and a response have. */
const SHOWN_BYTES = 1024;

/** Rows of the images of a round: one write, several, and as many as the first again. */
const ROWS = [16, 700, 17, 300, 2000];
const COLUMNS = 512;

peerTest(
  "C-STORE: file and folder are synced before 0000, and before a file is written over",
  ["strace"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-bridge-sync-" });
    try {
      const trace = `${folder}/trace`;
      const spool = `${folder}/spool`;
      const sent: string[] = [];
      await withStowServer(async (server) => {
        const bridge = await startBridge(server.base, {
          env: { GANTRY_SPOOL: spool },
          // deno-fmt-ignore
          under: ["strace", "-f", "-y", "-s", String(SHOWN_BYTES), "-o", trace, "-e", `trace=${TRACED}`],
        });
        for (const round of [1, 2, 3]) {
          const uids = ROWS.map((_, n) => `1.2.840.99.7.${round}.${n}.1`);
          await Promise.all([
            storeAll(bridge, uids),
            storeAll(bridge, uids.map((uid) => `${uid}.2`)),
          ]);
          sent.push(...uids, ...uids.map((uid) => `${uid}.2`));
          await untilUploaded(spool);
        }
        await bridge.kill();
      });
      const calls = readSystemCalls(await Deno.readTextFile(trace));
      for (const uid of sent) assertDurable(calls, uid, spool);
      const reused = calls.filter((call) =>
        isRename(call) && pathsOf(call)[0]!.startsWith(`${spool}/spent/`)
      );
      assert(reused.length > 0, "no file was written over");
      for (const call of reused) assertGone(calls, call);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function storeAll(bridge: BridgeProcess, uids: readonly string[]): Promise<void> {
  using peer = await RawPeer.connect(bridge);
  assertEquals(await peer.associate(), ACCEPTED);
  for (const [n, sopInstanceUID] of uids.entries()) {
    const rows = ROWS[n]!;
    const dataSet = buildDataSet(ctElements({ sopInstanceUID, rows, columns: COLUMNS }));
    await peer.send(commandPdu(3, storeRQ(sopInstanceUID)), ...fragmented(3, "data", dataSet));
    assertEquals(await peer.next(), STORED);
  }
}

/** File, name and folder of an instance are on the disk before the response. */
function assertDurable(calls: readonly SystemCall[], uid: string, spool: string): void {
  const named = new RegExp(`${uid.replaceAll(".", "\\.")}(?![.\\d])`);
  const writes = calls.filter((call) => isWrite(call) && named.test(call.args));
  const response = writes.find(({ file }) => file.startsWith("socket:"));
  const first = writes.find(({ file }) => file.startsWith(`${spool}/incoming/`));
  assert(response !== undefined, `no response names ${uid}`);
  assert(first !== undefined, `${uid} was never written`);
  const last = calls.findLast((call) => isWrite(call) && call.file === first.file)!;
  const naming = calls.find((call) => isRename(call) && pathsOf(call)[0] === first.file);
  assert(naming !== undefined, `${uid} never became ready`);
  const folder = parentOf(pathsOf(naming)[1]!);
  assertSynced(calls, first.file, last, naming);
  assertSynced(calls, folder, naming, response);
  const making = calls.find(({ name, args }) =>
    name.startsWith("mkdir") && args.includes(`"${folder}"`)
  );
  assert(making !== undefined);
  assertSynced(calls, parentOf(folder), making, response);
}

/** A file that is written over can come back as a ready one in no crash. */
function assertGone(calls: readonly SystemCall[], reuse: SystemCall): void {
  const [spent] = pathsOf(reuse);
  const leaving = calls.find((call) => isRename(call) && pathsOf(call)[1] === spent);
  assert(leaving !== undefined);
  assertSynced(calls, parentOf(pathsOf(leaving)[0]!), leaving, reuse);
}

/** There is a sync of `file` between two calls. */
function assertSynced(
  calls: readonly SystemCall[],
  file: string,
  after: SystemCall,
  before: SystemCall,
): void {
  const isSynced = calls.some((call) =>
    ["fsync", "fdatasync"].includes(call.name) && call.file === file && call.begin > after.end &&
    call.end < before.begin
  );
  assert(isSynced, `${file} is not synced between ${after.name} and ${before.name}`);
}

function isWrite({ name }: SystemCall): boolean {
  return /^(p?writev?(64)?|send(to|msg))$/.test(name);
}

function isRename({ name }: SystemCall): boolean {
  return name.startsWith("rename");
}

/** The old path and the new one. */
function pathsOf({ args }: SystemCall): string[] {
  return [...args.matchAll(/"([^"]*)"/g)].map(([, path]) => path!);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
