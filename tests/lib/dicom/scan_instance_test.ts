import { assert, assertEquals, assertRejects } from "@std/assert";
import type { DataSet, Element } from "../../../lib/dicom/dataset.ts";
import { createInstanceScanner } from "../../../lib/dicom/scan_instance.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { listElements, scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  buildPart10,
  concat,
  ctElements,
  ctInstance,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const NESTED = [
  sequence(0x00081115, [
    [value(0x0020000e, "UI", "1.2.3"), sequence(0x00081199, [[value(0x00081155, "UI", "1.2")]])],
    [],
  ], { length: "defined" }),
  sequence(0x00400275, [[value(0x00400007, "LO", "Chest")]]),
  value(0x00290010, "LO", "ACME"),
  value(0x00281050, "DS", "40\\400"),
  value(0x00209157, "UL", [1, 2, 0xfffffffe]),
  value(0x00089459, "FL", [1.5]),
  value(0x00189073, "FD", [2.5, -1]),
  value(0x00280009, "AT", [0x00181063]),
];

Deno.test("createInstanceScanner: finds the same data set in every native transfer syntax", async () => {
  const elements = ctElements({ elements: NESTED });
  const explicit = buildPart10(elements, SYNTAX.explicit);
  const expected = listElements(await scan(explicit), explicit);
  for (const syntax of [SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.deflated]) {
    const bytes = buildPart10(elements, syntax);
    const found = await scan(bytes, 100);
    assertEquals(found.transferSyntaxUID, syntax);
    assertEquals(found.length, bytes.length);
    assertEquals(listElements(found, bytes), expected, syntax);
  }
});

Deno.test("createInstanceScanner: reads values, sequences and their items", async () => {
  const { dataSet, fileMeta } = await scan(ctInstance({ elements: NESTED }));
  assertEquals(ascii(dataSet.get(0x00100010)), "Doe^Jane");
  assertEquals(ascii(fileMeta?.get(0x00020010)), "1.2.840.10008.1.2.1\0");
  const series = itemsOf(dataSet, 0x00081115);
  assertEquals(series.length, 2);
  assertEquals(series[1]?.size, 0);
  const instances = itemsOf(series[0] as DataSet, 0x00081199);
  assertEquals(ascii(instances[0]?.get(0x00081155)), "1.2\0");
});

Deno.test("createInstanceScanner: leaves pixel data and large values in the file", async () => {
  const bytes = ctInstance({
    rows: 64,
    columns: 64,
    elements: [
      value(0x00420011, "OB", new Uint8Array(1024)),
      value(0x00091010, "UN", new Uint8Array(1026).fill(7)),
      value(0x00204000, "LT", "x".repeat(2000)),
      value(0x00189810, "UT", "y".repeat(70_000)),
      sequence(0x00541000, [[value(0x7fe00010, "OW", [1, 2])]]),
    ],
  });
  const { dataSet } = await scan(bytes);
  const kinds = [0x00420011, 0x00091010, 0x00204000, 0x00189810, 0x7fe00010]
    .map((tag) => dataSet.get(tag)?.kind);
  assertEquals(kinds, ["value", "bulk", "value", "bulk", "bulk"]);
  assertEquals(itemsOf(dataSet, 0x00541000)[0]?.get(0x7fe00010)?.kind, "bulk");
  const place = placeOf(dataSet, 0x00091010);
  assertEquals(
    bytes.subarray(place.offset, place.offset + place.length),
    new Uint8Array(1026).fill(7),
  );
  assertEquals(placeOf(dataSet, 0x7fe00010), { offset: bytes.length - 8192, length: 8192 });
});

Deno.test("createInstanceScanner: lists the fragments of encapsulated pixel data", async () => {
  const pixels = [new Uint8Array(10).fill(1), new Uint8Array(0), new Uint8Array(2000).fill(3)];
  const bytes = buildPart10([
    fragments(pixels, { offsetTable: [0, 18] }),
  ], SYNTAX.rle);
  const element = (await scan(bytes, 7)).dataSet.get(0x7fe00010);
  assert(element?.kind === "fragments");
  assertEquals([...element.basicOffsetTable], [0, 0, 0, 0, 18, 0, 0, 0]);
  const found = [0, 2, 4].map((at) => {
    const [offset = 0, length = 0] = element.fragments.subarray(at, at + 2);
    return bytes.slice(offset, offset + length);
  });
  assertEquals(found, pixels);
});

Deno.test("createInstanceScanner: knows the data set's offset after the push that reaches it", async () => {
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.deflated]) {
    const bytes = ctInstance({ transferSyntaxUID: syntax });
    const { dataSetOffset } = await scan(bytes);
    assertEquals(bytes.length - dataSetOffset, buildDataSet(ctElements(), syntax).length);
    for (let split = 1; split < bytes.length; split++) {
      const scanner = createInstanceScanner();
      await scanner.push(bytes.subarray(0, split));
      const expected = split > dataSetOffset ? dataSetOffset : undefined;
      assertEquals(scanner.dataSetOffset, expected, `${syntax} split at ${split}`);
      await scanner.push(bytes.subarray(split));
      await scanner.end();
    }
  }
});

