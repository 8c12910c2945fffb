import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { deidentify } from "../../../lib/deid/deidentify.ts";
import type { DeidOption } from "../../../lib/deid/option.ts";
import { BASIC, type DeidProfile } from "../../../lib/deid/profile.ts";
import type { DataSet, Element, Tag } from "../../../lib/dicom/dataset.ts";
import { parseTag } from "../../../lib/dicom/dictionary.ts";
import { items, strings, text } from "../../../lib/dicom/values.ts";
import { bulk, dataSet, element, sequence } from "../../support/data_sets.ts";
import { keyedBy } from "../../support/deidentified_file.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const INSTANCE = "1.2.826.0.1.3680043.10.1.3";

const tag = (keyword: string): Tag => parseTag(keyword) ?? 0;
const value = (result: DataSet, keyword: string) => text(result, tag(keyword));

function patient(id: string, ...more: readonly Element[]): DataSet {
  return dataSet(
    element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    element(0x00080018, "UI", INSTANCE),
    element(0x00100010, "PN", "Doe^Jane"),
    element(0x00100020, "LO", id),
    element(0x0020000d, "UI", STUDY),
    ...more,
  );
}

function deid(
  original: DataSet,
  options: readonly DeidOption[] = [],
  more: Partial<DeidProfile> = {},
  key = "key",
): DataSet {
  const profile = { ...BASIC, options: new Set(options), ...more };
  return deidentify(original, profile, keyedBy(key)).dataSet;
}

const code = (value: string, scheme: string, meaning: string) =>
  dataSet(
    element(0x00080100, "SH", value),
    element(0x00080102, "SH", scheme),
    element(0x00080104, "LO", meaning),
  );

