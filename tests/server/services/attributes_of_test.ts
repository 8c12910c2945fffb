import { assertEquals } from "@std/assert";
import { createInstanceScanner } from "../../../lib/dicom/scan_instance.ts";
import { SEARCH_ATTRIBUTES } from "../../../lib/query/attributes.ts";
import { attributesOf, COLUMN_MAX } from "../../../server/services/attributes_of.ts";
import type { AttributeValues } from "../../../server/index/index.ts";
import {
  type BuiltElement,
  ctInstance,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const UIDS = {
  StudyInstanceUID: "1.2.1",
  SeriesInstanceUID: "1.2.2",
  SOPInstanceUID: "1.2.3",
  SOPClassUID: "1.2.4",
};

async function attributes(
  elements: readonly BuiltElement[] = [],
  transferSyntaxUID: string = SYNTAX.explicit,
): Promise<AttributeValues> {
  const scanner = createInstanceScanner();
  await scanner.push(ctInstance({ elements, transferSyntaxUID, frames: 2 }));
  return attributesOf((await scanner.end()).dataSet, UIDS);
}

Deno.test("attributesOf: gives every attribute that the index does not derive", async () => {
  const values = await attributes();
  assertEquals(
    Object.keys(values).toSorted(),
    SEARCH_ATTRIBUTES.filter(({ derived }) => !derived).map(({ keyword }) => keyword).toSorted(),
  );
  assertEquals(values.PatientName, "Doe^Jane");
  assertEquals(values.StudyInstanceUID, "1.2.1");
  assertEquals(values.NumberOfFrames, "2");
  assertEquals(values.SeriesDescription, null);
});

Deno.test("attributesOf: reads numbers whatever their encoding", async () => {
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian]) {
    const { Rows, Columns, BitsAllocated } = await attributes([], syntax);
    assertEquals([Rows, Columns, BitsAllocated], ["4", "4", "16"]);
  }
});

Deno.test("attributesOf: decodes text, joins values and takes empty ones for none", async () => {
  const values = await attributes([
    value(0x00100010, "PN", Uint8Array.of(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72)),
    value(0x00081010, "SH", " A \\B "),
    value(0x00081030, "LO", "  "),
    value(0x00080050, "SH", "\\"),
  ]);
  assertEquals(values.PatientName, "Müller");
  assertEquals(values.StationName, "A\\B");
  assertEquals(values.StudyDescription, null);
  assertEquals(values.AccessionNumber, null);
});

Deno.test("attributesOf: zips the items of RequestAttributesSequence", async () => {
  const values = await attributes([
    sequence(0x00400275, [
      [value(0x00400009, "SH", "STEP1")],
      [value(0x00401001, "SH", "PROC2")],
    ]),
  ]);
  assertEquals(values.ScheduledProcedureStepID, "STEP1\\");
  assertEquals(values.RequestedProcedureID, "\\PROC2");
});

Deno.test("attributesOf: cuts values that are far too long", async () => {
  const values = await attributes([value(0x00081030, "LO", "x".repeat(60_000))]);
  assertEquals(values.StudyDescription, "x".repeat(COLUMN_MAX));
});
