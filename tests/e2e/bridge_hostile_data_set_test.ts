import { assertEquals, assertMatch } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { CT, ctDataSet, type DimseCase, enduring, runCase } from "../support/dimse_case.ts";
import {
  associateRQ,
  commandPdu,
  type CommandValues,
  context,
  findRQ,
  fragmented,
  little,
  storeRQ,
  text,
  UID,
  userInformation,
} from "../support/dimse_bytes.ts";
import { assertEchoes, RawPeer } from "../support/dimse_raw.ts";
import { buildDataSet, concat, ctElements } from "../support/part10_builder.ts";
import { withAttackedGateway } from "../support/unharmed_bridge.ts";

/** UIDs in a command that are not those of the data set, or are none. */
const UIDS: readonly (readonly [what: string, values: CommandValues, status: string])[] = [
  ["another SOP Instance UID", { 0x1000: `${CT}.99` }, "A900"],
  ["another SOP Class UID", { 0x0002: UID.mrImage }, "A900"],
  ["a path as SOP Instance UID", { 0x1000: "../../../../tmp/owned" }, "C000"],
  ["an absolute path as SOP Instance UID", { 0x1000: "/tmp/owned" }, "C000"],
  ["dots as SOP Instance UID", { 0x1000: ".." }, "C000"],
  ["a NUL within the SOP Instance UID", { 0x1000: "1.2\0/../3" }, "C000"],
  ["a SOP Instance UID of 600 characters", { 0x1000: "1.2".padEnd(600, ".3") }, "C000"],
  ["no SOP Instance UID", { 0x1000: "" }, "C000"],
  ["no SOP Class UID", { 0x0002: "" }, "C000"],
];

/** What is no instance. */
const REFUSED: readonly DimseCase[] = [
  ...UIDS.map(([what, values, status]) =>
    enduring(
      `in the command ${what}`,
      [
        commandPdu(3, storeRQ(CT, 1, values)),
        ...fragmented(3, "data", ctDataSet()),
      ],
      `C-STORE-RSP ${status}`,
    )
  ),
  ...([
    ["nothing", new Uint8Array(), "C000|A900"],
    ["text", text("<html>".repeat(500)), "C000"],
    ["zeros", new Uint8Array(5000), "C000|A900"],
    ["half a data set", ctDataSet().subarray(0, 1001), "C000"],
    ["a data set that ends within a header", ctDataSet().subarray(0, 100), "C000|A900"],
    [
      "a value of 4 GiB",
      concat([ctDataSet(), text("\xfc\xff\xfc\xffOB\0\0\xfe\xff\xff\xff")]),
      "C000",
    ],
    ["a million sequences in one another", nested(1_000_000), "C000"],
    ["a million items of no length", items(1_000_000), "C000|0000"],
    [
      "a data set in another transfer syntax",
      buildDataSet(ctElements({ sopInstanceUID: CT }), UID.implicit),
      "C000|0000",
    ],
  ] as const).map(([what, bytes, statuses]) =>
    enduring(
      `${what} as data set`,
      [
        commandPdu(3, storeRQ(CT)),
        concat(fragmented(3, "data", bytes)),
      ],
      new RegExp(`^C-STORE-RSP (${statuses})$`),
    )
  ),
  ...([
    ["nothing", new Uint8Array(), "A900|C000"],
    ["text", text("<html>".repeat(500)), "A900|C000"],
    ["a million sequences in one another", nested(1_000_000, 8), "A900|C000"],
    [
      "four million bytes",
      concat([little(0x00080018, 4), little(4e6, 4), new Uint8Array(4e6)]),
      "A900|C000",
    ],
    [
      "a level that does not exist",
      buildDataSet([{ kind: "value", tag: 0x00080052, vr: "CS", value: "../.." }], UID.implicit),
      "A900",
    ],
  ] as const).map(([what, bytes, statuses]) =>
    enduring(
      `${what} as identifier`,
      [
        commandPdu(7, findRQ()),
        concat(fragmented(7, "data", bytes)),
      ],
      new RegExp(`^C-FIND-RSP (${statuses})$`),
    )
  ),
];

/** A data set whose sequences go on without end; headers of 12 bytes are explicit, of 8 implicit. */
function nested(depth: number, headerBytes: 8 | 12 = 12): Uint8Array {
  const begin = concat([
    text("\x08\0\x15\x11"),
    ...(headerBytes === 12 ? [text("SQ\0\0")] : []),
    text("\xff\xff\xff\xff"),
    text("\xfe\xff\0\xe0\xff\xff\xff\xff"),
  ]);
  return repeated(begin, depth);
}

function items(count: number): Uint8Array {
  const item = text("\xfe\xff\0\xe0\0\0\0\0");
  return concat([
    ctDataSet(),
    text("\xfc\xff\xfb\xffSQ\0\0\xff\xff\xff\xff"),
    repeated(item, count),
    text("\xfe\xff\xdd\xe0\0\0\0\0"),
  ]);
}

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const whole = new Uint8Array(bytes.length * count);
  for (let at = 0; at < whole.length; at += bytes.length) whole.set(bytes, at);
  return whole;
}

const DEFLATED = "1.2.840.10008.1.2.1.99";

/**
 * Bytes of memory: what is inflated comes in buffers of the zlib library, which are garbage at once
 * and collected late; 150 to 210 MB are usual.
 */
const INFLATING_MEMORY = 300e6;

/** Deflated data sets, each a thousand times as long as what is sent. */
const BOMBS: readonly (readonly [what: string, bytes: () => Uint8Array, answer: RegExp])[] = [
  [
    "one value of zeros",
    () => concat([text("\x09\0\x10\0OB\0\0"), little(4e8, 4), new Uint8Array(4e8)]),
    /^C-STORE-RSP A900$/,
  ],
  [
    "elements without a value",
    () => repeated(text("\x09\0\x10\x10LO\0\0"), 2e7),
    /^C-STORE-RSP (A900|C000)$/,
  ],
];

for (const [what, bytes, answer] of BOMBS) {
  Deno.test(`bridge: others are served while it inflates ${what}`, () =>
    withAttackedGateway(async (gateway) => {
      using peer = await RawPeer.connect(gateway, 60_000);
      const contexts = [context(3, UID.ctImage, DEFLATED), userInformation()];
      assertEquals(await peer.associate(associateRQ({ items: contexts })), "AC 0");
      const data = fragmented(3, "data", deflateRawSync(bytes()), 60_000);
      await peer.send(commandPdu(3, storeRQ(CT)), ...data);
      let isAnswered = false;
      async function echo(): Promise<void> {
        while (!isAnswered) await assertEchoes(gateway, `beside ${what}`);
      }
      const answered = peer.next().finally(() => isAnswered = true);
      const [said] = await Promise.all([answered, echo()]);
      assertMatch(said, answer);
    }, { memory: INFLATING_MEMORY }));
}

for (
  const [name, cases] of [
    ["refuses data sets that are none, and goes on with the association", REFUSED],
  ] as const
) {
  Deno.test(`bridge: ${name}`, (t) =>
    withAttackedGateway(async (gateway) => {
      for (const one of cases) await t.step(one.what, () => runCase(gateway, one));
    }));
}
