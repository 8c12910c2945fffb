/** Negotiation by header and by query parameter. @module */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { acceptOf, negotiateMetadata } from "../../../server/http/negotiate.ts";
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

Deno.test("acceptOf: takes what a form would send, where a plus is a space", () => {
  const accept = new URLSearchParams({ accept: 'multipart/related; type="application/dicom+xml"' });
  const [range] = acceptOf(request(`?${accept}`));
  assertEquals([range?.essence, range?.type], ["multipart/related", "application/dicom+xml"]);
});

Deno.test("acceptOf: looks at no other parameter that holds the word", () => {
  assertEquals(acceptOf(request("?acceptable=image/png&PatientName=accept", "a/b")).length, 1);
});

Deno.test("negotiateMetadata: gives the form that the client likes best, by the name it gave", () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "application/dicom+json"],
    ["*/*", "application/dicom+json"],
    ["application/*", "application/dicom+json"],
    ["application/json", "application/json"],
    ["application/dicom+json, application/json;q=0.9", "application/dicom+json"],
    ['multipart/related; type="application/dicom+xml"', "application/dicom+xml"],
    ["multipart/related; type=application/dicom+xml; transfer-syntax=*", "application/dicom+xml"],
    ["application/dicom+xml", "application/dicom+xml"],
    [
      "application/dicom+json;q=0.5, multipart/related;type=application/dicom+xml",
      "application/dicom+xml",
    ],
    ["image/png, application/json;q=0.1", "application/json"],
  ];
  for (const [accept, expected] of cases) {
    const { form, mediaType } = negotiateMetadata(acceptOf(request("", accept)));
    assertEquals(mediaType, expected, accept);
    assertEquals(form, expected.endsWith("xml") ? "xml" : "json", accept);
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
