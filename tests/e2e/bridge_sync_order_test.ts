import { assert, assertEquals } from "@std/assert";
import { type BridgeProcess, startBridge } from "../support/bridge_process.ts";
import { commandPdu, fragmented, storeRQ } from "../support/dimse_bytes.ts";
import { ACCEPTED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { buildDataSet, ctElements, type CtOptions } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { untilUploaded } from "../support/spool_watch.ts";
import { withStowServer } from "../support/stow_server.ts";
import { readSystemCalls, type SystemCall } from "../support/system_calls.ts";

/** What writes, syncs and makes names. */
const TRACED = [
  "openat,mkdir,mkdirat,rename,renameat,renameat2,fsync,fdatasync,ftruncate",
  "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,io_uring_enter",
];
/** Bytes shown of what is written: more than a file's head has. */
const SHOWN_BYTES = 512;
const SYNCS = ["fsync", "fdatasync"];

/** What an A-ASSOCIATE-AC begins with, and a P-DATA-TF, as strace writes them. */
const ACCEPT = String.raw`"\2\0`;
const P_DATA = String.raw`"\4\0`;
/** Status (0000,0900) of 0000. */
const SUCCESS = String.raw`\0\0\0\t\2\0\0\0\0\0`;

/** Of one write and of several. */
const SMALL: CtOptions = { rows: 64, columns: 64 };
const LARGE: CtOptions = { rows: 900, columns: 900 };

/** What each association sends. */
const ASSOCIATIONS: readonly (readonly CtOptions[])[] = [
  [SMALL, LARGE, SMALL, SMALL],
  [LARGE, SMALL, SMALL, LARGE],
];
/** Rows of instances that are sent each when the one before is uploaded: later ones are written over earlier ones. */
const ONE_BY_ONE = [64, 64, 60, 66, 60, 66];

/** Sends instances over an association, and resolves to their UIDs. */
async function send(
  bridge: BridgeProcess,
  association: number,
  instances: readonly CtOptions[],
  then: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const sent: string[] = [];
  using peer = await RawPeer.connect(bridge);
  assertEquals(await peer.associate(), ACCEPTED);
  for (const [n, options] of instances.entries()) {
    const sopInstanceUID = `1.2.840.99.1.${association}.${n}.1`;
    const dataSet = buildDataSet(ctElements({ ...options, sopInstanceUID }));
    await peer.send(
      commandPdu(3, storeRQ(sopInstanceUID)),
      ...fragmented(3, "data", dataSet),
    );
    assertEquals(await peer.next(), STORED);
    sent.push(sopInstanceUID);
    await then();
  }
  return sent;
}

/** Runs a bridge under strace; answers its calls and its spool's folder. */
async function trace(
  coreUrl: string,
  use: (bridge: BridgeProcess) => Promise<void>,
): Promise<{ calls: readonly SystemCall[]; spool: string }> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bridge-sync-" });
  try {
    const file = `${folder}/trace`;
    const spool = `${folder}/spool`;
    const bridge = await startBridge(coreUrl, {
      env: { GANTRY_SPOOL: spool },
      // deno-fmt-ignore
      under: ["strace", "-f", "-y", "-s", String(SHOWN_BYTES), "-o", file, "-e", `trace=${TRACED}`],
    });
    try {
      await use(bridge);
    } finally {
      await bridge.kill();
    }
    return { calls: readSystemCalls(await Deno.readTextFile(file)), spool };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "bridge: a file and the folder of its name are synced before its C-STORE-RSP 0000",
  ["strace"],
  () =>
    withStowServer(async ({ base }) => {
      const sent: string[] = [];
      const { calls, spool } = await trace(base, async (bridge) => {
        sent.push(...await send(bridge, 0, [SMALL, LARGE]));
        const all = ASSOCIATIONS.map((instances, n) => send(bridge, n + 1, instances));
        sent.push(...(await Promise.all(all)).flat());
      });
      for (const sopInstanceUID of sent) assertOrder(calls, sopInstanceUID, spool);
    }),
);

peerTest(
  "bridge: an uploaded file is written over only after the sync of the folder that it has left",
  ["strace"],
  () =>
    withStowServer(async ({ base }) => {
      const sent: string[] = [];
      const { calls, spool } = await trace(base, async (bridge) => {
        const instances = ONE_BY_ONE.map((rows) => ({ rows, columns: 64 }));
        sent.push(...await send(bridge, 0, instances, () => untilUploaded(bridge.spool)));
      });
      for (const sopInstanceUID of sent) assertOrder(calls, sopInstanceUID, spool);
      const renames = calls.flatMap((call) => renameOf(call) ?? []);
      const left = renames.filter(({ from }) => from.startsWith(`${spool}/ready/`));
      const again = left.flatMap(({ from, to, call }) => {
        const next = renames.find((other) => other.from === to);
        return next === undefined ? [] : [{ folder: parentOf(from), call, next: next.call }];
      });
      assert(again.length > 0, "no file was written over");
      for (const { folder, call, next } of again) assertSynced(calls, folder, call, next);
    }),
);

/** File, name and folder of an instance are durable before it is acknowledged. */
function assertOrder(calls: readonly SystemCall[], sopInstanceUID: string, spool: string): void {
  const answer = answerTo(calls, sopInstanceUID);
  const file = calls.find((call) =>
    isWrite(call) && call.file.startsWith(`${spool}/incoming/`) &&
    call.args.includes(sopInstanceUID)
  )?.file;
  assert(file !== undefined, `${sopInstanceUID} was written to no file`);
  const renamed = calls.flatMap((call) => renameOf(call) ?? []).find(({ from }) => from === file);
  assert(renamed !== undefined && renamed.to.startsWith(`${spool}/ready/`));

  assertSynced(
    calls,
    file,
    calls.findLast((call) => isWrite(call) && call.file === file),
    renamed.call,
  );
  assertSynced(calls, parentOf(renamed.to), renamed.call, answer);
  for (let made = parentOf(renamed.to); made !== spool; made = parentOf(made)) {
    const making = calls.find(({ name, args }) =>
      name.startsWith("mkdir") && args.includes(`"${made}"`)
    );
    assertSynced(calls, parentOf(made), making, answer);
  }
}

/** The write of the C-STORE-RSP about an instance, which says 0000. */
function answerTo(calls: readonly SystemCall[], sopInstanceUID: string): SystemCall {
  const sockets = new Set(
    calls.filter(({ file, args }) => file.startsWith("socket:") && args.includes(ACCEPT))
      .map(({ file }) => file),
  );
  const answer = calls.find(({ file, args }) =>
    sockets.has(file) && args.includes(P_DATA) && args.includes(sopInstanceUID)
  );
  assert(answer !== undefined, `no answer names ${sopInstanceUID}`);
  assert(answer.args.includes(SUCCESS), answer.args);
  return answer;
}

/** There is a sync of `file` after `last` has ended, which ends before `next` begins. */
function assertSynced(
  calls: readonly SystemCall[],
  file: string,
  last: SystemCall | undefined,
  next: SystemCall,
): void {
  assert(last !== undefined, `${file} was never made or written to`);
  const isSynced = calls.some((call) =>
    SYNCS.includes(call.name) && call.file === file && call.begin > last.end &&
    call.end < next.begin
  );
  assert(isSynced, `no sync of ${file} between ${last.name} and ${next.name}`);
}

function isWrite({ name }: SystemCall): boolean {
  return /write|truncate/.test(name);
}

/** The paths of a call that renames; undefined where it does something else. */
function renameOf(call: SystemCall): { from: string; to: string; call: SystemCall } | undefined {
  if (!call.name.startsWith("rename")) return undefined;
  const [from = "", to = ""] = Array.from(call.args.matchAll(/"([^"]*)"/g), ([, path]) => path);
  return { from, to, call };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
