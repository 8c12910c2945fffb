import { assertEquals, assertThrows } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { encodeXml } from "../../../lib/dicom/xml.ts";
import { decodeXml } from "../../../lib/dicom/xml_decode.ts";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { dataSet, element, sequence } from "../../support/data_sets.ts";

function decode(content: string): DataSet {
  return decodeXml(`<?xml version="1.0"?><NativeDicomModel>${content}</NativeDicomModel>`);
}

/** The bytes of the only element, as text. */
function textOf(content: string): string {
  const [only] = decode(content).values();
  return only?.kind === "value" ? new TextDecoder().decode(only.bytes) : "";
}

Deno.test("decodeXml: reads values in the order of their numbers", () => {
  assertEquals(
    textOf(
      '<DicomAttribute tag="00080008" vr="CS"><Value number="3">C</Value>' +
        '<Value number="1">A</Value><Value number="2"/></DicomAttribute>',
    ),
    "A\\\\C",
  );
  assertEquals(
    textOf(
      '<DicomAttribute tag="00080008" vr="CS"><Value>A</Value><Value>B</Value></DicomAttribute>',
    ),
    "A\\B ",
  );
});

Deno.test("decodeXml: keeps the space in a value, and understands entities, CDATA and prefixes", () => {
  assertEquals(
    textOf(
      '<DicomAttribute tag="00104000" vr="LT"><Value number="1"> a&amp;b&#13;\n<![CDATA[<c>]]></Value></DicomAttribute>',
    ),
    " a&b\r\n<c> ",
  );
  const prefixed = '<n:NativeDicomModel xmlns:n="x"><n:DicomAttribute tag="00280010" vr="US">' +
    '<n:Value number="1">258</n:Value></n:DicomAttribute></n:NativeDicomModel>';
  assertEquals(decodeXml(prefixed), dataSet(element(0x00280010, "US", "\x02\x01")));
});

Deno.test("decodeXml: puts names together", () => {
  assertEquals(
    textOf(
      '<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic>' +
        "<FamilyName>A</FamilyName><NamePrefix>D</NamePrefix></Alphabetic><Phonetic>" +
        "<GivenName>P</GivenName></Phonetic></PersonName></DicomAttribute>",
    ),
    "A^^^D==^P ",
  );
});

Deno.test("decodeXml: keeps the place of bulk data for who stores it", () => {
  const set = decode(
    '<DicomAttribute tag="00420011" vr="OB"><BulkData uri="cid:1"/></DicomAttribute>' +
      '<DicomAttribute tag="7FE00010" vr="OW"><BulkData uuid="1-2"/></DicomAttribute>',
  );
  assertEquals([...set.values()], [
    { kind: "uri", tag: 0x00420011, vr: "OB", uri: "cid:1" },
    { kind: "uri", tag: 0x7FE00010, vr: "OW", uri: "urn:uuid:1-2" },
  ]);
});

Deno.test("decodeXml: gives private attributes the block of their creator, or a free one", () => {
  const value = '<Value number="1">x</Value></DicomAttribute>';
  const set = decode(
    `<DicomAttribute tag="00090001" vr="SH" privateCreator="B">${value}` +
      `<DicomAttribute tag="00090001" vr="SH" privateCreator="A">${value}` +
      `<DicomAttribute tag="00091502" vr="SH" privateCreator="C">${value}` +
      '<DicomAttribute tag="00090010" vr="LO"><Value number="1">A</Value></DicomAttribute>',
  );
  assertEquals(
    set,
    dataSet(
      element(0x00090010, "LO", "A "),
      element(0x00090011, "LO", "B "),
      element(0x00090015, "LO", "C "),
      element(0x00091001, "SH", "x "),
      element(0x00091101, "SH", "x "),
      element(0x00091502, "SH", "x "),
    ),
  );
});

Deno.test("decodeXml: gives back private blocks as encodeXml had them", () => {
  const set = dataSet(
    sequence(0x00081115, dataSet(element(0x00090012, "LO", "X "), element(0x00091201, "SH", "x "))),
    element(0x00090011, "LO", "A "),
    element(0x00091101, "SH", "x "),
    element(0x00091201, "SH", "y "),
  );
  assertEquals(decodeXml(encodeXml(set, { bulkDataURI: String })), set);
});

Deno.test("decodeXml: refuses what is no Native DICOM Model", () => {
  for (
    const wrong of [
      "",
      "DICOM",
      "<NativeDicomModel>",
      "<Other/>",
      "<!DOCTYPE NativeDicomModel [<!ENTITY a 'b'>]><NativeDicomModel/>",
      "<NativeDicomModel>&a;</NativeDicomModel>",
    ]
  ) assertThrows(() => decodeXml(wrong), DecodeError, "", wrong);
  for (
    const wrong of [
      '<DicomAttribute vr="CS"/>',
      '<DicomAttribute tag="0008006" vr="CS"/>',
      '<DicomAttribute tag="00080060"/>',
      '<DicomAttribute tag="00080060" vr="XX"/>',
      '<DicomAttribute tag="00080060" vr="CS"/><DicomAttribute tag="00080060" vr="CS"/>',
      '<DicomAttribute tag="00080060" vr="CS"><Item/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="CS"><Value/><InlineBinary/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="CS"><Value number="2"/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="CS"><Value number="1"/><Value number="1"/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="CS"><Value number="0x1"/><Value number="-1"/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="SQ"><Value/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="SQ"><BulkData uri="x"/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="OB"><BulkData/></DicomAttribute>',
      '<DicomAttribute tag="00080060" vr="US"><Value>65536</Value></DicomAttribute>',
    ]
  ) assertThrows(() => decode(wrong), DecodeError, "", wrong);
});

Deno.test("decodeXml: stops at its depth", () => {
  const item = '<DicomAttribute tag="00081115" vr="SQ"><Item>';
  assertThrows(() => decode(item.repeat(100_000)), LimitError);
  assertThrows(() => decode("<a>".repeat(100_000)), LimitError);
});
