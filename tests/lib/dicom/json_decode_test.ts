import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { DataSet, Element, VR } from "../../../lib/dicom/dataset.ts";
import { encodeJson } from "../../../lib/dicom/json.ts";
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { encodeXml } from "../../../lib/dicom/xml.ts";
import { decodeXml } from "../../../lib/dicom/xml_decode.ts";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { bytesOf, dataSet, element, sequence } from "../../support/data_sets.ts";

const options = { bulkDataURI: (path: string) => path };

function decodeOne(vr: VR, ...values: unknown[]): Element | undefined {
  return decodeJson({ "00090010": { vr, Value: values } }).get(0x00090010);
}

function bytesFor(vr: VR, ...values: unknown[]): Uint8Array | undefined {
  const found = decodeOne(vr, ...values);
  return found?.kind === "value" ? found.bytes : undefined;
}

function textFor(vr: VR, ...values: unknown[]): string {
  return new TextDecoder().decode(bytesFor(vr, ...values));
}

Deno.test("decodeJson: pads text with a space and UIDs with a null", () => {
  assertEquals(textFor("LO", "A"), "A ");
  assertEquals(textFor("UI", "1.2"), "1.2\0");
  assertEquals(textFor("CS", "A", null, "B", null), "A\\\\B\\ ");
  assertEquals(textFor("LT", null), "");
  assertEquals(textFor("LO", null, null), "\\ ");
});

Deno.test("decodeJson: gives back the bytes that a code should not have had", () => {
  const set = dataSet(element(0x00080060, "CS", "\x80\xff"));
  assertEquals(decodeJson(JSON.parse(encodeJson(set, options))), set);
  assertEquals(decodeXml(encodeXml(set, options)), set);
});

Deno.test("decodeJson: joins the groups of a name", () => {
  assertEquals(textFor("PN", { Alphabetic: "A^B", Phonetic: "C" }), "A^B==C");
  assertEquals(textFor("PN", { Alphabetic: "A" }, null, {}), "A\\\\ ");
});

Deno.test("decodeJson: fits decimal strings into 16 characters", () => {
  assertEquals(textFor("DS", 1.5, "1.50"), "1.5\\1.50");
  assertEquals(textFor("DS", -1 / 3), "-0.3333333333333".padEnd(16));
  assertEquals(
    textFor("DS", -1.234567890123e-300),
    "-1.23456789e-300",
  );
  assertEquals(textFor("DS", 123456789012345678901), "1.2345678901e+20");
  assertEquals(textFor("DS", -Number.MAX_VALUE), "-1.79769313e+308");
  assertEquals(textFor("IS", -12, "+3"), "-12\\+3");
});

Deno.test("decodeJson: writes numbers in the width of the VR, at the ends of its range", () => {
  assertEquals(bytesFor("US", 0, 65535), bytesOf(new Uint16Array([0, 65535])));
  assertEquals(bytesFor("SS", -32768), bytesOf(new Int16Array([-32768])));
  assertEquals(bytesFor("UL", 4294967295), bytesOf(new Uint32Array([4294967295])));
  assertEquals(
    bytesFor("SV", "-9223372036854775808", 1),
    bytesOf(new BigInt64Array([-(2n ** 63n), 1n])),
  );
  assertEquals(
    bytesFor("UV", "18446744073709551615"),
    bytesOf(new BigUint64Array([2n ** 64n - 1n])),
  );
  assertEquals(
    bytesFor("FD", 0.1, "NaN", "-inf", "Infinity"),
    bytesOf(new Float64Array([0.1, NaN, -Infinity, Infinity])),
  );
  assertEquals(bytesFor("AT", "7fe00010"), new Uint8Array([0xe0, 0x7f, 0x10, 0]));
  assertEquals(bytesFor("US", null), new Uint8Array());
});

Deno.test("decodeJson: pads inline binary to an even length", () => {
  const set = decodeJson({ "00420011": { vr: "OB", InlineBinary: "AQID" } });
  assertEquals(set, dataSet(element(0x00420011, "OB", "\x01\x02\x03\0")));
});

