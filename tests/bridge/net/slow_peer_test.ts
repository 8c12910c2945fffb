import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import type { Services } from "../../../bridge/net/association.ts";
import { DEFAULT_TIMERS, type Timers } from "../../../bridge/net/connect_options.ts";
import { DEFAULT_LIMITS, type ListenLimits } from "../../../bridge/net/connections.ts";
import { type DimseListener, listenDimse } from "../../../bridge/net/listen.ts";
import { createAdmission } from "../../../bridge/scp/admission.ts";
import { echoService } from "../../../bridge/scp/echo.ts";
import { createServices } from "../../../bridge/scp/services.ts";
import { cFindRSP, cStoreRSP } from "../../../lib/dimse/responses.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import {
  associateRQ,
  commandPdu,
  echoRQ,
  findRQ,
  fragmented,
  pData,
  PDU,
  pdu,
  PDV,
  pdv,
  RELEASE_RQ,
  storeRQ,
} from "../../support/dimse_bytes.ts";
import { ACCEPTED, CT, ctStore, ECHO, ECHOED, STORED } from "../../support/dimse_case.ts";
import { concat } from "../../support/part10_builder.ts";
import { assertEchoes, type DimseAddress, RawPeer } from "../../support/dimse_raw.ts";

/** Short enough to be waited for. */
const SHORT = 150;

/** What the listener was asked to write off, and what it said. */
interface Slow extends DimseAddress {
  readonly listener: DimseListener;
  /** Data sets that were begun and given up. */
  readonly discarded: () => number;
}

/** Answers every C-FIND without end, until the peer is gone. */
const endless: Services = ({ association, context, command }) => ({
  async run() {
    const match = new Uint8Array(64 * 1024);
    while (!association.signal.aborted) {
      await association.send(context.id, cFindRSP(command, STATUS.pending), match);
    }
  },
});

/** Runs a test on a listener with some timers short; it must be left by everyone at the end. */
async function withListener(
  timers: Partial<Timers>,
  limits: Partial<ListenLimits>,
  test: (slow: Slow) => Promise<void>,
): Promise<void> {
  let discarded = 0;
  const store: Services = ({ association, context, command }) => ({
    write() {},
    run: () => association.send(context.id, cStoreRSP(command, STATUS.success)),
    discard: () => Promise.resolve(void discarded++),
  });
  const maxPduLength = 65_536;
  const listener = listenDimse({
    hostname: "127.0.0.1",
    port: 0,
    maximumLength: maxPduLength,
    timers: { ...DEFAULT_TIMERS, ...timers },
    limits: { ...DEFAULT_LIMITS, ...limits },
    log: () => {},
    admit: createAdmission({
      identify: () => Promise.resolve({ kind: "stranger" }),
      services: createServices({
        echo: echoService,
        store,
        find: endless,
        move: endless,
        get: endless,
      }),
      maxPduLength,
      operations: 16,
    }),
  });
  const { port } = listener;
  try {
    await test({ host: "127.0.0.1", port, listener, discarded: () => discarded });
    await untilLeft(listener);
  } finally {
    await listener.close();
  }
}

/** Resolves when nobody is connected any more. */
async function untilLeft(listener: DimseListener): Promise<void> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const { associations, connections } = listener.count;
    if (associations + connections === 0) return;
    assert(
      performance.now() < deadline,
      `${associations} associations, ${connections} connections`,
    );
    // Whoever is served next shows that the listener's turn has come.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Milliseconds until the bridge says this. */
async function timeUntil(peer: RawPeer, answer: string): Promise<number> {
  const started = performance.now();
  assertEquals(await peer.next(), answer);
  return performance.now() - started;
}

/** Sends single bytes, each after a while, until the bridge says this; resolves to the milliseconds up to that. */
async function drip(peer: RawPeer, bytes: Uint8Array, answer: string): Promise<number> {
  let isAnswered = false;
  async function send(): Promise<void> {
    for (let at = 0; at < bytes.length && !isAnswered; at++) {
      await peer.send(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, SHORT / 10));
    }
  }
  const answered = timeUntil(peer, answer).finally(() => isAnswered = true);
  const [time] = await Promise.all([answered, send()]);
  return time;
}

Deno.test("listenDimse: closes connections on which no association is asked for in time", () =>
  withListener({ artim: SHORT }, {}, async (slow) => {
    for (const begun of [[], [associateRQ().subarray(0, 3)], [associateRQ().subarray(0, 100)]]) {
      using peer = await RawPeer.connect(slow);
      await peer.send(...begun);
      const time = await timeUntil(peer, "closed");
      assertGreaterOrEqual(time, SHORT - 20);
      assertLess(time, 10 * SHORT);
    }
  }));

Deno.test("listenDimse: closes a connection whose request comes byte by byte, however steadily", () =>
  withListener({ artim: SHORT }, {}, async (slow) => {
    using peer = await RawPeer.connect(slow);
    assertLess(await drip(peer, associateRQ(), "closed"), 10 * SHORT);
  }));

