import { assertEquals } from "@std/assert";
import { charsetOf, decodeText, parseCharset } from "../../../lib/dicom/charset.ts";
import type { DataSet, Element, Tag } from "../../../lib/dicom/dataset.ts";
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { items, strings, text } from "../../../lib/dicom/values.ts";
import { responseIdentifier } from "../../../lib/query/identifier_response.ts";
import { dataSet, element, sequence } from "../../support/data_sets.ts";

const LEVEL = element(0x00080052, "CS", "STUDY ");
const PATIENT_NAME = 0x00100010;
const CHARSET = 0x00080005;

const MATCH = decodeJson({
  "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
  "00080020": { vr: "DA", Value: ["20240101"] },
  "00080056": { vr: "CS", Value: ["ONLINE"] },
  "00080061": { vr: "CS", Value: ["CT", "SR"] },
  "00081190": { vr: "UR", Value: ["http://127.0.0.1/studies/1.2"] },
  "00100010": { vr: "PN", Value: [{ Alphabetic: "Müller^Jörg", Ideographic: "山田^太郎" }] },
  "0020000D": { vr: "UI", Value: ["1.2"] },
  "00400275": {
    vr: "SQ",
    Value: [
      { "00400009": { vr: "SH", Value: ["S1"] }, "00401001": { vr: "SH", Value: ["Größe"] } },
    ],
  },
});

function respond(
  keys: readonly Element[],
  options: { charset?: string; match?: DataSet } = {},
): DataSet {
  return responseIdentifier(options.match ?? MATCH, {
    identifier: dataSet(LEVEL, ...keys),
    charset: options.charset === undefined ? undefined : parseCharset(options.charset),
    RetrieveAETitle: "GANTRY",
  });
}

const tags = (set: DataSet): Tag[] => [...set.keys()].sort((a, b) => a - b);

Deno.test("responseIdentifier: has every attribute that was asked for, and no other", () => {
  const answer = respond([
    element(0x00080020, "DA", ""),
    element(0x00080050, "SH", ""),
    element(0x0020000D, "UI", ""),
    element(0x00091001, "UN", ""),
    sequence(0x00081110),
  ]);
  assertEquals(
    tags(answer),
    [
      0x00080020,
      0x00080050,
      0x00080052,
      0x00080054,
      0x00080056,
      0x00081110,
      0x00091001,
      0x0020000D,
    ],
  );
  assertEquals(text(answer, 0x00080020), "20240101");
  assertEquals(strings(answer, 0x00080050), []);
  assertEquals(answer.get(0x00080050), element(0x00080050, "SH"));
  assertEquals(answer.get(0x00081110), sequence(0x00081110));
  assertEquals(text(answer, 0x00080052), "STUDY");
  assertEquals(text(answer, 0x00080054), "GANTRY");
});

Deno.test("responseIdentifier: repeats whose private attributes are asked for", () => {
  const creator = element(0x00090010, "LO", "ACME");
  assertEquals(respond([creator]).get(0x00090010), creator);
});

Deno.test("responseIdentifier: gives of an item what was asked for", () => {
  const inside = (...keys: readonly Element[]) =>
    items(respond([sequence(0x00400275, dataSet(...keys))]), 0x00400275).map(tags);
  assertEquals(inside(element(0x00400009, "SH", "")), [[0x00400009]]);
  assertEquals(inside(), [[0x00400009, 0x00401001]]);
  assertEquals(items(respond([sequence(0x00400275)]), 0x00400275).map(tags), [
    [0x00400009, 0x00401001],
  ]);
});

Deno.test("responseIdentifier: answers in the caller's character set", () => {
  const name = element(PATIENT_NAME, "PN", "");
  const answered = (charset: string | undefined, configured?: string) => {
    const named = charset === undefined ? [] : [element(CHARSET, "CS", charset)];
    const answer = respond(
      [...named, name],
      configured === undefined ? {} : { charset: configured },
    );
    return [strings(answer, CHARSET).join("\\"), text(answer, PATIENT_NAME)];
  };
  assertEquals(answered("ISO_IR 192"), ["ISO_IR 192", "Müller^Jörg=山田^太郎"]);
  assertEquals(answered("ISO_IR 100"), ["ISO_IR 100", "Müller^Jörg=??^??"]);
  assertEquals(answered("ISO_IR 6"), ["ISO_IR 6", "M?ller^J?rg=??^??"]);
  assertEquals(
    answered("\\ISO 2022 IR 87"),
    ["ISO 2022 IR 6\\ISO 2022 IR 87", "M?ller^J?rg=山田^太郎"],
  );
  assertEquals(answered(undefined, "ISO_IR 100"), ["ISO_IR 100", "Müller^Jörg=??^??"]);
  assertEquals(answered("", "GB18030"), ["GB18030", "Müller^Jörg=山田^太郎"]);
  assertEquals(answered(undefined), ["ISO_IR 192", "Müller^Jörg=山田^太郎"]);
});

Deno.test("responseIdentifier: answers in the smallest set where none is asked for", () => {
  const request = sequence(0x00400275, dataSet(element(0x00401001, "SH", "")));
  const answer = respond([request]);
  assertEquals(strings(answer, CHARSET), ["ISO_IR 100"]);
  const [item] = items(answer, 0x00400275);
  const value = item?.get(0x00401001);
  assertEquals(
    value?.kind === "value" && decodeText(value.bytes, "SH", charsetOf(answer)),
    "Größe",
  );
  assertEquals(respond([element(0x00080020, "DA", "")]).has(CHARSET), false);
  assertEquals(
    strings(respond([element(CHARSET, "CS", ""), element(0x00080020, "DA", "")]), CHARSET),
    ["ISO_IR 6"],
  );
});

Deno.test("responseIdentifier: leaves out values that the server only points to", () => {
  const match = decodeJson({ "7FE00010": { vr: "OW", BulkDataURI: "http://h/bulk" } });
  const answer = respond([element(0x7FE00010, "OW", "")], { match });
  assertEquals(answer.get(0x7FE00010), element(0x7FE00010, "OW"));
});
