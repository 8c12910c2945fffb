import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseQido } from "../../../lib/query/qido.ts";
import type { Level } from "../../../lib/query/query.ts";
import { returnedAttributes } from "../../../lib/query/returned.ts";
import { createRowWriter, type RowValues } from "../../../lib/query/row_json.ts";

const BASE = "http://localhost/dicomweb";

function writer(level: Level, search = "", scope = {}) {
  const { query } = parseQido(new URLSearchParams(search), level, scope);
  return createRowWriter(level, returnedAttributes(query), BASE);
}

function write(level: Level, values: RowValues, search = "", scope = {}) {
  const text = writer(level, search, scope).write(values);
  const row: Record<string, unknown> = JSON.parse(text);
  assertEquals([...text.matchAll(/"([0-9A-F]{8})":\{"vr"/g)].length > 0, true);
  return row;
}

Deno.test("createRowWriter: gives a study all that PS3.18 10.6.3.3.1 requires, in order", () => {
  const text = writer("study").write({
    StudyInstanceUID: "1.2",
    PatientName: "Müller^Jörg",
    StudyDate: "20240229",
    ModalitiesInStudy: "CT\\SR",
    NumberOfStudyRelatedSeries: "2",
    NumberOfStudyRelatedInstances: "12",
  });
  assertEquals(
    text,
    "{" + [
      '"00080005":{"vr":"CS","Value":["ISO_IR 192"]}',
      '"00080020":{"vr":"DA","Value":["20240229"]}',
      '"00080030":{"vr":"TM"}',
      '"00080050":{"vr":"SH"}',
      '"00080056":{"vr":"CS","Value":["ONLINE"]}',
      '"00080061":{"vr":"CS","Value":["CT","SR"]}',
      '"00080090":{"vr":"PN"}',
      '"00081190":{"vr":"UR","Value":["http://localhost/dicomweb/studies/1.2"]}',
      '"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller^Jörg"}]}',
      '"00100020":{"vr":"LO"}',
      '"00100030":{"vr":"DA"}',
      '"00100040":{"vr":"CS"}',
      '"0020000D":{"vr":"UI","Value":["1.2"]}',
      '"00200010":{"vr":"SH"}',
      '"00201206":{"vr":"IS","Value":[2]}',
      '"00201208":{"vr":"IS","Value":[12]}',
    ].join(",") + "}",
  );
});

Deno.test("createRowWriter: gives series and instances what their URL leaves open", () => {
  const tags = (level: Level, scope: object) => Object.keys(write(level, {}, "", scope));
  const study = { StudyInstanceUID: "1.2" };
  const series = { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.2.3" };
  for (const tag of ["00080020", "00100010", "00201206", "00080060", "00200011", "00201209"]) {
    assert(tags("series", {}).includes(tag), tag);
    assert(tags("instance", {}).includes(tag), tag);
  }
  for (const tag of ["00080020", "00100010"]) {
    assert(!tags("series", study).includes(tag), tag);
    assert(!tags("instance", study).includes(tag), tag);
  }
  assert(tags("instance", study).includes("00080060"));
  assert(!tags("instance", series).includes("00080060"));
  for (const tag of ["00080016", "00200013"]) assert(tags("instance", series).includes(tag), tag);
});

Deno.test("createRowWriter: gives patients their counts and no Retrieve URL", () => {
  const row = write("patient", { PatientID: "1", NumberOfPatientRelatedStudies: "3" });
  assertEquals(row["00201200"], { vr: "IS", Value: [3] });
  assertEquals("00081190" in row, false);
  assertEquals("00201200" in write("study", {}), false);
});

Deno.test("createRowWriter: returns keys and included columns even without a value", () => {
  const search = "StudyDescription=x*&includefield=SOPClassesInStudy,PatientBirthTime,Modality";
  const row = write("study", { SOPClassesInStudy: "1.2\\1.3" }, search);
  assertEquals(row["00081030"], { vr: "LO" });
  assertEquals(row["00080062"], { vr: "UI", Value: ["1.2", "1.3"] });
  assertEquals(row["00100032"], { vr: "TM" });
  assertEquals("00080060" in row, false);
});

Deno.test("createRowWriter: zips the columns of RequestAttributesSequence into items", () => {
  const values = { ScheduledProcedureStepID: "S1\\S2", RequestedProcedureID: "\\R2" };
  assertEquals(write("series", values)["00400275"], {
    vr: "SQ",
    Value: [
      { "00400009": { vr: "SH", Value: ["S1"] }, "00401001": { vr: "SH" } },
      { "00400009": { vr: "SH", Value: ["S2"] }, "00401001": { vr: "SH", Value: ["R2"] } },
    ],
  });
  assertEquals("00400275" in write("series", {}), false);
  const asked = "RequestAttributesSequence.RequestedProcedureID=";
  assertEquals(write("series", {}, asked)["00400275"], { vr: "SQ" });
});

Deno.test("createRowWriter: writes name groups, numbers and missing values after PS3.18 F", () => {
  const names = write("study", {
    PatientName: "Yamada^Tarou=山田^太郎=",
    ReferringPhysicianName: "==やまだ",
  });
  assertEquals(names["00100010"], {
    vr: "PN",
    Value: [{ Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎" }],
  });
  assertEquals(names["00080090"], { vr: "PN", Value: [{ Phonetic: "やまだ" }] });
  const row = write("instance", { InstanceNumber: "-7", NumberOfFrames: "1.5", Rows: "512" });
  assertEquals(row["00200013"], { vr: "IS", Value: [-7] });
  assertEquals(row["00280008"], { vr: "IS", Value: ["1.5"] });
  assertEquals(row["00280010"], { vr: "US", Value: [512] });
  assertEquals(write("study", { StudyID: "a\\\\b" })["00200010"], {
    vr: "SH",
    Value: ["a", null, "b"],
  });
});

Deno.test("createRowWriter: writes sound JSON whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }).filter((text) => !/[\\=]/.test(text)), (text) => {
      const row = write("study", { StudyID: text, PatientName: text, StudyInstanceUID: text });
      const value = text === "" ? undefined : [text.toWellFormed()];
      const { Value } = row["00200010"] as { Value?: string[] };
      assertEquals(Value?.map((each) => each.toWellFormed()), value);
    }),
    { seed: 2024 },
  );
});

Deno.test("createRowWriter: merges members of a header, which stand before columns", () => {
  const text = writer("study").writeWith({ StudyInstanceUID: "1.2", StudyID: "S" }, [
    ["60003000", '{"vr":"OW","BulkDataURI":"x"}'],
    ["00104000", '{"vr":"LT","Value":["c"]}'],
    ["00080020", '{"vr":"DA","Value":["20200101"]}'],
  ]);
  const tags = [...text.matchAll(/"([0-9A-F]{8})":/g)].map(([, tag]) => tag);
  assertEquals(tags, tags.toSorted());
  const row = JSON.parse(text);
  assertEquals(row["00104000"].Value, ["c"]);
  assertEquals(row["00080020"].Value, ["20200101"]);
  assertEquals(row["00200010"].Value, ["S"]);
});
