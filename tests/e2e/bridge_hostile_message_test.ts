import { assertEquals } from "@std/assert";
import {
  ACCEPTED,
  CT,
  ctDataSet,
  ctStore,
  type DimseCase,
  ECHO,
  ECHOED,
  ending,
  enduring,
  runCase,
  STORED,
} from "../support/dimse_case.ts";
import {
  cancelRQ,
  command,
  commandPdu,
  echoRQ,
  fragmented,
  little,
  NO_DATA_SET,
  pData,
  PDV,
  pdv,
  RELEASE_RQ,
  storeRQ,
  text,
  UID,
} from "../support/dimse_bytes.ts";
import { buildDataSet, concat, ctElements } from "../support/part10_builder.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { withAttackedGateway } from "../support/unharmed_bridge.ts";

/** A command that the bridge cannot go on after. */
function unreadable(what: string, bytes: Uint8Array): DimseCase {
  return ending(what, [commandPdu(1, bytes)], "ABORT(2,6)");
}

/** A data set that is longer than a bridge tells its peers that a P-DATA may be. */
const LARGE = buildDataSet(ctElements({ sopInstanceUID: `${CT}.9`, rows: 256, columns: 256 }));

/** What senders may do, however few of them do. */
const UNUSUAL: readonly DimseCase[] = [
  enduring("command and data in one PDU", [
    pData(pdv(3, PDV.lastOfCommand, storeRQ(CT)), pdv(3, PDV.lastOfData, ctDataSet())),
  ], STORED),
  ...[8, 7, 1].map((bytes) =>
    enduring(`fragments of ${bytes} bytes`, [
      ...fragmented(3, "command", storeRQ(CT), bytes),
      concat(fragmented(3, "data", ctDataSet(), bytes)),
    ], STORED)
  ),
  enduring("last fragments without data", [
    pData(pdv(3, PDV.command, storeRQ(CT)), pdv(3, PDV.lastOfCommand)),
    pData(pdv(3, PDV.data, ctDataSet()), pdv(3, PDV.data), pdv(3, PDV.lastOfData)),
  ], STORED),
  enduring("a P-DATA longer than was agreed", [
    commandPdu(3, storeRQ(`${CT}.9`)),
    pData(pdv(3, PDV.lastOfData, LARGE)),
  ], STORED),
  enduring("two commands in one PDU", [
    pData(pdv(1, PDV.lastOfCommand, echoRQ(1)), pdv(1, PDV.lastOfCommand, echoRQ(2))),
  ], ...[ECHOED, ECHOED]),
  // Which of them is answered first is for the bridge to say.
  enduring("the end of a message and the next in one PDU", [
    commandPdu(3, storeRQ(CT)),
    pData(pdv(3, PDV.lastOfData, ctDataSet()), pdv(1, PDV.lastOfCommand, echoRQ(2))),
  ], ...[/^C-(STORE|ECHO)-RSP 0000$/, /^C-(STORE|ECHO)-RSP 0000$/]),
  enduring("three C-STORE at once", [
    concat([...ctStore(`${CT}.1`, 1), ...ctStore(`${CT}.2`, 2), ...ctStore(`${CT}.3`, 3)]),
  ], ...[STORED, STORED, STORED]),
  enduring("200 C-ECHO at once", [
    concat(Array.from({ length: 200 }, (_, index) => commandPdu(1, echoRQ(index)))),
  ], ...Array(200).fill(ECHOED)),
  enduring("C-STORE whose Message IDs are the same", [
    concat([...ctStore(`${CT}.1`, 7), ...ctStore(`${CT}.2`, 7)]),
  ], ...[STORED, STORED]),
  enduring("a data set with a command that needs none", [
    commandPdu(1, echoRQ(1, { 0x0800: 0 })),
    pData(pdv(1, PDV.lastOfData, ctDataSet())),
  ], ECHOED),
  enduring("a Command Data Set Type that nobody else has", [
    commandPdu(3, storeRQ(CT, 1, { 0x0800: 0x0202 })),
    ...fragmented(3, "data", ctDataSet()),
  ], STORED),
  enduring("a command with unknown elements", [
    commandPdu(1, echoRQ(1, { 0x0001: "length to end", 0x5010: "what", 0x0701: 77 })),
  ], ECHOED),
  enduring("a response that nobody waits for", [
    commandPdu(1, command({ 0x0100: 0x8030, 0x0120: 1, 0x0800: NO_DATA_SET, 0x0900: 0 })),
  ]),
  enduring("a data set of 40 MB with a response that nobody waits for", [
    commandPdu(3, command({ 0x0100: 0x8001, 0x0120: 1, 0x0800: 0, 0x0900: 0 })),
    concat(fragmented(3, "data", new Uint8Array(40e6), 60_000)),
  ]),
  enduring("C-CANCEL-RQ for nothing", [commandPdu(1, cancelRQ(77))]),
  enduring("a command that does not exist", [
    commandPdu(1, echoRQ(1, { 0x0100: 0x0077 })),
  ], "command 8077 0211"),
  enduring("a command on the context of another service", [
    commandPdu(1, storeRQ(CT)),
    ...fragmented(1, "data", ctDataSet()),
  ], /^C-STORE-RSP 0(122|211)$/),
];

