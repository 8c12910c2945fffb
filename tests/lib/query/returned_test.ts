import { assertEquals } from "@std/assert";
import { parseQido } from "../../../lib/query/qido.ts";
import type { Level } from "../../../lib/query/query.ts";
import { headerTags, returnedAttributes } from "../../../lib/query/returned.ts";

function query(level: Level, search: string, scope = {}) {
  return parseQido(new URLSearchParams(search), level, scope).query;
}

Deno.test("headerTags: needs no header for what columns have or what is computed", () => {
  assertEquals(headerTags(query("study", "")), undefined);
  const search = "includefield=StudyDescription,SOPClassesInStudy,RetrieveURL,00080005&PatientID=";
  assertEquals(headerTags(query("study", search)), undefined);
});

Deno.test("headerTags: gives the attributes of the level and above, sequences as a whole", () => {
  const search = "includefield=PatientComments,RequestedProcedureCodeSequence.CodeValue,00091001";
  assertEquals(
    headerTags(query("study", search)),
    new Set([0x00104000, 0x00321064, 0x00091001]),
  );
  assertEquals(headerTags(query("study", "includefield=ImageType,OperatorsName")), undefined);
  assertEquals(
    headerTags(query("series", "includefield=ImageType,OperatorsName")),
    new Set([0x00081070]),
  );
  assertEquals(headerTags(query("instance", "ImageType=")), new Set([0x00080008]));
  assertEquals(headerTags(query("instance", "includefield=all")), "all");
});

Deno.test("returnedAttributes: gives all columns of the level and above for all", () => {
  const keywords = returnedAttributes(query("series", "includefield=all"))
    .map(({ attribute }) => attribute.keyword);
  for (const keyword of ["StationName", "SOPClassesInStudy", "PatientBirthTime"]) {
    assertEquals(keywords.includes(keyword), true, keyword);
  }
  for (const keyword of ["Rows", "NumberOfPatientRelatedStudies"]) {
    assertEquals(keywords.includes(keyword), false, keyword);
  }
});

Deno.test("returnedAttributes: gives the UIDs that lead to a result, whatever the URL", () => {
  const scope = { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3" };
  const keywords = returnedAttributes(query("instance", "", scope))
    .map(({ attribute }) => attribute.keyword);
  for (const keyword of ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]) {
    assertEquals(keywords.includes(keyword), true, keyword);
  }
});
