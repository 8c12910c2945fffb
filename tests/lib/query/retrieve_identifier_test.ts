import { assertEquals, assertThrows } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { DecodeError } from "../../../lib/errors.ts";
import type { QueryRetrieveRoot } from "../../../lib/dimse/sop_classes.ts";
import { UIDS_PER_SEARCH } from "../../../lib/query/qido_search.ts";
import { instanceSearches } from "../../../lib/query/retrieve_identifier.ts";
import { dataSet, element } from "../../support/data_sets.ts";

interface Keys {
  readonly level: string;
  readonly patient?: string;
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
}

function identifier(
  { level, patient = "", study = "", series = "", instance = "" }: Keys,
): DataSet {
  return dataSet(
    element(0x00080018, "UI", instance),
    element(0x00080052, "CS", level),
    element(0x00100020, "LO", patient),
    element(0x0020000D, "UI", study),
    element(0x0020000E, "UI", series),
  );
}

/** The searches as URLs, without what they all include. */
function searches(keys: Keys, root: QueryRetrieveRoot = "study"): string[] {
  return instanceSearches(identifier(keys), root).map(({ path, parameters }) => {
    assertEquals(parameters.getAll("includefield").includes("AvailableTransferSyntaxUID"), true);
    parameters.delete("includefield");
    return parameters.size === 0 ? path : `${path}?${decodeURIComponent(`${parameters}`)}`;
  });
}

function refusal(keys: Keys, root: QueryRetrieveRoot = "study"): string {
  return assertThrows(() => searches(keys, root), DecodeError).message;
}

Deno.test("instanceSearches: asks for a patient by its ID, in the patient roots only", () => {
  const keys = { level: "PATIENT", patient: "P 1 " };
  assertEquals(searches(keys, "patient"), ["instances?PatientID=P+1"]);
  assertEquals(searches(keys, "patientStudyOnly"), ["instances?PatientID=P+1"]);
  assertEquals(refusal(keys), "QueryRetrieveLevel is to be one of STUDY, SERIES, IMAGE");
});

Deno.test("instanceSearches: refuses a patient's ID that could match several patients", () => {
  for (const patient of ["*", "A?", "A\\B"]) {
    refusal({ level: "PATIENT", patient }, "patient");
    refusal({ level: "STUDY", patient, study: "1.2" }, "patient");
  }
  assertEquals(refusal({ level: "PATIENT" }, "patient"), "The PATIENT level needs PatientID");
});

Deno.test("instanceSearches: asks for each study of a list once", () => {
  assertEquals(searches({ level: "STUDY", study: "1.2\\1.3\\1.2\0" }), [
    "studies/1.2/instances",
    "studies/1.3/instances",
  ]);
  assertEquals(searches({ level: "STUDY", study: "1.2", patient: "P" }, "patient"), [
    "studies/1.2/instances?PatientID=P",
  ]);
});

Deno.test("instanceSearches: asks for series below their study, or relationally", () => {
  assertEquals(searches({ level: "SERIES", study: "1.2", series: "1.3\\1.4" }), [
    "studies/1.2/instances?SeriesInstanceUID=1.3,1.4",
  ]);
  assertEquals(searches({ level: "SERIES", series: "1.3" }), [
    "instances?SeriesInstanceUID=1.3",
  ]);
});

Deno.test("instanceSearches: asks for instances below what is named above them", () => {
  const instance = "1.5\\1.6";
  assertEquals(searches({ level: "IMAGE", study: "1.2", series: "1.3", instance }), [
    "studies/1.2/series/1.3/instances?SOPInstanceUID=1.5,1.6",
  ]);
  assertEquals(searches({ level: "INSTANCE", study: "1.2", instance }), [
    "instances?StudyInstanceUID=1.2&SOPInstanceUID=1.5,1.6",
  ]);
  assertEquals(searches({ level: "IMAGE", instance }), ["instances?SOPInstanceUID=1.5,1.6"]);
});

Deno.test("instanceSearches: splits a long list", () => {
  const uids = Array.from({ length: 2 * UIDS_PER_SEARCH + 1 }, (_, index) => `1.2.${index}`);
  const all = searches({ level: "IMAGE", instance: uids.join("\\") });
  const lists = all.map((url) => url.slice(url.indexOf("=") + 1).split(","));
  assertEquals(lists.map((list) => list.length), [UIDS_PER_SEARCH, UIDS_PER_SEARCH, 1]);
  assertEquals(lists.flat(), uids);
});

Deno.test("instanceSearches: refuses keys that are missing, ambiguous or no UIDs", () => {
  assertEquals(refusal({ level: "STUDY" }), "The STUDY level needs StudyInstanceUID");
  assertEquals(
    refusal({ level: "SERIES", study: "1.2" }),
    "The SERIES level needs SeriesInstanceUID",
  );
  assertEquals(
    refusal({ level: "SERIES", study: "1.2\\1.3", series: "1.4" }),
    "StudyInstanceUID is above the level and may have one value",
  );
  assertEquals(
    refusal({ level: "STUDY", study: "../../1.2" }),
    "StudyInstanceUID is to hold UIDs",
  );
  assertEquals(refusal({ level: "STUDY", study: "*" }), "StudyInstanceUID is to hold UIDs");
  refusal({ level: "", study: "1.2" });
  refusal({ level: "SERIES", series: "1.2" }, "patientStudyOnly");
});