Deno.test("deidentify: references in items match the objects that they name", () => {
  const reference = dataSet(
    element(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    element(0x00081155, "UI", INSTANCE),
  );
  const other = deid(patient("2", sequence(0x00081140, reference)));
  const [found = dataSet()] = items(other, 0x00081140);
  const own = deid(patient("1"));
  assertEquals(value(found, "ReferencedSOPInstanceUID"), value(own, "SOPInstanceUID"));
  assertEquals(value(found, "ReferencedSOPClassUID"), "1.2.840.10008.5.1.4.1.1.2");
  assertEquals(value(own, "SOPClassUID"), "1.2.840.10008.5.1.4.1.1.2");
  assertNotEquals(
    value(deid(patient("1"), [], {}, "other"), "SOPInstanceUID"),
    value(own, "SOPInstanceUID"),
  );
});

Deno.test("deidentify: a patient has the same pseudonym in every object, and no other patient has", () => {
  const one = deid(patient("1"));
  const again = deid(patient("1 ", element(0x00081030, "LO", "Other study")));
  const issued = deid(patient("1", element(0x00100021, "LO", "Hospital")));
  for (const keyword of ["PatientID", "PatientName"]) {
    assertEquals(value(again, keyword), value(one, keyword));
    assertNotEquals(value(issued, keyword), value(one, keyword));
    assertNotEquals(value(deid(patient("2")), keyword), value(one, keyword));
  }
  assert(/^Anonymous\^[A-Z2-9]{8}$/.test(value(one, "PatientName") ?? ""));
  assertEquals(value(deid(patient("1"), [], { patientNames: "empty" }), "PatientName"), undefined);
});

Deno.test("deidentify: moves all dates of a patient by the same days, other patients' by others", () => {
  const dates = [
    element(0x00080020, "DA", "20240301"),
    element(0x00080030, "TM", "101112"),
    element(0x0008002a, "DT", "20240302101112.5"),
  ];
  const day = (date = "") =>
    Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
  const moved = (id: string) => {
    const result = deid(patient(id, ...dates), ["retain-modified-dates"]);
    assertEquals(value(result, "StudyTime"), "101112");
    assertEquals(value(result, "LongitudinalTemporalInformationModified"), "MODIFIED");
    const [date, dateTime] = ["StudyDate", "AcquisitionDateTime"].map((name) =>
      value(result, name)
    );
    assertEquals(day(dateTime) - day(date), 86_400_000);
    assertEquals(dateTime?.slice(8), "101112.5");
    return day("20240301") - day(date);
  };
  assert(moved("1") >= 86_400_000);
  assertNotEquals(moved("1"), moved("2"));
  const invalid = deid(
    patient("1", element(0x00080020, "DA", "Mr Doe"), element(0x0008002a, "DT", "Mr Doe")),
    ["retain-modified-dates"],
  );
  assertEquals(value(invalid, "StudyDate"), undefined);
  assertEquals(value(invalid, "AcquisitionDateTime"), "19000101000000");
});

Deno.test("deidentify: records what was done", () => {
  const codesOf = (result: DataSet) =>
    items(result, tag("DeidentificationMethodCodeSequence")).map((item) =>
      value(item, "CodeValue")
    );
  const basic = deid(patient("1"));
  assertEquals(value(basic, "PatientIdentityRemoved"), "YES");
  assertEquals(strings(basic, tag("DeidentificationMethod")), [
    "Basic Application Confidentiality Profile",
  ]);
  assertEquals(codesOf(basic), ["113100"]);
  assertEquals(value(basic, "LongitudinalTemporalInformationModified"), "REMOVED");
  const again = deid(
    dataSet(
      ...patient("1").values(),
      sequence(
        0x00120064,
        code("113105", "DCM", "by John Doe"),
        code("DOE", "99X", "John Doe"),
      ),
    ),
    ["retain-uids", "retain-full-dates"],
  );
  assertEquals(codesOf(again), ["113100", "113106", "113110", "113105"]);
  assertEquals(value(again, "LongitudinalTemporalInformationModified"), "UNMODIFIED");
});

Deno.test("deidentify: says that pixels are clean where a rule masks them", () => {
  const profile = {
    ...BASIC,
    burnedIn: [{ match: {}, then: [{ x: 0, y: 0, width: 9, height: 9 }] }],
  };
  const original = patient("1", element(0x00280301, "CS", "YES "), bulk(0x7fe00010, "OW"));
  const { dataSet: result, pixels } = deidentify(original, profile, keyedBy("key"));
  assertEquals(pixels, { kind: "mask", rectangles: [{ x: 0, y: 0, width: 9, height: 9 }] });
  assertEquals(value(result, "BurnedInAnnotation"), "NO");
  assertEquals(result.get(0x7fe00010), bulk(0x7fe00010, "OW"));
  assert(strings(result, tag("DeidentificationMethod")).includes("Clean Pixel Data Option"));
});

Deno.test("deidentify: keeps private elements of the list with their creator, in items too", () => {
  const block = [
    element(0x00190010, "LO", "SIEMENS MR HEADER"),
    element(0x0019100c, "IS", "1000"),
    element(0x0019100d, "CS", "SECRET"),
    element(0x00190011, "LO", "OTHER"),
    element(0x0019110c, "IS", "2000"),
  ];
  const keepPrivate = [{ group: 0x0019, creator: "SIEMENS MR HEADER", elements: [0x0c] }];
  const original = patient("1", ...block, sequence(0x00081250, dataSet(...block)));
  const result = deid(original, ["retain-safe-private"], { keepPrivate });
  const privateTags = (found: DataSet) => [...found.keys()].filter((each) => each >>> 16 === 0x19);
  assertEquals(privateTags(result), [0x00190010, 0x0019100c]);
  assertEquals(privateTags(items(result, 0x00081250)[0] ?? dataSet()), [0x00190010, 0x0019100c]);
  assertEquals(privateTags(deid(original, [], { keepPrivate })), []);
});

Deno.test("deidentify: what is not what its tag says goes", () => {
  const result = deid(patient(
    "1",
    element(0x00081140, "UN", "a sequence that was not read"),
    sequence(0x00080070, dataSet(element(0x00100010, "PN", "Doe"))),
    element(0x00080050, "UN", "ACC1"),
    element(0x00083ff1, "LO", "in no dictionary"),
    element(0x00020016, "AE", "DOE"),
    element(0xfffcfffc, "OB", "DOE"),
  ));
  const strange = [0x00081140, 0x00080070, 0x00083ff1, 0x00020016, 0xfffcfffc];
  assertEquals(strange.filter((each) => result.has(each)), []);
  assertEquals(result.get(0x00080050), element(0x00080050, "SH", ""));
});

Deno.test("deidentify: high ages become one", () => {
  const age = (written: string) =>
    value(
      deid(patient("1", element(0x00101010, "AS", written)), ["retain-patient-characteristics"]),
      "PatientAge",
    );
  assertEquals(
    ["054Y", "090Y", "101Y", "003W", "Doe"].map(age),
    ["054Y", "090Y", "090Y", "003W", undefined],
  );
  assertEquals(deid(patient("1", element(0x00101010, "AS", "054Y"))).has(0x00101010), false);
});

Deno.test("deidentify: descriptors lose names in any character set", () => {
  const utf8 = (written: string) => new TextEncoder().encode(written);
  const result = deid(
    patient(
      "1",
      element(0x00080005, "CS", "ISO_IR 192"),
      element(0x0008103e, "LO", utf8("Müller Chest PA for Doe")),
      element(0x00081030, "LO", "Jane"),
      element(0x00181030, "LO", "Jane"),
      sequence(
        0x00321067,
        code("1", "SCT", "Mass"),
        code("DOE", "99LOCAL", "Jane Doe"),
      ),
    ),
    ["clean-descriptors"],
  );
  assertEquals(value(result, "SeriesDescription"), "Chest PA for");
  assertEquals(result.has(0x00081030), false);
  assertEquals(value(result, "ProtocolName"), "ANONYMIZED");
  assertEquals(
    items(result, 0x00321067).map((item) => value(item, "CodeMeaning")),
    ["Mass", "ANONYMIZED"],
  );
});

/** A report with an image, a text, a person, a code and the patient's age. */
function report(): DataSet {
  const item = (type: string, concept: DataSet, ...more: readonly Element[]) =>
    dataSet(
      element(0x0040a010, "CS", "CONTAINS"),
      element(0x0040a040, "CS", type),
      sequence(0x0040a043, concept),
      ...more,
    );
  const comment = code("121106", "DCM", "Comment");
  const reference = dataSet(
    element(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    element(0x00081155, "UI", INSTANCE),
  );
  return patient(
    "1",
    sequence(
      0x0040a730,
      item("TEXT", comment, element(0x0040a160, "UT", "Jane has a mass of the liver")),
      item("PNAME", code("121008", "DCM", "Observer"), element(0x0040a123, "PN", "House^G")),
      item(
        "CODE",
        comment,
        sequence(0x0040a168, code("DOE", "99LOCAL", "Mrs Doe")),
      ),
      item(
        "NUM",
        code("121033", "DCM", "Subject Age"),
        sequence(0x0040a300, dataSet(element(0x0040a30a, "DS", "101"))),
      ),
      item("IMAGE", comment, sequence(0x00081199, reference)),
      item(
        "CONTAINER",
        comment,
        sequence(0x0040a730, item("DATE", comment, element(0x0040a121, "DA", "20240301"))),
      ),
    ),
  );
}

Deno.test("deidentify: of a report only references stay", () => {
  const content = items(deid(report()), 0x0040a730);
  assertEquals(content.map((item) => value(item, "ValueType")), ["TEXT", "IMAGE"]);
  assertEquals(value(content[0] ?? dataSet(), "TextValue"), "ANONYMIZED");
  const [reference = dataSet()] = items(content[1] ?? dataSet(), 0x00081199);
  assertEquals(
    value(reference, "ReferencedSOPInstanceUID"),
    keyedBy("key").uid(INSTANCE),
  );
});

Deno.test("deidentify: a cleaned report keeps its tree", () => {
  const result = deid(report(), ["clean-structured-content"]);
  const [comment, person, finding, age, image, inner] = items(result, 0x0040a730);
  assertEquals(value(comment ?? dataSet(), "TextValue"), "a mass of liver");
  assertEquals(value(person ?? dataSet(), "PersonName"), "Anonymous");
  const [found = dataSet()] = items(finding ?? dataSet(), 0x0040a168);
  assertEquals(value(found, "CodeMeaning"), "ANONYMIZED");
  assertEquals(items(age ?? dataSet(), 0x0040a300), []);
  assertEquals(value(image ?? dataSet(), "ValueType"), "IMAGE");
  const [date = dataSet()] = items(inner ?? dataSet(), 0x0040a730);
  assertEquals(value(date, "Date"), "19000101");
});

Deno.test("deidentify: graphics go, or lose their words", () => {
  const original = patient(
    "1",
    sequence(
      0x00700001,
      dataSet(
        element(0x00700002, "CS", "LAYER1"),
        sequence(0x00700008, dataSet(element(0x00700006, "ST", "Jane's tumor"))),
        sequence(0x00700009, dataSet(element(0x00700023, "CS", "POLYLINE"))),
      ),
    ),
    element(0x60000040, "CS", "R"),
    element(0x60001500, "LO", "Jane"),
    element(0x60003000, "OW", "bits"),
    element(0x60020040, "CS", "G"),
    element(0x60023000, "OW", "bits"),
    element(0x50003000, "OW", "bits"),
  );
  const drawn = (result: DataSet) =>
    [...result.keys()].filter((each) => each === 0x00700001 || each >>> 28 > 4);
  assertEquals(drawn(deid(original)), []);
  const cleaned = deid(original, ["clean-graphics"]);
  assertEquals(drawn(cleaned), [0x00700001, 0x60000040, 0x60003000]);
  const [annotation = dataSet()] = items(cleaned, 0x00700001);
  const [words = dataSet()] = items(annotation, 0x00700008);
  assertEquals(value(words, "UnformattedTextValue"), "tumor");
  assertEquals(items(annotation, 0x00700009).length, 1);
});

Deno.test("deidentify: a document stays only where a rule lets it out", () => {
  const original = patient("1", bulk(0x00420011, "OB"));
  const kept = deid(original, [], { burnedIn: [{ match: {}, then: "clear" }] });
  assertEquals(kept.get(0x00420011), bulk(0x00420011, "OB"));
  assertEquals(deid(original).get(0x00420011)?.kind, "value");
});

Deno.test("deidentify: a request in a report keeps the attributes that it needs, empty", () => {
  const request = dataSet(
    element(0x0020000d, "UI", STUDY),
    sequence(0x00081110, dataSet(element(0x00081155, "UI", INSTANCE))),
    element(0x00401001, "SH", "RP1"),
  );
  const [found = dataSet()] = items(deid(patient("1", sequence(0x0040a370, request))), 0x0040a370);
  assertEquals([...found.keys()], [0x0020000d, 0x00081110, 0x00401001]);
  assertEquals(items(found, 0x00081110), []);
  assertEquals(value(found, "RequestedProcedureID"), undefined);
  assertEquals(deid(patient("1", ...request.values())).has(0x00081110), false);
});
