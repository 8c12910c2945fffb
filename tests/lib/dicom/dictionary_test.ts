import { assertEquals } from "@std/assert";
import {
  formatTag,
  implicitVR,
  isPrivateCreator,
  keywordOf,
  lookup,
  parseTag,
  tagOf,
} from "../../../lib/dicom/dictionary.ts";
import { DICTIONARY_TABLE } from "../../../lib/dicom/dictionary_table.ts";
import { VR_TRAITS } from "../../../lib/dicom/vr.ts";
import { generateDictionaryTable } from "../../support/generate_dictionary.ts";

Deno.test("DICTIONARY_TABLE: is what its generator makes of the dictionary of dcmjs", () => {
  const table = generateDictionaryTable();
  assertEquals(table.includes(DICTIONARY_TABLE), true, "run tests/support/generate_dictionary.ts");
});

Deno.test("DICTIONARY_TABLE: holds lines of known form only", () => {
  const choices = ["OB/OW", "US/SS", "US/OW", "US/SS/OW"];
  const known = new Set([...Object.keys(VR_TRAITS), ...choices]);
  const wrong = DICTIONARY_TABLE.trim().split("\n").filter((line) => {
    const vr = /^[0-9A-Fx]{8} (?:\w+|-) (\S+) \d+(?:-\d*n?)?(?:\/1)?$/.exec(line)?.[1];
    return vr === undefined || !known.has(vr);
  });
  assertEquals(wrong, []);
});

Deno.test("lookup: knows standard, command, file meta and DICONDE elements", () => {
  assertEquals(lookup(0x00100010), { keyword: "PatientName", vr: "PN", vm: "1" });
  assertEquals(lookup(0x00000100), { keyword: "CommandField", vr: "US", vm: "1" });
  assertEquals(lookup(0x00020010), { keyword: "TransferSyntaxUID", vr: "UI", vm: "1" });
  assertEquals(lookup(0x7FE00010), { keyword: "PixelData", vr: "OB or OW", vm: "1" });
  assertEquals(lookup(0x00283006), { keyword: "LUTData", vr: "US or OW", vm: "1-n or 1" });
  assertEquals(lookup(0x00280034)?.vm, "2");
  assertEquals(lookup(0xFFFEE000), undefined);
});

Deno.test("lookup: knows repeating groups, in even groups only", () => {
  assertEquals(lookup(0x60023000), { keyword: "OverlayData", vr: "OB or OW", vm: "1" });
  assertEquals(lookup(0x501E3000)?.keyword, "CurveData");
  assertEquals(lookup(0x60013000), undefined);
  assertEquals(lookup(0x00203105)?.keyword, "SourceImageIDs");
  assertEquals(lookup(0x00280401)?.keyword, "TransformVersionNumber");
  assertEquals(lookup(0x00280421)?.keyword, "ColumnsForNthOrderCoefficients");
  assertEquals(lookup(0x10001234)?.keyword, "ShiftTableSize");
  assertEquals(lookup(0x10101234)?.keyword, "ZonalMap");
  assertEquals(lookup(0x7F020010)?.keyword, "VariablePixelData");
});

Deno.test("implicitVR: decides choices, private elements and group lengths", () => {
  assertEquals(implicitVR(0x00280106, { pixelRepresentation: 1 }), "SS");
  assertEquals(implicitVR(0x00280106, { pixelRepresentation: 0 }), "US");
  assertEquals(implicitVR(0x00280106, {}), "US");
  assertEquals(implicitVR(0x7FE00010, {}), "OW");
  assertEquals(implicitVR(0x60003000, {}), "OW");
  assertEquals(implicitVR(0x00283006, {}), "OW");
  assertEquals(implicitVR(0x00080000, {}), "UL");
  assertEquals(implicitVR(0x00090000, {}), "UL");
  assertEquals(implicitVR(0x00090010, {}), "LO");
  assertEquals(implicitVR(0x00091001, {}), "UN");
  assertEquals(implicitVR(0x00081FFF, {}), "UN");
  assertEquals(implicitVR(0x00081199, {}), "SQ");
});

Deno.test("parseTag: reads digits of either case and keywords", () => {
  assertEquals(parseTag("0020000d"), 0x0020000D);
  assertEquals(parseTag("FFFEE000"), 0xFFFEE000);
  assertEquals(parseTag("StudyInstanceUID"), 0x0020000D);
  assertEquals(parseTag("OverlayRows"), 0x60000010);
  for (const wrong of ["", "-", "0020000", "0020,000D", "studyInstanceUID", "__proto__", "US"]) {
    assertEquals(parseTag(wrong), undefined, wrong);
  }
});

Deno.test("formatTag: writes eight uppercase digits", () => {
  assertEquals(formatTag(0x00100010), "00100010");
  assertEquals(formatTag(0xFFFEE00D), "FFFEE00D");
});

Deno.test("keywordOf, tagOf: are each other's inverse but for retired namesakes", () => {
  assertEquals(keywordOf(0x00180061), undefined);
  assertEquals(keywordOf(0x00091001), undefined);
  const wrong = DICTIONARY_TABLE.trim().split("\n").filter((line) => {
    const keyword = line.split(" ")[1] ?? "";
    const tag = tagOf(keyword);
    return keyword !== "-" && (tag === undefined || keywordOf(tag) !== keyword);
  });
  assertEquals(wrong, []);
});

Deno.test("isPrivateCreator: is (odd,0010) to (odd,00FF)", () => {
  assertEquals([0x00090010, 0x000900FF].every(isPrivateCreator), true);
  assertEquals([0x0009000F, 0x00090100, 0x00080010].some(isPrivateCreator), false);
});
