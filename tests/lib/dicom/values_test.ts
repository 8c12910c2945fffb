import { assertEquals } from "@std/assert";
import { integer, items, numbers, strings, text } from "../../../lib/dicom/values.ts";
import { bulk, bytesOf, dataSet, element, sequence } from "../../support/data_sets.ts";

Deno.test("strings: drops the spaces that mean nothing in the VR", () => {
  const set = dataSet(
    element(0x00080008, "CS", " A \\\\ B "),
    element(0x00104000, "LT", " A\\B "),
    element(0x00100020, "LO", " A B\0"),
    element(0x00080018, "UI", "1.2\0"),
  );
  assertEquals(strings(set, 0x00080008), ["A", "", "B"]);
  assertEquals(strings(set, 0x00104000), [" A\\B"]);
  assertEquals(strings(set, 0x00100020), ["A B"]);
  assertEquals(strings(set, 0x00080018), ["1.2"]);
});

Deno.test("strings: is empty for what is absent, empty, not text or not in memory", () => {
  const set = dataSet(
    element(0x00080050, "SH", "  "),
    bulk(0x00102000, "LT"),
    element(0x00280010, "US", "\x01\0"),
    sequence(0x00081115),
  );
  for (const tag of [0x00080050, 0x00102000, 0x00280010, 0x00081115, 0x00100010]) {
    assertEquals(strings(set, tag), []);
    assertEquals(text(set, tag), undefined);
  }
});

Deno.test("text: decodes with the character set of the data set or the one that is given", () => {
  const set = dataSet(
    element(0x00080005, "CS", "ISO_IR 144"),
    element(0x00100010, "PN", "\xbb\\x"),
  );
  assertEquals(text(set, 0x00100010), "Л");
});

Deno.test("text, integer: read UN as the dictionary has it", () => {
  const set = dataSet(element(0x00100020, "UN", "1 "), element(0x00280010, "UN", "\x02\x01"));
  assertEquals(text(set, 0x00100020), "1");
  assertEquals(integer(set, 0x00280010), 258);
});

Deno.test("numbers: reads every numeric VR", () => {
  assertEquals(numbers(dataSet(element(0x00280030, "DS", " 1.5\\x\\")), 0x00280030), [
    1.5,
    NaN,
    NaN,
  ]);
  assertEquals(
    numbers(dataSet(element(0x00280009, "FD", bytesOf(new Float64Array([0.5])))), 0x00280009),
    [
      0.5,
    ],
  );
  assertEquals(integer(dataSet(element(0x00280008, "IS", " 12 ")), 0x00280008), 12);
  assertEquals(integer(dataSet(element(0x00280008, "IS", "1.5")), 0x00280008), undefined);
  assertEquals(integer(dataSet(element(0x00280008, "IS")), 0x00280008), undefined);
  const wide = bytesOf(new BigUint64Array([2n ** 60n]));
  assertEquals(integer(dataSet(element(0x00720083, "UV", wide)), 0x00720083), undefined);
});

Deno.test("items: are those of a sequence", () => {
  const item = dataSet(element(0x00080060, "CS", "CT"));
  assertEquals(items(dataSet(sequence(0x00081115, item)), 0x00081115), [item]);
  assertEquals(items(dataSet(element(0x00081115, "UN", "x ")), 0x00081115), []);
});
