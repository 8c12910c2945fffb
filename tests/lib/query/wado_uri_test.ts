import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { parseWadoUri } from "../../../lib/query/wado_uri.ts";

const UIDS = "requestType=WADO&studyUID=1.2&seriesUID=1.2.3&objectUID=1.2.3.4";
const INSTANCE = { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.2.3", SOPInstanceUID: "1.2.3.4" };

const parse = (query = "", accept: string | null = null) =>
  parseWadoUri(new URLSearchParams(query === "" ? UIDS : `${UIDS}&${query}`), accept);

function rendered(query = "", accept: string | null = null) {
  const request = parse(query, accept);
  assert(request.kind === "rendered");
  return request;
}

Deno.test("parseWadoUri: an image is meant where nothing says otherwise", () => {
  for (const accept of [null, "*/*", "image/png", "text/html, */*;q=0.5"]) {
    assertEquals(parse("", accept).kind, "rendered");
  }
  const { ranges, ...rest } = rendered();
  assertEquals(ranges.map(({ essence }) => essence), ["*/*"]);
  assertEquals(rest, { kind: "rendered", instance: INSTANCE, annotation: [], warnings: [] });
});

Deno.test("parseWadoUri: contentType decides, else the Accept header", () => {
  assertEquals(parse("contentType=application/dicom", "image/png").kind, "dicom");
  assertEquals(parse("contentType=application%2Fdicom", "*/*").kind, "dicom");
  assertEquals(parse("", "application/dicom").kind, "dicom");
  assertEquals(parse("contentType=", "application/dicom").kind, "dicom");
  assertEquals(parse("contentType=image/jpeg", "application/dicom").kind, "rendered");
  const { ranges } = rendered("contentType=image/gif;q=0.5,image/png", "image/*");
  assertEquals(ranges.map(({ essence }) => essence), ["image/png", "image/gif", "image/*"]);
  assertEquals(
    rendered("contentType=application/dicom+xml").ranges[0]?.essence,
    "application/dicom+xml",
  );
});

Deno.test("parseWadoUri: a DICOM file in a transfer syntax, anonymized or as it is", () => {
  const dicom = { kind: "dicom", instance: INSTANCE, anonymize: false, warnings: [] } as const;
  assertEquals(parse("contentType=application/dicom"), { ...dicom, transferSyntax: undefined });
  assertEquals(
    parse("contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.4.50&anonymize=yes"),
    { ...dicom, transferSyntax: "1.2.840.10008.1.2.4.50", anonymize: true },
  );
  assertEquals(parse("contentType=application/dicom&transferSyntax=original"), {
    ...dicom,
    transferSyntax: "*",
  });
});

Deno.test("parseWadoUri: every parameter of an image", () => {
  const query = "contentType=image/jpeg&frameNumber=3&rows=64&columns=32767&imageQuality=100&" +
    "region=0,0.25,1.0,.5&windowCenter=-40.5&windowWidth=1e-1&annotation=patient,technique";
  const { ranges: _, ...request } = rendered(query);
  assertEquals(request, {
    kind: "rendered",
    instance: INSTANCE,
    frameNumber: 3,
    rows: 64,
    columns: 32767,
    region: { xMin: 0, yMin: 0.25, xMax: 1, yMax: 0.5 },
    window: { center: -40.5, width: 0.1 },
    quality: 100,
    annotation: ["patient", "technique"],
    warnings: [],
  });
  assertEquals(rendered("presentationUID=1.5&presentationSeriesUID=1.4").presentationState, {
    SeriesInstanceUID: "1.4",
    SOPInstanceUID: "1.5",
  });
});

Deno.test("parseWadoUri: warns of what has no meaning for what is asked", () => {
  assertEquals(parse("contentType=application/dicom&rows=5").warnings, [
    "The parameter rows is not supported here and was ignored",
  ]);
  assertEquals(parse("transferSyntax=1.2&annotation=ruler").warnings, [
    "The parameter transferSyntax is not supported here and was ignored",
    "The following annotation values are not supported: ruler",
  ]);
});

for (
  const query of [
    "requestType=WADO",
    "studyUID=1.9",
    "contentType=nonsense",
    "contentType=application/dicom,image/jpeg",
    "contentType=application/dicom;transfer-syntax=1.2",
    "contentType=image/jpeg;charset=utf-8",
    "contentType=application/dicom&transferSyntax=",
    "contentType=application/dicom&transferSyntax=1.02",
    "contentType=application/dicom&transferSyntax=1.2&transferSyntax=1.2",
    "contentType=application/dicom&anonymize=no",
    "contentType=application/dicom&anonymize=",
    "contentType=application/dicom&windowCenter=1&windowWidth=2",
    "anonymize=yes",
    "frameNumber=0",
    "frameNumber=1,2",
    "frameNumber=99999999999",
    "rows=63",
    "columns=32768",
    "rows=64.5",
    "imageQuality=0",
    "region=0,0,1",
    "region=0,0,1,1,1",
    "region=0.5,0,0.5,1",
    "region=0,0,1.1,1",
    "region=-0.1,0,1,1",
    "region=a,0,1,1",
    "windowCenter=1",
    "windowWidth=1",
    "windowCenter=a&windowWidth=1",
    "windowCenter=1&windowWidth=0",
    "windowCenter=1&windowWidth=-5",
    "presentationUID=1.5",
    "presentationSeriesUID=1.4",
    "presentationUID=1.5&presentationSeriesUID=1.4&frameNumber=1",
    "presentationUID=1.5&presentationSeriesUID=1.4&windowCenter=1&windowWidth=1",
    "annotation=",
  ]
) {
  Deno.test(`parseWadoUri: refuses ${query}`, () => {
    assertThrows(() => parse(query), DecodeError);
  });
}

Deno.test("parseWadoUri: refuses a request without its type or a UID, and too many parameters", () => {
  const refused = (query: string) =>
    assertThrows(() => parseWadoUri(new URLSearchParams(query), null), DecodeError);
  for (const name of ["requestType", "studyUID", "seriesUID", "objectUID"]) {
    const without = new URLSearchParams(UIDS);
    without.delete(name);
    refused(without.toString());
  }
  refused(UIDS.replace("WADO", "wado"));
  refused(UIDS.replace("1.2.3.4", "../x"));
  const many = Array.from({ length: 129 }, (_, index) => `x${index}=`).join("&");
  assertThrows(() => parse(many), LimitError);
});
