import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseCharset } from "../../../lib/dicom/charset.ts";
import { encodeText } from "../../../lib/dicom/charset_encode.ts";
import type { DataSet, Element } from "../../../lib/dicom/dataset.ts";
import type { QueryRetrieveRoot } from "../../../lib/dimse/sop_classes.ts";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { findQuery, MAX_NAMED_FIELDS } from "../../../lib/query/identifier.ts";
import { MAX_KEYS } from "../../../lib/query/identifier_keys.ts";
import { parseQido } from "../../../lib/query/qido.ts";
import { UIDS_PER_SEARCH } from "../../../lib/query/qido_search.ts";
import { bytesOf, dataSet, element, sequence } from "../../support/data_sets.ts";

const LEVEL = 0x00080052;
const STUDY_UID = 0x0020000D;
const SERIES_UID = 0x0020000E;
const INSTANCE_UID = 0x00080018;

function identifier(level: string, ...keys: readonly Element[]): DataSet {
  return dataSet(element(LEVEL, "CS", level), ...keys);
}

/** The one search of an identifier, as path and decoded parameters. */
function search(
  level: string,
  keys: readonly Element[],
  root: QueryRetrieveRoot = "study",
): [string, Record<string, string>] {
  const { searches } = findQuery(identifier(level, ...keys), root);
  assertEquals(searches.length, 1);
  const { path, parameters } = searches[0]!;
  return [path, Object.fromEntries(parameters)];
}

Deno.test("findQuery: passes on each kind of matching", () => {
  assertEquals(
    search("STUDY ", [
      element(0x00100010, "PN", "Doe^J*"),
      element(0x00080020, "DA", "20240101-20241231 "),
      element(0x00080030, "TM", "-120000 "),
      element(STUDY_UID, "UI", "1.2\\1.3\0"),
      element(0x00080061, "CS", "CT\\MR "),
      element(0x00280010, "US", bytesOf(Uint16Array.of(512))),
    ]),
    ["studies", {
      PatientName: "Doe^J*",
      StudyDate: "20240101-20241231",
      StudyTime: "-120000",
      StudyInstanceUID: "1.2,1.3",
      ModalitiesInStudy: "CT\\MR",
      Rows: "512",
      multiplevaluematching: "true",
    }],
  );
});

Deno.test("findQuery: asks for the attributes of universal keys", () => {
  assertEquals(
    search("STUDY", [
      element(0x00080005, "CS", "ISO_IR 100"),
      element(0x00080054, "AE", "OTHER"),
      element(0x00080020, "DA", "-"),
      element(0x00100010, "PN", "*"),
      element(0x00100020, "LO", ""),
      element(0x00100030, "DA", " "),
      element(0x00090010, "LO", "ACME"),
      element(0x00091001, "UN", ""),
    ]),
    ["studies", { includefield: "StudyDate,PatientName,PatientID,PatientBirthDate" }],
  );
});

Deno.test("findQuery: makes the unique keys of the levels above the path", () => {
  const study = element(STUDY_UID, "UI", "1.2");
  const series = element(SERIES_UID, "UI", "1.2.3");
  const instance = element(INSTANCE_UID, "UI", "");
  const patient = element(0x00100020, "LO", "7");
  const inPath = (...names: string[]) => ({ includefield: names.join(",") });
  assertEquals(search("PATIENT", [patient], "patient"), ["patients", { PatientID: "7" }]);
  assertEquals(search("STUDY", [patient], "patient"), ["studies", { PatientID: "7" }]);
  assertEquals(search("STUDY", [study]), ["studies", { StudyInstanceUID: "1.2" }]);
  assertEquals(
    search("SERIES", [patient, study], "patient"),
    ["studies/1.2/series", { PatientID: "7", ...inPath("StudyInstanceUID") }],
  );
  assertEquals(search("IMAGE", [study, series, instance]), [
    "studies/1.2/series/1.2.3/instances",
    inPath("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"),
  ]);
  assertEquals(search("INSTANCE", [study]), [
    "studies/1.2/instances",
    inPath("StudyInstanceUID"),
  ]);
});

Deno.test("findQuery: takes an identifier without unique keys for a relational one", () => {
  assertEquals(search("SERIES", [element(0x00080060, "CS", "CT")]), ["series", {
    Modality: "CT",
  }]);
  assertEquals(search("IMAGE", [element(SERIES_UID, "UI", "1.2.3")]), ["instances", {
    SeriesInstanceUID: "1.2.3",
  }]);
  assertEquals(search("SERIES", [element(STUDY_UID, "UI", "1.2\\1.3")]), ["series", {
    StudyInstanceUID: "1.2,1.3",
  }]);
});

Deno.test("findQuery: reads Modality at the study level as ModalitiesInStudy", () => {
  const modality = element(0x00080060, "CS", "CT");
  assertEquals(search("STUDY", [modality]), ["studies", { ModalitiesInStudy: "CT" }]);
  assertEquals(search("STUDY", [modality, element(0x00080061, "CS", "MR")]), ["studies", {
    Modality: "CT",
    ModalitiesInStudy: "MR",
  }]);
});

Deno.test("findQuery: goes into the item of a sequence", () => {
  const item = dataSet(element(0x00400009, "SH", "SPS1"), element(0x00401001, "SH", ""));
  assertEquals(search("SERIES", [sequence(0x00400275, item)]), ["series", {
    "RequestAttributesSequence.ScheduledProcedureStepID": "SPS1",
    includefield: "RequestAttributesSequence.RequestedProcedureID",
  }]);
  for (const all of [sequence(0x00400275), sequence(0x00400275, dataSet())]) {
    assertEquals(search("SERIES", [all]), ["series", {
      includefield: "RequestAttributesSequence",
    }]);
  }
});