/** What breaks the association, and nothing else. */
const BROKEN: readonly DimseCase[] = [
  ending("a command within a data set", [
    commandPdu(3, storeRQ(CT)),
    pData(pdv(3, PDV.data, ctDataSet().subarray(0, 1000))),
    ECHO,
  ], "ABORT(2,2)"),
  ending("a command within a command", [
    pData(pdv(3, PDV.command, storeRQ(CT).subarray(0, 20))),
    ECHO,
  ], "ABORT(2,2)"),
  ending("a data set within a command", [
    pData(pdv(3, PDV.command, storeRQ(CT).subarray(0, 20))),
    pData(pdv(3, PDV.lastOfData, ctDataSet())),
  ], "ABORT(2,2)"),
  ending("a data set on another context than its command", [
    commandPdu(3, storeRQ(CT)),
    pData(pdv(5, PDV.lastOfData, ctDataSet())),
  ], "ABORT(2,2)"),
  ending("data without a command", [pData(pdv(3, PDV.lastOfData, ctDataSet()))], "ABORT(2,2)"),
  ending("a release within a data set", [
    commandPdu(3, storeRQ(CT)),
    pData(pdv(3, PDV.data, ctDataSet().subarray(0, 1000))),
    RELEASE_RQ,
  ], "ABORT(2,2)"),
  ending("a release within a command", [
    pData(pdv(1, PDV.command, echoRQ().subarray(0, 20))),
    RELEASE_RQ,
  ], "ABORT(2,2)"),
  unreadable("a command without anything", new Uint8Array()),
  unreadable("a command of zeros", new Uint8Array(100)),
  unreadable("a command that is text", text("SELECT * FROM instances; --")),
  unreadable("a command without Command Field", command({ 0x0002: UID.verification, 0x0800: 1 })),
  unreadable("a command without Command Data Set Type", command({ 0x0100: 0x30, 0x0110: 1 })),
  unreadable("a command that ends within an element", echoRQ().subarray(0, -1)),
  unreadable(
    "a command with a length of 4 GiB",
    concat([echoRQ(), little(0, 2), little(2, 2), little(0xffffffff, 4)]),
  ),
  unreadable("a command with elements of other groups", concat([echoRQ(), ctDataSet()])),
  ending(
    "a command that never ends",
    [concat(fragmented(1, "command", new Uint8Array(200_000)).slice(0, -1))],
    "ABORT(2,6)",
  ),
];

for (
  const [name, cases] of [
    ["takes messages in whatever pieces they come", UNUSUAL],
    ["ends an association whose messages are broken, and nothing else", BROKEN],
  ] as const
) {
  Deno.test(`bridge: ${name}`, (t) =>
    withAttackedGateway(async (gateway) => {
      for (const one of cases) await t.step(one.what, () => runCase(gateway, one));
    }));
}

Deno.test("bridge: ends an association when data follows that its command did not announce", () =>
  withAttackedGateway(async (gateway) => {
    for (
      const [contextId, bytes, answer] of [
        [1, echoRQ(), ECHOED],
        [3, storeRQ(CT, 1, { 0x0800: NO_DATA_SET }), "C-STORE-RSP C000"],
      ] as const
    ) {
      using peer = await RawPeer.connect(gateway);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(commandPdu(contextId, bytes));
      assertEquals(await peer.next(), answer);
      await peer.send(...fragmented(contextId, "data", ctDataSet()));
      assertEquals(await peer.next(), "ABORT(2,2)");
    }
  }));
