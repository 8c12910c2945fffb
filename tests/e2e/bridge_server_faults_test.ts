import { assertEquals } from "@std/assert";
import { type BridgeProcess, startBridge } from "../support/bridge_process.ts";
import { runTool, statusesOf } from "../support/dcmtk.ts";
import { ACCEPTED, ctStore, ECHO, ECHOED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import {
  absent,
  breakingOff,
  cutting,
  passing,
  refusing,
  type StartFront,
} from "../support/faulty_front.ts";
import { freePort } from "../support/orthanc.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";
import { stored, withStowServer } from "../support/stow_server.ts";

/** Instances that are sent during each fault, each too large for what is read before a connection is cut. */
const INSTANCES = 8;
/** Milliseconds in which a sender whose instance waits for the server is answered, as modalities wait. */
const PATIENCE = 30_000;
/** Calls itself as RawPeer does, and is answered once the server has its instances. */
const WAITING_AE = { title: "RAW", host: "127.0.0.1", port: 104, ack: "core" };

const FAULTS: readonly (readonly [fault: string, StartFront])[] = [
  ["is not there", absent],
  ["answers 500", refusing(500)],
  ["answers 429", refusing(429, { "Retry-After": "1" })],
  ["cuts its connections", cutting],
  ["stores, and breaks its answer off", breakingOff],
];

/** Runs a bridge to the end of a test. */
async function withBridge(
  coreUrl: string,
  config: unknown,
  test: (bridge: BridgeProcess) => Promise<void>,
): Promise<void> {
  const bridge = await startBridge(coreUrl, { config });
  let code;
  try {
    await test(bridge);
  } finally {
    code = await bridge.stop();
  }
  assertEquals(code, 0, bridge.log());
}

/** Sends one image again and again, each time as another instance; every one is acknowledged. */
async function send({ aet, host, port }: BridgeProcess, file: string): Promise<void> {
  const invent = ["+II", "--repeat", `${INSTANCES}`];
  const { code, output } = await runTool("storescu", [
    ...["-v", "-aec", aet, ...invent, host, `${port}`, file],
  ]);
  assertEquals(code, 0, output);
  assertEquals(statusesOf(output), Array(INSTANCES).fill("Success"));
}

/** UIDs that a STOW-RS answer names as stored. */
function storedUIDs(answer: string): string[] {
  const module: Record<string, { Value: Record<string, { Value: string[] }>[] }> = JSON.parse(
    answer,
  );
  return module["00081199"]!.Value.map((item) => item["00081155"]!.Value[0]!);
}

async function storedAt(dicomweb: string): Promise<string[]> {
  const matches: Record<string, { Value: string[] }>[] =
    await (await fetch(`${dicomweb}/instances`)).json();
  return matches.map((match) => match["00080018"]!.Value[0]!);
}

peerTest(
  "bridge: takes everything while the server fails, and brings each instance to it once",
  ["storescu"],
  async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "gantry-bridge-faults-" });
    const server = await startServer();
    try {
      const file = `${folder}/image.dcm`;
      await Deno.writeFile(file, ctInstance({ rows: 64, columns: 64 }));
      await withBridge(`http://127.0.0.1:${port}/dicomweb`, undefined, async (bridge) => {
        const answered: string[] = [];
        const healthy = passing((text) => {
          answered.push(...storedUIDs(text));
          return text;
        });
        let sent = 0;
        for (const [fault, start] of FAULTS) {
          const faulty = start(port, server.url);
          await send(bridge, file);
          await faulty.met;
          await bridge.logged(/The server did not take instances/);
          await faulty.stop();
          const front = healthy(port, server.url);
          await untilUploaded(bridge.spool);
          await front.stop();
          sent += INSTANCES;
          assertEquals((await storedAt(server.dicomweb)).length, sent, `a server that ${fault}`);
          assertEquals(spooled(bridge.spool, "dead"), []);
        }

        const { promise: isSent, resolve } = Promise.withResolvers<void>();
        const slow = passing(async (text) => {
          await isSent;
          answered.push(...storedUIDs(text));
          return text;
        })(port, server.url);
        await send(bridge, file);
        resolve();
        await untilUploaded(bridge.spool);
        await slow.stop();
        assertEquals(answered.toSorted(), (await storedAt(server.dicomweb)).toSorted());
      });
    } finally {
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("bridge: ack core answers 0000 once the server has answered that it stored the instance", () =>
  withStowServer(async (server) => {
    const order: string[] = [];
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    server.answer = async ({ uids }) => {
      asked.resolve();
      await held.promise;
      order.push("200");
      return stored(uids);
    };
    await withBridge(server.base, { aes: [WAITING_AE] }, async (bridge) => {
      using peer = await RawPeer.connect(bridge);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(...ctStore());
      await asked.promise;
      await peer.send(ECHO);
      order.push(await peer.next());
      held.resolve();
      order.push(await peer.next());
      assertEquals(order, [ECHOED, "200", STORED]);
      assertEquals(leftIn(bridge), []);
    });
  }));

Deno.test("bridge: ack core answers A700 while the server is not there, and keeps nothing", () =>
  withBridge(`http://127.0.0.1:${freePort()}`, { aes: [WAITING_AE] }, async (bridge) => {
    using peer = await RawPeer.connect(bridge, PATIENCE);
    assertEquals(await peer.associate(), ACCEPTED);
    await peer.send(...ctStore());
    assertEquals(await peer.next(), "C-STORE-RSP A700");
    assertEquals(leftIn(bridge), []);
    await peer.send(ECHO);
    assertEquals(await peer.next(), ECHOED);
  }));

function leftIn({ spool }: BridgeProcess): string[] {
  return [...spooled(spool, "incoming"), ...spooled(spool, "ready"), ...spooled(spool, "dead")];
}
