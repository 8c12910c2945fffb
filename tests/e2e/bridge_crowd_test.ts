import { assertEquals } from "@std/assert";
import { associateRQ, pData, PDV, pdv } from "../support/dimse_bytes.ts";
import { ACCEPTED, CT, ctStore, ECHO, ECHOED, STORED } from "../support/dimse_case.ts";
import { assertEchoes, RawPeer } from "../support/dimse_raw.ts";
import { peerTest } from "../support/peers.ts";
import { untilUploaded } from "../support/spool_watch.ts";
import { type AttackedGateway, withAttackedGateway } from "../support/unharmed_bridge.ts";

/** Bytes of the bridge with thousands of connections. */
const MEMORY = 300e6;

/** C-ECHO again and again, each in the time of any other. */
const ECHOES = 20;

/** Connects so many peers, a few at a time, and has each do something. */
async function crowd(
  gateway: AttackedGateway,
  size: number,
  act: (peer: RawPeer) => Promise<unknown> = () => Promise.resolve(),
): Promise<Disposable> {
  const peers = new DisposableStack();
  for (let count = 0; count < size; count++) {
    const peer = peers.use(await RawPeer.connect(gateway));
    await act(peer);
  }
  return peers;
}

async function assertServed(gateway: AttackedGateway, what: string): Promise<void> {
  for (let times = 0; times < ECHOES; times++) await assertEchoes(gateway, what);
}

Deno.test("bridge: serves others at once beside 1,000 silent peers and 1,000 that stopped within a header", () =>
  withAttackedGateway(async (gateway) => {
    {
      using _silent = await crowd(gateway, 1000);
      using _stopped = await crowd(
        gateway,
        1000,
        (peer) => peer.send(associateRQ().subarray(0, 3)),
      );
      await assertServed(gateway, "beside 2,000 idle connections");
    }
    await gateway.assertUnharmed("after 2,000 idle connections");
  }, { memory: MEMORY }));

Deno.test("bridge: takes 4,096 connections that are no associations, closes others, and recovers", () =>
  withAttackedGateway(async (gateway) => {
    {
      using _silent = await crowd(gateway, 4096);
      using late = await RawPeer.connect(gateway);
      assertEquals(await late.next(), "closed");
    }
    await gateway.assertUnharmed("after 4,096 connections");
  }, { memory: MEMORY }));

Deno.test("bridge: 300 peers that it aborted or rejected take no place while they keep their connections", () =>
  withAttackedGateway(async (gateway) => {
    {
      using _aborted = await crowd(gateway, 150, async (peer) => {
        assertEquals(await peer.associate(), ACCEPTED);
        await peer.send(pData(pdv(99, PDV.lastOfCommand)));
        assertEquals(await peer.next(), "ABORT(2,6)");
      });
      using _rejected = await crowd(gateway, 150, async (peer) => {
        assertEquals(await peer.associate(associateRQ({ version: 2 })), "RJ(1,2,2)");
      });
      await assertServed(gateway, "beside 300 malformed sessions");
    }
    await gateway.assertUnharmed("after 300 malformed sessions");
  }));

Deno.test("bridge: serves as many associations as are configured, refuses more for now, and takes them later", () =>
  withAttackedGateway(async (gateway) => {
    const served: RawPeer[] = [];
    {
      using _associations = await crowd(gateway, gateway.associations, async (peer) => {
        assertEquals(await peer.associate(), ACCEPTED);
        served.push(peer);
      });
      using _refused = await crowd(gateway, 20, async (peer) => {
        assertEquals(await peer.associate(), "RJ(2,3,2)");
      });
      for (const peer of served) {
        await peer.send(ECHO);
        assertEquals(await peer.next(), ECHOED);
      }
    }
    await gateway.assertUnharmed("after every association was taken");
  }, { associations: 200 }));

peerTest(
  "bridge: recovers when peers have taken every descriptor that it may have",
  ["bash"],
  () =>
    withAttackedGateway(async (gateway) => {
      using sender = await RawPeer.connect(gateway);
      assertEquals(await sender.associate(), ACCEPTED);
      await sender.send(...ctStore(`${CT}.1`));
      assertEquals(await sender.next(), STORED);
      await untilUploaded(gateway.spool);
      using waiting = await beside(gateway, 300, async () => {
        await gateway.logged(/"No connection could be accepted"/);
        await sender.send(...ctStore());
        // Nothing can be written: it is worth another try.
        assertEquals(await sender.next(), "C-STORE-RSP A700");
        const waiting = await RawPeer.connect(gateway);
        await waiting.send(associateRQ());
        return waiting;
      });
      assertEquals(await waiting.next(), ACCEPTED);
      await sender.send(...ctStore());
      assertEquals(await sender.next(), STORED);
    }, { descriptors: 256 }),
);

/** Does something while so many peers are connected. */
async function beside<T>(
  gateway: AttackedGateway,
  size: number,
  act: () => Promise<T>,
): Promise<T> {
  using _crowd = await crowd(gateway, size);
  return await act();
}
