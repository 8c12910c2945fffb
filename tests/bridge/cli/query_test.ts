import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  columnsOf,
  findIdentifier,
  readQuery,
  retrieveIdentifier,
} from "../../../bridge/cli/query.ts";
import { UsageError } from "../../../bridge/cli/usage_error.ts";
import { text } from "../../../lib/dicom/values.ts";

const STUDY_INSTANCE_UID = 0x0020000D;
const PATIENT_NAME = 0x00100010;

function query(...operands: string[]) {
  return readQuery(operands, undefined, undefined);
}

Deno.test("readQuery: takes the level from the deepest key that has a value", () => {
  assertEquals(query().level, "STUDY");
  assertEquals(query("PatientID=1").level, "PATIENT");
  assertEquals(query("PatientID=1", "StudyInstanceUID=1.2").level, "STUDY");
  assertEquals(query("StudyInstanceUID=1.2", "SeriesInstanceUID=1.3").level, "SERIES");
  assertEquals(query("SeriesInstanceUID").level, "STUDY");
  assertEquals(query("SOPInstanceUID=1.4").level, "IMAGE");
  assertEquals(readQuery(["PatientID=1"], "study", undefined).level, "STUDY");
});

Deno.test("readQuery: takes the study root where it can", () => {
  assertEquals(query("StudyInstanceUID=1.2").root, "study");
  assertEquals(query("PatientID=1").root, "patient");
  assertEquals(readQuery([], undefined, "patient").root, "patient");
});

Deno.test("readQuery: refuses what is no key", () => {
  const refusal = (operand: string) => assertThrows(() => query(operand), UsageError).message;
  assertStringIncludes(refusal("PatientNaem=X"), "PatientNaem is no keyword");
  assertStringIncludes(refusal("=X"), "no keyword");
  assertStringIncludes(refusal("ReferencedStudySequence"), "sequence");
  assertStringIncludes(refusal("Rows=many"), "Rows");
  assertThrows(() => readQuery([], "IMAGES", undefined), UsageError, "PATIENT, STUDY");
});

Deno.test("findIdentifier: has the keys, and what is shown at the level", () => {
  const asked = query("PatientName=DOE*", "00081030=", "StudyDate=20240101-");
  const identifier = findIdentifier(asked);
  assertEquals(text(identifier, 0x00080052), "STUDY");
  assertEquals(text(identifier, PATIENT_NAME), "DOE*");
  assertEquals(text(identifier, 0x00080020), "20240101-");
  assertEquals(identifier.has(0x00081030) && identifier.has(STUDY_INSTANCE_UID), true);
  assertEquals(identifier.has(0x00080005), false);
  assertEquals(columnsOf(asked).filter((tag) => tag === PATIENT_NAME).length, 1);
});

Deno.test("findIdentifier: names the character set of a key beyond ASCII", () => {
  const identifier = findIdentifier(query("PatientName=MÜLLER*"));
  assertEquals(text(identifier, 0x00080005), "ISO_IR 192");
  assertEquals(text(identifier, PATIENT_NAME), "MÜLLER*");
});

Deno.test("retrieveIdentifier: has the keys that were given and no other, that of the level among them", () => {
  const identifier = retrieveIdentifier(query("StudyInstanceUID=1.2\\1.3"));
  assertEquals([...identifier.keys()], [0x00080052, STUDY_INSTANCE_UID]);
  for (const key of ["PatientName=X", "StudyInstanceUID="]) {
    assertThrows(() => retrieveIdentifier(query(key)), UsageError, "StudyInstanceUID=");
  }
});