Deno.test("createInstanceScanner: keeps nothing of a chunk after its push", async () => {
  const bytes = ctInstance({ elements: NESTED });
  const expected = listElements(await scan(bytes), bytes);
  const scanner = createInstanceScanner();
  const buffer = new Uint8Array(37);
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, bytes.length - at));
    chunk.set(bytes.subarray(at, at + chunk.length));
    await scanner.push(chunk);
    buffer.fill(0xee);
  }
  assertEquals(listElements(await scanner.end(), bytes), expected);
});

Deno.test("createInstanceScanner: finds every complete element of an object that is cut off, and says so", async () => {
  const whole = ctInstance({ elements: NESTED });
  const { dataSet, dataSetOffset } = await scan(whole);
  const elements = ctElements({ elements: NESTED }).sort((left, right) => left.tag - right.tag);
  // Where each element ends.
  const ends = new Map<number, number>();
  let at = dataSetOffset;
  for (const element of elements) {
    at += buildDataSet([element]).length;
    ends.set(element.tag, at);
  }
  assertEquals(at, whole.length);
  const boundaries = new Set(ends.values());
  const first = Math.min(...boundaries);
  for (let length = 0; length < whole.length; length++) {
    const cut = () => scan(whole.subarray(0, length));
    if (length < first) {
      await assertRejects(cut, DecodeError, "", String(length));
      continue;
    }
    const found = await cut();
    assertEquals(found.damage === undefined, boundaries.has(length), String(length));
    for (const [tag, end] of ends) {
      const element = found.dataSet.get(tag);
      if (end <= length) assertEquals(element, dataSet.get(tag), String(length));
      else if (element !== undefined) assert(["sequence", "bulk"].includes(element.kind));
    }
  }
});

Deno.test("createInstanceScanner: says what an object lacks that is cut off in its pixel data", async () => {
  const whole = ctInstance({
    frames: 2,
    elements: [value(0x00420011, "OB", new Uint8Array(2000))],
  });
  const sound = await scan(whole);
  const cut = await scan(whole.subarray(0, -7), 100);
  assertEquals(cut.damage, "The object ends 7 bytes before the end of (7FE0,0010)");
  assertEquals(cut.dataSet, sound.dataSet, "pixel data keeps its place");
  const { offset } = placeOf(sound.dataSet, 0x00420011);
  const earlier = await scan(whole.subarray(0, offset + 1999), 100);
  assertEquals(earlier.damage, "The object ends 1 byte before the end of (0042,0011)");
  assertEquals(earlier.dataSet.has(0x00420011), false, "other large values are left out");
});

Deno.test("createInstanceScanner: leaves out encapsulated pixel data that has no end", async () => {
  const whole = ctInstance({ transferSyntaxUID: SYNTAX.rle, frames: 2 });
  for (
    const [missing, damage] of [
      [3, "The object ends before the end of (7FE0,0010)"],
      [8, "The object ends before the end of (7FE0,0010)"],
      [10, "The object ends 2 bytes before the end of (7FE0,0010)"],
    ] as const
  ) {
    const found = await scan(whole.subarray(0, -missing), 50);
    assertEquals(found.damage, damage);
    assertEquals(found.dataSet.has(0x7fe00010), false);
    assertEquals(found.dataSet.has(0x00280010), true);
  }
});

Deno.test("createInstanceScanner: finds in a deflated object that is cut off what is there", async () => {
  const elements = ctElements({ elements: [value(0x00091010, "UN", random(4000))] });
  const whole = buildPart10(elements, SYNTAX.deflated);
  const { dataSet } = await scan(whole);
  const cut = await scan(whole.subarray(0, -1000), 100);
  assert(cut.damage?.startsWith("The object ends "));
  assert(cut.dataSet.size > 1 && cut.dataSet.size < dataSet.size);
  for (const [tag, element] of cut.dataSet) assertEquals(element, dataSet.get(tag));
  const last = await scan(whole.subarray(0, -3), 100);
  assert(last.damage !== undefined);
});

Deno.test("createInstanceScanner: rejects what is not DICOM", async () => {
  const encoder = new TextEncoder();
  const others = {
    empty: new Uint8Array(0),
    zeros: new Uint8Array(4096),
    ones: new Uint8Array(4096).fill(0xff),
    text: encoder.encode("This is no DICOM object. ".repeat(50)),
    json: encoder.encode('{"00100010":{"vr":"PN"}}'),
    pdf: encoder.encode("%PDF-1.7\n1 0 obj\n"),
    jpeg: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0),
    prefixOnly: concat([new Uint8Array(128), encoder.encode("DICM")]),
    prefixAndText: concat([new Uint8Array(128), encoder.encode("DICM, it says here, but no")]),
  };
  for (const [name, bytes] of Object.entries(others)) {
    await assertRejects(() => scan(bytes), DecodeError, "", name);
  }
});

/** Bytes that do not deflate. */
function random(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = state * 48271 % 0x7fffffff) >>> 8);
}

function ascii(element: Element | undefined): string {
  assert(element?.kind === "value");
  return new TextDecoder().decode(element.bytes);
}

function itemsOf(dataSet: DataSet, tag: number): readonly DataSet[] {
  const element = dataSet.get(tag);
  assert(element?.kind === "sequence");
  return element.items;
}

function placeOf(dataSet: DataSet, tag: number): { offset: number; length: number } {
  const element = dataSet.get(tag);
  assert(element?.kind === "bulk");
  return element.place;
}