Deno.test("findQuery: reads keys in their character set", () => {
  const charsets = ["ISO_IR 100", "ISO_IR 192", "\\ISO 2022 IR 87", "\\ISO 2022 IR 149"];
  for (const [index, name] of ["Müller*", "Müller*", "*=山田*", "*=洪*"].entries()) {
    const charset = charsets[index]!;
    const { bytes } = encodeText(name, "PN", parseCharset(charset));
    const key = element(0x00100010, "PN", bytes);
    const named = search("STUDY", [element(0x00080005, "CS", charset), key]);
    assertEquals(named, ["studies", { PatientName: name }]);
    const { searches } = findQuery(identifier("STUDY", key), "study", parseCharset(charset));
    assertEquals(searches[0]?.parameters.get("PatientName"), name);
  }
});

Deno.test("findQuery: splits long lists of UIDs", () => {
  const uids = (count: number, root: string) =>
    Array.from({ length: count }, (_, index) => `${root}.${index}`);
  const studies = element(STUDY_UID, "UI", uids(UIDS_PER_SEARCH + 1, "1.2").join("\\"));
  const twice = element(SERIES_UID, "UI", uids(UIDS_PER_SEARCH, "1.3").join("\\"));
  const query = findQuery(identifier("SERIES", studies, twice), "study");
  assertEquals(
    query.searches.map(({ parameters }) => parameters.get("StudyInstanceUID")?.split(",").length),
    [UIDS_PER_SEARCH, 1],
  );
  const many = element(SERIES_UID, "UI", uids(10_000, "1.3").join("\\"));
  const both = element(STUDY_UID, "UI", uids(10_000, "1.2").join("\\"));
  assertEquals(findQuery(identifier("SERIES", many), "study").searches.length, 100);
  assertThrows(() => findQuery(identifier("SERIES", many, both), "study"), LimitError);
});

Deno.test("findQuery: splits no list that may not narrow the search: every match would come again", () => {
  const uids = Array.from({ length: UIDS_PER_SEARCH + 1 }, (_, index) => `1.3.${index}`).join("\\");
  const nested = sequence(0x00081110, dataSet(element(STUDY_UID, "UI", uids)));
  for (const key of [element(SERIES_UID, "UI", uids), nested]) {
    assertEquals(findQuery(identifier("STUDY", key), "study").searches.length, 1);
  }
});

Deno.test("findQuery: takes a UID in a sequence for no part of the path", () => {
  const nested = sequence(0x00081110, dataSet(element(STUDY_UID, "UI", "1.3")));
  assertEquals(search("SERIES", [nested, element(STUDY_UID, "UI", "1.2")]), [
    "studies/1.2/series",
    {
      "ReferencedStudySequence.StudyInstanceUID": "1.3",
      includefield: "StudyInstanceUID",
    },
  ]);
});

Deno.test("findQuery: names a UID once", () => {
  assertEquals(search("STUDY", [element(STUDY_UID, "UI", "1.2\\1.2\\1.3")])[1], {
    StudyInstanceUID: "1.2,1.3",
  });
});

Deno.test("findQuery: says where a key has a value that no search can hold", () => {
  const has = (key: Element) => findQuery(identifier("STUDY", key), "study").hasUnsupportedKeys;
  assert(has(element(0x00091001, "LO", "secret")));
  assert(has(element(0x00420011, "OB", "ab")));
  assert(!has(element(0x00091001, "LO", "")));
  assert(!has(element(0x00090010, "LO", "ACME")));
  assert(!has(element(0x00100010, "PN", "A*")));
});

Deno.test("findQuery: asks for everything where more is named than a URL should hold", () => {
  const keys = Array.from(
    { length: MAX_NAMED_FIELDS + 1 },
    (_, index) => element(0x00120001 + index, "LO", ""),
  );
  assertEquals(search("STUDY", keys), ["studies", { includefield: "all" }]);
});

Deno.test("findQuery: refuses an identifier with more keys than anyone asks for", () => {
  const keys = Array.from(
    { length: MAX_KEYS },
    (_, index) => element(0x00120001 + index, "LO", ""),
  );
  assertThrows(() => findQuery(identifier("STUDY", ...keys), "study"), LimitError);
});

Deno.test("findQuery: refuses levels that the model has not", () => {
  for (
    const [level, root] of [
      ["PATIENT", "study"],
      ["SERIES", "patientStudyOnly"],
      ["FRAME", "patient"],
      ["", "patient"],
    ] as const
  ) {
    assertThrows(() => findQuery(identifier(level), root), DecodeError);
  }
  assertThrows(() => findQuery(dataSet(), "study"), DecodeError);
});

Deno.test("findQuery: makes URLs that parseQido reads as the same keys", () => {
  const value = fc.string({ unit: "grapheme", maxLength: 20 });
  fc.assert(
    fc.property(value, (text) => {
      const { bytes } = encodeText(text, "LO", parseCharset("ISO_IR 192"));
      const query = findQuery(
        identifier(
          "STUDY",
          element(0x00080005, "CS", "ISO_IR 192"),
          element(0x00081030, "LO", bytes),
        ),
        "study",
      );
      const { path, parameters } = query.searches[0]!;
      assertEquals(path, "studies");
      const read = new URL(`http://h/${path}?${parameters}`).searchParams;
      try {
        assertEquals(parseQido(read, "study", {}).warnings, []);
      } catch (error) {
        // What no attribute can hold, such as a control character.
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 5 },
  );
});