Deno.test("decodeJson: keeps a BulkDataURI for who stores it", () => {
  const set = decodeJson({ "7FE00010": { vr: "OW", BulkDataURI: "cid:1" } });
  assertEquals([...set.values()], [{ kind: "uri", tag: 0x7FE00010, vr: "OW", uri: "cid:1" }]);
});

Deno.test("decodeJson: sorts elements and leaves group lengths out", () => {
  const set = decodeJson({
    "00100020": { vr: "LO", Value: ["1"] },
    "00080060": { vr: "CS", Value: ["CT"] },
    "00080000": { vr: "UL", Value: [1] },
  });
  assertEquals([...set.keys()], [0x00080060, 0x00100020]);
});

Deno.test("decodeJson: announces UTF-8 where there is a character set, or a need of one", () => {
  const charsetOf = (set: DataSet | undefined) => {
    const found = set?.get(0x00080005);
    return found?.kind === "value" ? new TextDecoder().decode(found.bytes) : undefined;
  };
  const name = (Alphabetic: string) => ({ "00100010": { vr: "PN", Value: [{ Alphabetic }] } });
  assertEquals(charsetOf(decodeJson(name("A"))), undefined);
  assertEquals(charsetOf(decodeJson(name("Ä"))), "ISO_IR 192");
  const nested = decodeJson({ "00081115": { vr: "SQ", Value: [name("Ä")] } });
  assertEquals(charsetOf(nested), "ISO_IR 192");
  const wrong = { "00080005": { vr: "CS", Value: ["ISO_IR 100"] }, ...name("Ä") };
  const items = decodeJson({ "00081115": { vr: "SQ", Value: [wrong] } }).get(0x00081115);
  assertEquals(charsetOf(items?.kind === "sequence" ? items.items[0] : undefined), "ISO_IR 192");
});

Deno.test("decodeJson: refuses what is no DICOM JSON, and names the attribute", () => {
  const attribute = (value: unknown) => () => decodeJson({ "00080060": value });
  for (const wrong of [null, [], "x", 1, { "0008": {} }, { PatientID: { vr: "LO" } }]) {
    assertThrows(() => decodeJson(wrong), DecodeError);
  }
  for (
    const wrong of [
      null,
      [],
      {},
      { vr: 1 },
      { vr: "XX" },
      { vr: "constructor" },
      { vr: "CS", Value: "CT" },
      { vr: "CS", Value: [true] },
      { vr: "CS", Value: [1] },
      { vr: "CS", Value: ["山"] },
      { vr: "CS", Value: [{}] },
      { vr: "LT", Value: ["a", "b"] },
      { vr: "US", Value: [65536] },
      { vr: "US", Value: [1.5] },
      { vr: "US", Value: ["x"] },
      { vr: "US", Value: [1, null] },
      { vr: "SV", Value: ["9223372036854775808"] },
      { vr: "UV", Value: ["-1"] },
      { vr: "UV", Value: ["9".repeat(1000)] },
      { vr: "FD", Value: ["one"] },
      { vr: "FD", Value: ["1.2.3"] },
      { vr: "DS", Value: [true] },
      { vr: "IS", Value: [1.5] },
      { vr: "AT", Value: ["0010"] },
      { vr: "PN", Value: ["A^B"] },
      { vr: "PN", Value: [{ Alphabetic: 1 }] },
      { vr: "SQ", Value: [null] },
      { vr: "SQ", BulkDataURI: "x" },
      { vr: "OB", BulkDataURI: 1 },
      { vr: "OB", InlineBinary: "?" },
      { vr: "OB", InlineBinary: 1 },
      { vr: "OB", Value: ["AAA="] },
      { vr: "CS", InlineBinary: "AAA=" },
      { vr: "OB", InlineBinary: "", BulkDataURI: "" },
    ]
  ) {
    assertThrows(attribute(wrong), DecodeError, "00080060", JSON.stringify(wrong));
  }
  assertThrows(
    () => decodeJson({ "0008006a": { vr: "CS" }, "0008006A": { vr: "CS" } }),
    DecodeError,
  );
});

