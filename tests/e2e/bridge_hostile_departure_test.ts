import { assertEquals } from "@std/assert";
import {
  ABORT,
  associateRQ,
  commandPdu,
  fragmented,
  RELEASE_RQ,
  storeRQ,
  text,
} from "../support/dimse_bytes.ts";
import { ACCEPTED, CT, ctDataSet, ctStore, ECHO, ECHOED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { withAttackedGateway } from "../support/unharmed_bridge.ts";

/** What a peer has sent when it goes, before it asked for an association. */
const UNASKED: Readonly<Record<string, readonly Uint8Array[]>> = {
  "at once": [],
  "within a request": [associateRQ().subarray(0, 100)],
  "without waiting to be accepted": [associateRQ()],
};

/** What a peer has sent when it goes, after it was accepted. */
const ACCEPTED_BEFORE: Readonly<Record<string, readonly Uint8Array[]>> = {
  "when it is accepted": [],
  "within a command": fragmented(3, "command", storeRQ(CT), 40).slice(0, 2),
  "between command and data": [commandPdu(3, storeRQ(CT))],
  "within the header of a PDU": [commandPdu(3, storeRQ(CT)), text("\x04\0\0")],
  "within a data set": [
    commandPdu(3, storeRQ(CT)),
    ...fragmented(3, "data", ctDataSet(), 1000).slice(0, -1),
  ],
  "within a fragment": ctStore().map((pdu, index) => index === 0 ? pdu : pdu.subarray(0, -100)),
  "without waiting for the answer": ctStore(),
  "with many requests unanswered": [
    ...Array.from({ length: 50 }, (_, n) => ctStore(`${CT}.${n}`, n)).flat(),
    ECHO,
  ],
  "in the middle of a release": [...ctStore(), RELEASE_RQ],
};

/** How it may go; the socket is closed after it in any case. */
const WAYS: Readonly<Record<string, (peer: RawPeer) => Promise<unknown>>> = {
  // With answers unread the system sends a reset.
  "resets the connection": () => Promise.resolve(),
  "aborts": (peer) => peer.send(ABORT),
  async "closes its direction and reads on"(peer) {
    await peer.closeWrite();
    while (await peer.next() !== "closed");
  },
};

/** As often as there are associations, so that one that stays would be missed. */
const TIMES = 5;

for (const [way, depart] of Object.entries(WAYS)) {
  Deno.test(`bridge: nothing is left of a peer that ${way}`, (t) =>
    withAttackedGateway(async (gateway) => {
      for (const [isAccepted, moments] of [[false, UNASKED], [true, ACCEPTED_BEFORE]] as const) {
        for (const [moment, sends] of Object.entries(moments)) {
          await t.step(moment, async () => {
            for (let times = 0; times < TIMES; times++) {
              using peer = await RawPeer.connect(gateway);
              if (isAccepted) assertEquals(await peer.associate(), ACCEPTED);
              await peer.send(...sends);
              await depart(peer);
            }
            await gateway.assertUnharmed(moment);
          });
        }
      }
    }));
}

Deno.test("bridge: a peer that has closed its direction gets its answers, then the end", () =>
  withAttackedGateway(async (gateway) => {
    using peer = await RawPeer.connect(gateway);
    assertEquals(await peer.associate(), ACCEPTED);
    await peer.send(...ctStore(), ECHO);
    await peer.closeWrite();
    const answers = await peer.answers(3);
    assertEquals(answers.toSorted(), [ECHOED, STORED, "closed"]);
    assertEquals(answers[2], "closed");
  }));

Deno.test("bridge: what a peer sends again, since it did not hear of it, is stored", () =>
  withAttackedGateway(async (gateway) => {
    for (let times = 0; times <= TIMES; times++) {
      using peer = await RawPeer.connect(gateway);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(...ctStore());
      if (times === TIMES) assertEquals(await peer.next(), STORED);
    }
  }));
