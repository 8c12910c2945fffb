/**
 * What writers get wrong and the scan forgives or refuses.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { SEQUENCE_DEPTH } from "../../../lib/dicom/scan.ts";
import { LimitError } from "../../../lib/errors.ts";
import { scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  type BuiltElement,
  concat,
  header,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const IMPLICIT = { explicit: false, little: true };
const UNDEFINED = 0xffffffff;
const FIRST = buildDataSet([value(0x00080005, "CS", "ISO_IR 100")]);
const LAST = value(0x00100020, "LO", "PID1");
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;

/** Scans an explicit data set that begins soundly, goes on with `parts` and ends with a patient's ID. */
async function scanBetween(...parts: Uint8Array[]): Promise<DataSet> {
  const { dataSet } = await scan(concat([FIRST, ...parts, buildDataSet([LAST])]), 3);
  assertEquals(dataSet.get(0x00100020)?.kind, "value", "the scan found its way back");
  return dataSet;
}

function delimiter(tag: number, length = 0): Uint8Array {
  return header(tag, "", length, IMPLICIT);
}

/** Elements and items in a form that is easy to compare: `{tag: bytes as text, or items}`. */
function outline(dataSet: DataSet | undefined): unknown {
  return Object.fromEntries([...dataSet ?? []].map(([tag, element]) => {
    const name = tag.toString(16).padStart(8, "0");
    switch (element.kind) {
      case "value":
        return [name, `${element.vr} ${new TextDecoder("latin1").decode(element.bytes)}`];
      case "sequence":
        return [name, element.items.map(outline)];
      default:
        return [name, element.kind];
    }
  }));
}

Deno.test("DataSetScanner: reads UN of undefined length as a sequence with implicit content", async () => {
  const inner = [value(0x00091001, "LO", "AB"), value(0x00080100, "SH", "CODE")];
  const unknown = sequence(0x00091010, [inner], { vr: "UN" });
  const expected = [{ "00091001": "UN AB", "00080100": "SH CODE" }];
  const dataSet = await scanBetween(buildDataSet([unknown]));
  assertEquals(outline(dataSet), {
    "00080005": "CS ISO_IR 100",
    "00091010": expected,
    "00100020": "LO PID1",
  });
  const big = await scan(buildDataSet([value(0x00080005, "CS", "A "), unknown], SYNTAX.bigEndian));
  assertEquals(outline(big.dataSet), { "00080005": "CS A ", "00091010": expected });
});

Deno.test("DataSetScanner: reads UN of defined length as a sequence only where the dictionary has one", async () => {
  const inner = [value(0x00080100, "SH", "CODE")];
  const known = sequence(0x00081140, [inner], { vr: "UN", length: "defined" });
  const unknown = sequence(0x00091010, [inner], { vr: "UN", length: "defined" });
  const noItems = value(0x00082112, "UN", "no items");
  const empty = value(0x00082218, "UN", "");
  const dataSet = await scanBetween(buildDataSet([known, noItems, empty, unknown]));
  assertEquals((outline(dataSet) as Record<string, unknown>)["00081140"], [{
    "00080100": "SH CODE",
  }]);
  assertEquals(dataSet.get(0x00082112)?.kind, "value");
  assertEquals((outline(dataSet) as Record<string, unknown>)["00082218"], []);
  assertEquals(dataSet.get(0x00091010)?.kind, "value");
});

Deno.test("DataSetScanner: reads UN with explicit content where a writer left it so", async () => {
  const item = buildDataSet([value(0x00080100, "SH", "CODE")]);
  const content = concat([delimiter(ITEM, item.length), item]);
  const dataSet = await scanBetween(
    concat([header(0x00081140, "UN", content.length), content]),
    concat([header(0x00091010, "UN", UNDEFINED), content, delimiter(SEQUENCE_END)]),
  );
  assertEquals(outline(dataSet), {
    "00080005": "CS ISO_IR 100",
    "00081140": [{ "00080100": "SH CODE" }],
    "00091010": [{ "00080100": "SH CODE" }],
    "00100020": "LO PID1",
  });
});