Deno.test("decodeJson: stops at its depth", () => {
  let bomb: unknown = {};
  for (let depth = 0; depth < 100_000; depth++) bomb = { "00081115": { vr: "SQ", Value: [bomb] } };
  assertThrows(() => decodeJson(bomb), LimitError);
});

/** Elements that both models carry without loss. */
const leaf = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) =>
    utf8(0x00104000, "LT", text.replace(/\p{Cc}/gu, "").replace(/[ \uFFFD]+$/, ""))
  ),
  fc.array(fc.stringMatching(/^[A-Z0-9_]{1,6}$/), { maxLength: 4 }).map((values) =>
    utf8(0x00080008, "CS", values.join("\\"))
  ),
  fc.array(fc.stringMatching(/^[A-Zäö山]{1,4}\^[A-Z]{1,3}(=[山田]{1,2})?$/), { maxLength: 3 })
    .map((names) => utf8(0x00100010, "PN", names.join("\\"))),
  fc.float64Array().map((values) => element(0x00720074, "FD", bytesOf(canonicalNaN(values)))),
  fc.float32Array({ noNaN: true }).map((values) => element(0x00720076, "FL", bytesOf(values))),
  fc.bigInt64Array().map((values) => element(0x00720082, "SV", bytesOf(values))),
  fc.bigUint64Array().map((values) => element(0x00720083, "UV", bytesOf(values))),
  fc.int16Array().map((values) => element(0x00280106, "SS", bytesOf(values))),
  fc.uint32Array().map((values) => element(0x00280009, "AT", bytesOf(values))),
  fc.uint8Array().filter((bytes) => bytes.length % 2 === 0).map((bytes) =>
    element(0x00091001, "UN", bytes)
  ),
  fc.array(fc.integer(), { maxLength: 3 }).map((values) =>
    utf8(0x00200013, "IS", values.join("\\"))
  ),
);

const tree: fc.Arbitrary<DataSet> = fc.letrec<{ set: DataSet }>((tie) => ({
  set: fc.tuple(
    fc.array(leaf, { maxLength: 5 }),
    fc.array(tie("set"), { maxLength: 2, depthIdentifier: "set", size: "xsmall" }),
  ).map(([leaves, nested]) => sorted([...leaves, sequence(0x00081115, ...nested)])),
})).set;

function utf8(tag: number, vr: VR, text: string): Element {
  const bytes = new TextEncoder().encode(text);
  return element(tag, vr, bytes.length % 2 === 0 ? bytes : new Uint8Array([...bytes, 0x20]));
}

function canonicalNaN(values: Float64Array): Float64Array {
  return values.map((value) => Number.isNaN(value) ? NaN : value);
}

function sorted(elements: Element[]): DataSet {
  return dataSet(...elements.sort((a, b) => a.tag - b.tag));
}

/** Every tree under a data set that says it is UTF-8, as what is decoded always does. */
const unicodeTree = tree.map((set) =>
  sorted([...set.values(), element(0x00080005, "CS", "ISO_IR 192")])
);

Deno.test("decodeJson: gives back the data set that encodeJson wrote", () => {
  fc.assert(
    fc.property(unicodeTree, (set) => {
      assertEquals(decodeJson(JSON.parse(encodeJson(set, options))), set);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("decodeXml: gives back the data set that encodeXml wrote", () => {
  fc.assert(
    fc.property(unicodeTree, (set) => {
      assertEquals(decodeXml(encodeXml(set, options)), set);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("decodeJson: answers any JSON with a data set or an error of ours", () => {
  const attribute = fc.record({
    vr: fc.constantFrom("CS", "PN", "SQ", "US", "SV", "FD", "DS", "AT", "OB", "UT", "??"),
    Value: fc.jsonValue({ maxDepth: 4 }),
    InlineBinary: fc.jsonValue(),
    BulkDataURI: fc.jsonValue(),
  }, { requiredKeys: ["vr"] });
  const object = fc.dictionary(fc.stringMatching(/^[0-9A-F]{8}$/), attribute);
  fc.assert(
    fc.property(fc.oneof(object, fc.jsonValue()), (value) => {
      try {
        encodeJson(decodeJson(value), options);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
