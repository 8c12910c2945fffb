/** Negotiation by header and by query parameter. @module */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { acceptOf, type MetadataForm, negotiateMetadata } from "../../../server/http/negotiate.ts";
import { Problem } from "../../../server/http/problem.ts";

function request(query: string, accept?: string): Request {
  return new Request(`http://localhost/dicomweb/studies${query}`, {
    headers: accept === undefined ? {} : { accept },
  });
}

Deno.test("acceptOf: puts the query parameter before the header", () => {
  const ranges = acceptOf(request("?accept=image/png;q=0.2&limit=1", "image/jpeg, */*;q=0.1"));
  assertEquals(ranges.map((range) => range.essence), ["image/png", "image/jpeg", "*/*"]);
});

Deno.test("acceptOf: takes an unescaped plus, a repeated and an empty parameter", () => {
  const ranges = acceptOf(request("?accept=application/dicom+json&accept=a/b;+q=0.5&accept="));
  assertEquals(ranges.map((range) => range.essence), ["application/dicom+json", "a/b", "*/*"]);
});

Deno.test("acceptOf: looks at no other parameter that holds the word", () => {
  assertEquals(acceptOf(request("?acceptable=image/png&PatientName=accept", "a/b")).length, 1);
});

Deno.test("negotiateMetadata: gives the form that the client likes best", () => {
  const cases: readonly (readonly [string | undefined, MetadataForm])[] = [
    [undefined, "json"],
    ["*/*", "json"],
    ["application/*", "json"],
    ["application/json", "json"],
    ["application/dicom+json, application/json;q=0.9", "json"],
    ['multipart/related; type="application/dicom+xml"', "xml"],
    ["multipart/related; type=application/dicom+xml; transfer-syntax=*", "xml"],
    ["application/dicom+xml", "xml"],
    ["application/dicom+json;q=0.5, multipart/related;type=application/dicom+xml", "xml"],
    ["image/png, application/json;q=0.1", "json"],
  ];
  for (const [accept, form] of cases) {
    assertEquals(negotiateMetadata(acceptOf(request("", accept))), form, accept);
  }
});

Deno.test("negotiateMetadata: refuses with 406 and a list of what is possible", () => {
  const problem = assertThrows(
    () => negotiateMetadata(acceptOf(request("", "image/png"))),
    Problem,
  );
  assertEquals(problem.status, 406);
  assertStringIncludes(problem.message, "application/dicom+json");
});