Deno.test("DataSetScanner: decides between US and SS by Pixel Representation, also from around an item", async () => {
  const pixelValue: BuiltElement = value(0x00280106, "US", [1]);
  const elements = (representation: number) => [
    value(0x00080005, "CS", "A "),
    value(0x00280103, "US", [representation]),
    pixelValue,
    sequence(0x00283000, [[pixelValue], [value(0x00280103, "US", [1]), pixelValue]]),
  ];
  for (const [representation, vr] of [[0, "US"], [1, "SS"]] as const) {
    const { dataSet } = await scan(buildDataSet(elements(representation), SYNTAX.implicit), 5);
    const items = dataSet.get(0x00283000);
    assert(items?.kind === "sequence");
    assertEquals(dataSet.get(0x00280106)?.vr, vr);
    assertEquals(items.items.map((item) => item.get(0x00280106)?.vr), [vr, "SS"]);
  }
});

Deno.test("DataSetScanner: reads an unknown VR with a 32-bit length, or 16 where that cannot be", async () => {
  const future = concat([header(0x00091001, "OZ", 4), new TextEncoder().encode("LONG")]);
  const short = concat([
    header(0x00091002, "ZZ", 0).subarray(0, 8),
    new TextEncoder().encode("SHOR"),
  ]);
  short[6] = 4;
  assertEquals(outline(await scanBetween(future, short)), {
    "00080005": "CS ISO_IR 100",
    "00091001": "UN LONG",
    "00091002": "UN SHOR",
    "00100020": "LO PID1",
  });
});

Deno.test("DataSetScanner: reads implicit elements within an explicit data set", async () => {
  const implicit = buildDataSet([
    value(0x00080060, "CS", "CT"),
    sequence(0x00081140, [[value(0x00081155, "UI", "1.2.")]]),
  ], SYNTAX.implicit);
  assertEquals(outline(await scanBetween(implicit)), {
    "00080005": "CS ISO_IR 100",
    "00080060": "CS CT",
    "00081140": [{ "00081155": "UI 1.2." }],
    "00100020": "LO PID1",
  });
});

Deno.test("DataSetScanner: takes delimiters at their word, whatever length they claim", async () => {
  const dataSet = await scanBetween(
    header(0x00081140, "SQ", UNDEFINED),
    delimiter(ITEM, UNDEFINED),
    buildDataSet([value(0x00081155, "UI", "1.2.")]),
    delimiter(ITEM_END, 12),
    delimiter(SEQUENCE_END, UNDEFINED),
  );
  assertEquals((outline(dataSet) as Record<string, unknown>)["00081140"], [{
    "00081155": "UI 1.2.",
  }]);
});

Deno.test("DataSetScanner: passes over delimiters that end nothing", async () => {
  const item = buildDataSet([value(0x00081155, "UI", "1.2.")]);
  const dataSet = await scanBetween(
    header(0x00081140, "SQ", item.length + 32),
    delimiter(ITEM, item.length + 8),
    item,
    delimiter(ITEM_END),
    delimiter(ITEM_END),
    delimiter(SEQUENCE_END),
    delimiter(SEQUENCE_END),
    delimiter(ITEM_END),
  );
  assertEquals((outline(dataSet) as Record<string, unknown>)["00081140"], [{
    "00081155": "UI 1.2.",
  }]);
});

Deno.test("DataSetScanner: misses no delimiter of an item where the next item or the end follows", async () => {
  const item = buildDataSet([value(0x00081155, "UI", "1.2.")]);
  const dataSet = await scanBetween(
    header(0x00081140, "SQ", UNDEFINED),
    delimiter(ITEM, UNDEFINED),
    item,
    delimiter(ITEM, UNDEFINED),
    item,
    delimiter(SEQUENCE_END),
  );
  assertEquals((outline(dataSet) as Record<string, unknown>)["00081140"], [
    { "00081155": "UI 1.2." },
    { "00081155": "UI 1.2." },
  ]);
});

Deno.test("DataSetScanner: keeps odd lengths, group lengths, disorder, and the first of equal tags", async () => {
  const odd = concat([header(0x00081030, "LO", 3), new TextEncoder().encode("odd")]);
  const rest = [value(0x00080050, "SH", "ONE "), value(0x00080050, "SH", "TWO ")];
  const dataSet = await scanBetween(
    odd,
    buildDataSet([value(0x00080000, "UL", [99]), ...rest]),
  );
  assertEquals(outline(dataSet), {
    "00080005": "CS ISO_IR 100",
    "00081030": "LO odd",
    "00080000": "UL c\0\0\0",
    "00080050": "SH ONE ",
    "00100020": "LO PID1",
  });
});

