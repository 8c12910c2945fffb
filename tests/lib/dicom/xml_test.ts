import { assertEquals, assertStringIncludes } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { encodeXml, escapeXml } from "../../../lib/dicom/xml.ts";
import { bulk, bytesOf, dataSet, element, fragments, sequence } from "../../support/data_sets.ts";

/** What stands between the root's tags. */
function xml(set: DataSet): string {
  const document = encodeXml(set, { bulkDataURI: (path) => `http://host/${path}?a&b` });
  return document.slice(
    document.indexOf("PS3.19/models/NativeDICOM") + 27,
    -"</NativeDicomModel>".length,
  );
}

Deno.test("encodeXml: begins with a declaration and the model's root", () => {
  assertEquals(
    encodeXml(new Map(), { bulkDataURI: String }),
    '<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xml:space="preserve" ' +
      'xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM"></NativeDicomModel>',
  );
});

Deno.test("encodeXml: numbers values and leaves empty ones empty", () => {
  assertEquals(
    xml(dataSet(element(0x00080008, "CS", "A\\\\B "))),
    '<DicomAttribute tag="00080008" vr="CS" keyword="ImageType"><Value number="1">A</Value>' +
      '<Value number="2"/><Value number="3">B</Value></DicomAttribute>',
  );
  assertEquals(
    xml(dataSet(element(0x00080050, "SH"))),
    '<DicomAttribute tag="00080050" vr="SH" keyword="AccessionNumber"></DicomAttribute>',
  );
});

Deno.test("encodeXml: takes names apart into groups and components", () => {
  assertEquals(
    xml(dataSet(element(0x00100010, "PN", "A^B^^D^E^F==P\\G"))),
    '<DicomAttribute tag="00100010" vr="PN" keyword="PatientName">' +
      '<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><GivenName>B</GivenName>' +
      "<NamePrefix>D</NamePrefix><NameSuffix>E^F</NameSuffix></Alphabetic>" +
      "<Phonetic><FamilyName>P</FamilyName></Phonetic></PersonName>" +
      '<PersonName number="2"><Alphabetic><FamilyName>G</FamilyName></Alphabetic></PersonName>' +
      "</DicomAttribute>",
  );
});

Deno.test("encodeXml: writes numbers, tags, octets, items and what stayed in the file", () => {
  const text = xml(dataSet(
    element(0x00080005, "CS", "ISO_IR 100"),
    element(0x00080080, "LO", "\xc4"),
    element(0x00280009, "AT", "\x18\0\x63\x10"),
    element(0x00280010, "US", "\x02\x01"),
    element(0x00280030, "DS", " 1.50\\2 "),
    sequence(0x00400260, dataSet(), dataSet(bulk(0x00420011, "OB"))),
    element(0x00720074, "FD", bytesOf(new Float64Array([0.1, NaN]))),
    element(0x04000404, "OB", "\x01\x02"),
    fragments(),
  ));
  for (
    const part of [
      '<Value number="1">ISO_IR 192</Value>',
      '<Value number="1">Ä</Value>',
      '<Value number="1">00181063</Value>',
      '<Value number="1">258</Value>',
      '<Value number="1">1.50</Value><Value number="2">2</Value>',
      '<Item number="1"></Item><Item number="2"><DicomAttribute tag="00420011" vr="OB" ' +
      'keyword="EncapsulatedDocument"><BulkData uri="http://host/00400260/2/00420011?a&amp;b"/>',
      '<Value number="1">0.1</Value><Value number="2">NaN</Value>',
      "<InlineBinary>AQI=</InlineBinary>",
      '<BulkData uri="http://host/7FE00010?a&amp;b"/>',
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("encodeXml: names private attributes by their creator", () => {
  assertEquals(
    xml(dataSet(
      element(0x00090011, "LO", 'A "B" '),
      element(0x00091101, "SH", "x"),
      element(0x00091201, "SH", "y"),
    )),
    '<DicomAttribute tag="00090011" vr="LO"><Value number="1">A &quot;B&quot;</Value></DicomAttribute>' +
      '<DicomAttribute tag="00090001" vr="SH" privateCreator="A &quot;B&quot;">' +
      '<Value number="1">x</Value></DicomAttribute>' +
      '<DicomAttribute tag="00091201" vr="SH"><Value number="1">y</Value></DicomAttribute>',
  );
});

Deno.test("escapeXml: writes nothing that XML 1.0 forbids", () => {
  assertEquals(escapeXml("<&>\"'\r\n\t"), "&lt;&amp;&gt;&quot;'&#13;&#10;&#9;");
  assertEquals(escapeXml("\0\x1b\x0c\uFFFE\ud800 😀"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD 😀");
});