Deno.test("listenDimse: aborts a peer whose PDU comes byte by byte, however steadily", () =>
  withListener({ pdu: SHORT }, {}, async (slow) => {
    using peer = await RawPeer.connect(slow);
    assertEquals(await peer.associate(), ACCEPTED);
    await peer.send(commandPdu(3, storeRQ(CT)));
    const data = pdu(PDU.data, pdv(3, PDV.data, new Uint8Array(10_000)));
    assertLess(await drip(peer, data, "ABORT(0,0)"), 10 * SHORT);
    assertEquals(slow.discarded(), 1);
  }));

Deno.test("listenDimse: aborts a peer that stops within a message", () =>
  withListener({ pdu: SHORT, message: SHORT }, {}, async (slow) => {
    const stops = [
      [commandPdu(3, storeRQ(CT))],
      [commandPdu(3, storeRQ(CT)), pData(pdv(3, PDV.data, new Uint8Array(100)))],
      [commandPdu(3, storeRQ(CT)), pdu(PDU.data, new Uint8Array(), 100)],
      [pData(pdv(3, PDV.command, storeRQ(CT)))],
      [ECHO.subarray(0, 3)],
    ];
    for (const sends of stops) {
      using peer = await RawPeer.connect(slow);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(...sends);
      assertLess(await timeUntil(peer, "ABORT(0,0)"), 10 * SHORT);
    }
    assertEquals(slow.discarded(), 3);
  }));

Deno.test("listenDimse: aborts an association on which nothing is asked, and no other", () =>
  withListener({ idle: SHORT }, {}, async (slow) => {
    using idle = await RawPeer.connect(slow);
    assertEquals(await idle.associate(), ACCEPTED);
    using busy = await RawPeer.connect(slow);
    assertEquals(await busy.associate(), ACCEPTED);
    let isAborted = false;
    async function keepBusy(): Promise<void> {
      while (!isAborted) {
        await busy.send(ECHO);
        assertEquals(await busy.next(), ECHOED);
      }
    }
    const aborted = timeUntil(idle, "ABORT(0,0)").finally(() => isAborted = true);
    const [time] = await Promise.all([aborted, keepBusy()]);
    assertLess(time, 10 * SHORT);
  }));

Deno.test("listenDimse: gives up a peer that does not read what it asked for", () =>
  withListener({ write: SHORT }, {}, async (slow) => {
    using peer = await RawPeer.connect(slow);
    assertEquals(await peer.associate(), ACCEPTED);
    await peer.send(
      commandPdu(7, findRQ()),
      ...fragmented(7, "data", new Uint8Array()),
    );
    await untilLeft(slow.listener);
  }));

Deno.test("listenDimse: takes no more requests of a peer than it can answer", () =>
  withListener({ write: SHORT }, {}, async (slow) => {
    using peer = await RawPeer.connect(slow);
    assertEquals(await peer.associate(), ACCEPTED);
    const find = concat([commandPdu(7, findRQ()), ...fragmented(7, "data", new Uint8Array())]);
    // Each is answered without end: the bridge stops to read long before these are sent.
    const sent = peer.send(...Array.from({ length: 100_000 }, () => find));
    await untilLeft(slow.listener);
    assertEquals(await sent, false);
  }));

Deno.test("listenDimse: closes the connection of a peer that does not do so after a release or an abort", () =>
  withListener({ artim: SHORT }, {}, async (slow) => {
    for (
      const [sends, answer] of [
        [RELEASE_RQ, "RELEASE-RP"],
        [pData(pdv(99, PDV.lastOfCommand, echoRQ())), "ABORT(2,6)"],
      ] as const
    ) {
      using peer = await RawPeer.connect(slow);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(sends);
      assertEquals(await peer.next(), answer);
      assertEquals(slow.listener.count, { associations: 0, connections: 1 });
      assertLess(await timeUntil(peer, "closed"), 10 * SHORT);
    }
    using rejected = await RawPeer.connect(slow);
    assertEquals(await rejected.associate(associateRQ({ version: 2 })), "RJ(1,2,2)");
    assertLess(await timeUntil(rejected, "closed"), 10 * SHORT);
  }));

Deno.test("listenDimse: closes connections that are too many at once, and takes others when these are gone", () =>
  withListener({}, { connections: 20 }, async (slow) => {
    const idle = await Promise.all(Array.from({ length: 20 }, () => RawPeer.connect(slow)));
    for (let times = 0; times < 5; times++) {
      using late = await RawPeer.connect(slow);
      assertEquals(await late.next(), "closed");
    }
    for (const peer of idle) peer[Symbol.dispose]();
    await untilLeft(slow.listener);
    await assertEchoes(slow, "after those that were too many");
  }));

Deno.test("listenDimse: refuses associations that are too many as transient, and takes others when these are gone", () =>
  withListener({}, { associations: 3 }, async (slow) => {
    const taken = await Promise.all(Array.from({ length: 3 }, async () => {
      const peer = await RawPeer.connect(slow);
      assertEquals(await peer.associate(), ACCEPTED);
      return peer;
    }));
    for (let times = 0; times < 5; times++) {
      using late = await RawPeer.connect(slow);
      assertEquals(await late.associate(), "RJ(2,3,2)");
    }
    for (const peer of taken) {
      await peer.send(...ctStore());
      assertEquals(await peer.next(), STORED);
      peer[Symbol.dispose]();
    }
    await untilLeft(slow.listener);
    await assertEchoes(slow, "after those that were too many");
  }));