Deno.test("DataSetScanner: tolerates zeros after the data set and nothing else", async () => {
  for (const count of [1, 7, 8, 9, 1000]) {
    const { dataSet } = await scan(concat([FIRST, new Uint8Array(count)]), 5);
    assertEquals(dataSet.size, 1);
  }
  const garbage = [
    [[Uint8Array.of(1)], "The object ends inside the header of an element"],
    [[new Uint8Array(16).fill(0x41)], "The object ends 16697 bytes before the end of (4141,4141)"],
    [[new Uint8Array(20), Uint8Array.of(1)], "Bytes after the data set"],
  ] as const;
  for (const [bytes, damage] of garbage) {
    const found = await scan(concat([FIRST, ...bytes]), 5);
    assertEquals(found.damage, damage);
    assertEquals(outline(found.dataSet), { "00080005": "CS ISO_IR 100" });
  }
});

Deno.test("DataSetScanner: reads no further than a length that reaches beyond what holds the element", async () => {
  const long = header(0x00081155, "UI", 100);
  const pixels = header(0x7fe00010, "OB", UNDEFINED);
  const bad: [damage: string, parts: Uint8Array[], found?: unknown][] = [
    [
      "Element (0008,1155) is longer than the item that holds it",
      [header(0x00081140, "SQ", 16), delimiter(ITEM, 8), long],
      { "00081140": [{}] },
    ],
    [
      "An item is longer than the sequence that holds it",
      [header(0x00081140, "SQ", 16), delimiter(ITEM, 9), long],
      { "00081140": [] },
    ],
    [
      "The object ends 4294967282 bytes before the end of (0042,0011)",
      [header(0x00420011, "OB", 0xfffffffe)],
    ],
    [
      "Element (0010,0020) where an item was due",
      [header(0x00081140, "SQ", UNDEFINED), buildDataSet([LAST])],
      { "00081140": [] },
    ],
    ["Delimiter (FFFE,E000) outside a sequence", [delimiter(ITEM, 0)]],
    ["Element (0010,0020) where a fragment was due", [pixels, buildDataSet([LAST])]],
    [
      "Element (FFFE,E000) where a fragment was due",
      [pixels, delimiter(ITEM), delimiter(ITEM, UNDEFINED)],
    ],
    [
      "A fragment is longer than the item that holds it",
      [
        header(0x00880200, "SQ", 36),
        delimiter(ITEM, 28),
        pixels,
        delimiter(ITEM),
        delimiter(ITEM, 20),
        new Uint8Array(20),
      ],
      { "00880200": [{}] },
    ],
  ];
  for (const [damage, parts, found] of bad) {
    const { dataSet, ...rest } = await scan(concat([FIRST, ...parts, buildDataSet([LAST])]), 3);
    assertEquals(rest.damage, damage);
    assertEquals(outline(dataSet), { "00080005": "CS ISO_IR 100", ...found as object });
  }
});

Deno.test("DataSetScanner: limits how deep sequences nest", async () => {
  const nest = (depth: number): BuiltElement =>
    sequence(0x00081140, depth === 1 ? [[]] : [[nest(depth - 1)]]);
  await scanBetween(buildDataSet([nest(SEQUENCE_DEPTH)]));
  await assertRejects(
    () => scanBetween(buildDataSet([nest(SEQUENCE_DEPTH + 1)])),
    LimitError,
    "SEQUENCE_DEPTH",
  );
});

Deno.test("DataSetScanner: limits elements, and the bytes of an offset table", async () => {
  const item = delimiter(ITEM);
  const items = new Uint8Array(800_000);
  for (let at = 0; at < items.length; at += item.length) items.set(item, at);
  const many = [FIRST, header(0x00081140, "SQ", UNDEFINED), ...Array(27).fill(items)];
  await assertRejects(() => scan(concat(many), 1e6), LimitError, "ELEMENTS");
  const table = [FIRST, header(0x7fe00010, "OB", UNDEFINED), delimiter(ITEM, 0xfffffff0)];
  await assertRejects(() => scan(concat(table)), LimitError, "HEADER_BYTES");
});
