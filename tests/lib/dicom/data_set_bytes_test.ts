import { assertEquals, assertThrows } from "@std/assert";
import { readDataSet, writeDataSet } from "../../../lib/dicom/data_set_bytes.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../../lib/dicom/uids.ts";
import { DecodeError, UnsupportedError } from "../../../lib/errors.ts";
import { bulk, dataSet, element, sequence } from "../../support/data_sets.ts";

const IDENTIFIER = dataSet(
  element(0x00080052, "CS", "STUDY "),
  sequence(0x00400275, dataSet(element(0x00401001, "SH", "7 "))),
  element(0x0020000D, "UI", "1.2\0"),
);

Deno.test("writeDataSet: is undone by readDataSet, in both native little-endian syntaxes", () => {
  for (const syntax of [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN]) {
    const read = readDataSet(writeDataSet(IDENTIFIER, syntax), syntax);
    assertEquals([...read.values()], [...IDENTIFIER.values()].sort((a, b) => a.tag - b.tag));
  }
});

Deno.test("readDataSet: reads an empty data set", () => {
  assertEquals(readDataSet(new Uint8Array(0), IMPLICIT_VR_LITTLE_ENDIAN).size, 0);
});

Deno.test("readDataSet: refuses a data set that is cut off", () => {
  const bytes = writeDataSet(IDENTIFIER, EXPLICIT_VR_LITTLE_ENDIAN);
  assertThrows(() => readDataSet(bytes.subarray(0, -1), EXPLICIT_VR_LITTLE_ENDIAN), DecodeError);
});

Deno.test("readDataSet: refuses a deflated syntax", () => {
  const bytes = Uint8Array.of(0x4b, 0x4c, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00);
  assertThrows(() => readDataSet(bytes, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN), UnsupportedError);
});

Deno.test("writeDataSet: refuses a value that is not in memory", () => {
  assertThrows(
    () => writeDataSet(dataSet(bulk(0x7FE00010, "OW")), EXPLICIT_VR_LITTLE_ENDIAN),
    UnsupportedError,
  );
});
