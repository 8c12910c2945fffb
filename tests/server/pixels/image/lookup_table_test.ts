import { assertEquals } from "@std/assert";
import { type LookupTable } from "../../../../server/pixels/image/description.ts";
import { lookUp, lookUpUnit, readTable } from "../../../../server/pixels/image/lookup_table.ts";
import { dataSet, element } from "../../../support/data_sets.ts";
import { words } from "../../../support/images.ts";
import type { Element } from "../../../../lib/dicom/dataset.ts";

const TAGS = { descriptor: 0x00283002, data: 0x00283006, segmented: 0x00281221, signed: false };

function table(...elements: readonly Element[]): LookupTable {
  return readTable(dataSet(...elements), TAGS)!;
}

function segments(entries: number, ...values: readonly number[]): number[] {
  return [...table(words(0x00283002, [entries, 0, 16]), words(0x00281221, values, "OW")).values];
}

Deno.test("readTable: reads words, and has the first and last value beyond its ends", () => {
  const read = table(words(0x00283002, [3, 10, 12]), words(0x00283006, [5, 100, 4000]));
  assertEquals([9, 10, 11, 12, 13].map((input) => lookUp(read, input)), [5, 5, 100, 4000, 4000]);
  assertEquals(lookUpUnit(read, 12), 4000 / 4095);
});

Deno.test("readTable: takes 0 entries for 65536", () => {
  const values = Array.from({ length: 65536 }, (_, i) => 65535 - i);
  const read = table(words(0x00283002, [0, 0, 16]), words(0x00283006, values, "OW"));
  assertEquals(read.values.length, 65536);
  assertEquals(lookUp(read, 65535), 0);
});

Deno.test("readTable: has a first input below 0 where VR or caller say so", () => {
  const data = words(0x00283006, [1, 2]);
  assertEquals(table(words(0x00283002, [2, 0xfffe, 16], "SS"), data).first, -2);
  assertEquals(table(words(0x00283002, [2, 0xfffe, 16]), data).first, 0xfffe);
  const signed = { ...TAGS, signed: true };
  assertEquals(readTable(dataSet(words(0x00283002, [2, 0xfffe, 16]), data), signed)?.first, -2);
});

Deno.test("readTable: reads bytes where the data are too short for words", () => {
  const read = table(
    words(0x00283002, [4, 0, 8]),
    element(0x00283006, "OW", Uint8Array.of(1, 2, 3, 255)),
  );
  assertEquals([...read.values], [1, 2, 3, 255]);
  assertEquals(read.bits, 8);
});

Deno.test("readTable: takes more bits than are announced where values have more", () => {
  assertEquals(table(words(0x00283002, [2, 0, 8]), words(0x00283006, [0, 1023])).bits, 10);
  assertEquals(table(words(0x00283002, [2, 0, 0]), words(0x00283006, [0, 1023])).bits, 16);
});

Deno.test("readTable: keeps what there is of data that are cut off", () => {
  assertEquals([...table(words(0x00283002, [9, 0, 16]), words(0x00283006, [7, 8])).values], [7, 8]);
});

Deno.test("readTable: is undefined without descriptor or data", () => {
  assertEquals(readTable(dataSet(words(0x00283006, [1])), TAGS), undefined);
  assertEquals(readTable(dataSet(words(0x00283002, [1, 0, 16])), TAGS), undefined);
});

Deno.test("readTable: expands discrete, linear and indirect segments", () => {
  // PS3.3 C.7.9.2: three values, a ramp of four up to 100, then both segments again.
  assertEquals(
    segments(14, 0, 3, 10, 20, 60, 1, 4, 100, 2, 2, 0, 0),
    [10, 20, 60, 70, 80, 90, 100, 10, 20, 60, 70, 80, 90, 100],
  );
});

Deno.test("readTable: never lets segments grow beyond the table or call each other", () => {
  assertEquals(segments(2, 0, 3, 1, 2, 3), [1, 2]);
  assertEquals(segments(4, 0, 1, 9, 2, 5, 3, 0), [9, 9, 9, 9]);
  assertEquals(segments(3, 0, 100, 4, 5), [4, 5, 5]);
  assertEquals(segments(2, 77, 1, 1), [0, 0]);
});
