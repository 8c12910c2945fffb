import { assert, assertEquals } from "@std/assert";
import { type BridgeProcess, startBridge } from "../support/bridge_process.ts";
import { commandPdu, fragmented, storeRQ } from "../support/dimse_bytes.ts";
import { ACCEPTED, ECHO, ECHOED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { buildDataSet, ctElements } from "../support/part10_builder.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";
import { status, stored, type StowServer, withStowServer } from "../support/stow_server.ts";
import { smallDiskTest } from "../support/tmpfs.ts";

const DISK_MIB = 24;
const NO_ROOM = "C-STORE-RSP A700";

/** Runs a test with a bridge whose spool is on a small disk. */
async function withBridge(
  disk: string,
  reserve: { spoolReserveMiB?: number },
  run: (bridge: BridgeProcess, server: StowServer) => Promise<void>,
): Promise<void> {
  await withStowServer(async (server) => {
    const bridge = await startBridge(server.base, {
      env: { GANTRY_SPOOL: `${disk}/spool` },
      config: { dimse: reserve },
    });
    let code;
    try {
      await run(bridge, server);
    } finally {
      code = await bridge.stop();
    }
    assertEquals(code, 0, bridge.log());
  });
}

/** Stores an image of so many rows of a KiB; resolves to the response. */
async function store(peer: RawPeer, sopInstanceUID: string, rows = 512): Promise<string> {
  const dataSet = buildDataSet(ctElements({ sopInstanceUID, rows, columns: 512 }));
  await peer.send(commandPdu(3, storeRQ(sopInstanceUID)), ...fragmented(3, "data", dataSet));
  return await peer.next();
}

smallDiskTest(
  "a full spool: A700 and no new association, until the server has taken what is there",
  DISK_MIB,
  async (disk) => {
    await withBridge(disk, {}, async (bridge, server) => {
      server.answer = () => status(503, { "Retry-After": "0" });
      using peer = await RawPeer.connect(bridge);
      assertEquals(await peer.associate(), ACCEPTED);
      const acknowledged: string[] = [];
      for (let n = 0;; n++) {
        const uid = `2.25.${n + 1}`;
        const response = await store(peer, uid);
        if (response === NO_ROOM) break;
        assertEquals(response, STORED);
        acknowledged.push(uid);
      }
      assert(acknowledged.length > DISK_MIB, `${acknowledged.length} instances`);
      assertEquals(spooled(bridge.spool, "incoming"), []);
      // The association lives, small instances wait too, and nobody else gets that far.
      assertEquals(await store(peer, "2.25.9001", 1), NO_ROOM);
      await peer.send(ECHO);
      assertEquals(await peer.next(), ECHOED);
      using other = await RawPeer.connect(bridge);
      assertEquals(await other.associate(), "RJ(2,3,1)");

      server.answer = ({ uids }) => stored(uids);
      await untilUploaded(bridge.spool);
      const uploaded = new Set(server.requests.flatMap(({ uids }) => uids));
      assertEquals(acknowledged.filter((uid) => !uploaded.has(uid)), []);
      assertEquals(spooled(bridge.spool, "dead"), []);
      assertEquals(await store(peer, "2.25.9002"), STORED);
      using late = await RawPeer.connect(bridge);
      assertEquals(await late.associate(), ACCEPTED);
      assertEquals(await store(late, "2.25.9003"), STORED);
      await untilUploaded(bridge.spool);
    });
  },
);

smallDiskTest(
  "a disk that is full in the middle of an instance: A700, nothing of it is left, others are stored",
  DISK_MIB,
  async (disk) => {
    await withBridge(disk, { spoolReserveMiB: 0 }, async (bridge) => {
      using peer = await RawPeer.connect(bridge);
      assertEquals(await peer.associate(), ACCEPTED);
      for (const n of [1, 2, 3]) {
        assertEquals(await store(peer, `2.25.${n}`, (DISK_MIB + 2) * 1024), NO_ROOM);
        assertEquals(spooled(bridge.spool, "incoming"), []);
        assertEquals(await store(peer, `2.25.${n}.1`), STORED);
      }
      await untilUploaded(bridge.spool);
    });
  },
);
