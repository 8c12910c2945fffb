import { assertEquals } from "@std/assert";
import { tableOf } from "../../../bridge/cli/table.ts";
import { dataSet, element, sequence } from "../../support/data_sets.ts";

const COLUMNS = [0x00100010, 0x00280010, 0x00081115, 0x00091001];

Deno.test("tableOf: has a column for each attribute, as wide as its values", () => {
  const rows = [
    dataSet(
      element(0x00100010, "PN", "Doe^Jane"),
      element(0x00280010, "US", Uint8Array.of(0, 2)),
      sequence(0x00081115, dataSet()),
    ),
    dataSet(element(0x00100010, "PN", "Li"), element(0x00091001, "LO", "a\\b")),
  ];
  assertEquals(tableOf(rows, COLUMNS), [
    "PatientName  Rows  ReferencedSeriesSequence  00091001",
    "Doe^Jane     512   1 items",
    "Li                                           a\\b",
  ]);
});

Deno.test("tableOf: does not let a peer steer the terminal", () => {
  const rows = [dataSet(element(0x00100010, "PN", "A\x1b[2JB"))];
  assertEquals(tableOf(rows, [0x00100010])[1], "A\uFFFD[2JB");
});
