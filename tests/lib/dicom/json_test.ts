import { assertEquals } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { encodeJson, encodeJsonPieces } from "../../../lib/dicom/json.ts";
import { bulk, bytesOf, dataSet, element, fragments, sequence } from "../../support/data_sets.ts";

const options = { bulkDataURI: (path: string) => `bulk/${path}` };

function json(
  set: DataSet,
): Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }> {
  return JSON.parse(encodeJson(set, options));
}

/** The Value of one element. */
function valueOf(...given: Parameters<typeof element>): unknown {
  const only = element(...given);
  return Object.values(json(dataSet(only)))[0]?.Value;
}

Deno.test("encodeJson: writes names in ascending order and leaves group lengths out", () => {
  const set = dataSet(
    element(0x00100020, "LO", "1"),
    element(0x00080000, "UL", "\x04\0\0\0"),
    element(0x00080060, "CS", "CT"),
    element(0xFFFCFFFC, "OB", "\0\0"),
  );
  assertEquals(
    encodeJson(set, options),
    '{"00080060":{"vr":"CS","Value":["CT"]},"00100020":{"vr":"LO","Value":["1"]},' +
      '"FFFCFFFC":{"vr":"OB","InlineBinary":"AAA="}}',
  );
});

Deno.test("encodeJson: gives empty elements of every kind no value", () => {
  const set = dataSet(
    element(0x00080050, "SH"),
    element(0x00080070, "LO", "  "),
    sequence(0x00081115),
    element(0x00100010, "PN"),
    element(0x00280010, "US"),
    element(0x00420011, "OB"),
  );
  assertEquals(
    Object.values(json(set)).map((attribute) => Object.keys(attribute)),
    Array(6).fill(["vr"]),
  );
});

Deno.test("encodeJson: writes several values, empty ones among them as null", () => {
  assertEquals(valueOf(0x00080008, "CS", "A\\\\B \\"), ["A", null, "B", null]);
  assertEquals(valueOf(0x00080008, "CS", "\\"), [null, null]);
  assertEquals(valueOf(0x00200032, "DS", "1\\\\3"), [1, null, 3]);
  assertEquals(valueOf(0x00104000, "LT", "A\\B "), ["A\\B"]);
  assertEquals(valueOf(0x00081190, "UR", "http://a/\\b "), ["http://a/\\b"]);
  assertEquals(valueOf(0x00080018, "UI", "1.2\\1.3\0"), ["1.2", "1.3"]);
});

Deno.test("encodeJson: writes the component groups of names that are not empty", () => {
  assertEquals(valueOf(0x00100010, "PN", "A^B=C^D=E"), [
    { Alphabetic: "A^B", Ideographic: "C^D", Phonetic: "E" },
  ]);
  assertEquals(valueOf(0x00100010, "PN", "==E "), [{ Phonetic: "E" }]);
  assertEquals(valueOf(0x00100010, "PN", "A\\\\=B"), [{ Alphabetic: "A" }, null, {
    Ideographic: "B",
  }]);
  assertEquals(valueOf(0x00100010, "PN", "=="), [null]);
});

Deno.test("encodeJson: writes decimal and integer strings as numbers where they are such", () => {
  const decimals = "1.50\\ +.5\\-0\\1E3 \\007\\5.\\1e400\\1,5\\nan\\0x10\\--1";
  assertEquals(
    encodeJson(dataSet(element(0x00280030, "DS", decimals)), options),
    '{"00280030":{"vr":"DS","Value":[1.50,0.5,-0,1000,7,5,"1e400","1,5","nan","0x10","--1"]}}',
  );
  assertEquals(
    valueOf(0x00200013, "IS", "1\\+2\\-003\\ 4\\1.0\\99999999999999999999"),
    [1, 2, -3, 4, "1.0", "99999999999999999999"],
  );
});

Deno.test("encodeJson: writes binary numbers of every width", () => {
  assertEquals(valueOf(0x00280010, "US", "\x02\x01\xff\xff"), [258, 65535]);
  assertEquals(valueOf(0x00280106, "SS", "\xff\xff"), [-1]);
  assertEquals(valueOf(0x00081160, "UL", "\xff\xff\xff\xff"), [4294967295]);
  assertEquals(valueOf(0x00186020, "SL", "\xff\xff\xff\xff"), [-1]);
  assertEquals(valueOf(0x00280010, "US", "\x01\0\x02"), [1]);
  const wide = new BigInt64Array([-5n, 2n ** 53n, -(2n ** 63n)]);
  assertEquals(valueOf(0x00720082, "SV", bytesOf(wide)), [
    -5,
    "9007199254740992",
    "-9223372036854775808",
  ]);
  const unsigned = new BigUint64Array([5n, 2n ** 64n - 1n]);
  assertEquals(valueOf(0x00720083, "UV", bytesOf(unsigned)), [5, "18446744073709551615"]);
  const doubles = new Float64Array([0.1, -0, NaN, Infinity, -Infinity]);
  assertEquals(valueOf(0x00720074, "FD", bytesOf(doubles)), [
    0.1,
    -0,
    "NaN",
    "Infinity",
    "-Infinity",
  ]);
  assertEquals(valueOf(0x00720076, "FL", bytesOf(new Float32Array([0.5]))), [0.5]);
});

Deno.test("encodeJson: writes tags as digits and octets as base64", () => {
  assertEquals(valueOf(0x00280009, "AT", "\x18\0\x63\x10\xe0\x7f\x10\0"), ["00181063", "7FE00010"]);
  const set = dataSet(
    element(0x00091001, "UN", "\0\xff"),
    element(0x00282000, "OB", "\x01\x02\x03"),
  );
  assertEquals(
    encodeJson(set, options),
    '{"00091001":{"vr":"UN","InlineBinary":"AP8="},"00282000":{"vr":"OB","InlineBinary":"AQID"}}',
  );
});

Deno.test("encodeJson: names what stayed in the file by its path", () => {
  const set = dataSet(
    sequence(
      0x00400260,
      dataSet(sequence(0x00081140, dataSet(), dataSet(bulk(0x00420011, "OB")))),
    ),
    fragments(),
  );
  assertEquals(json(set), {
    "00400260": {
      vr: "SQ",
      Value: [{
        "00081140": {
          vr: "SQ",
          Value: [{}, {
            "00420011": { vr: "OB", BulkDataURI: "bulk/00400260/1/00081140/2/00420011" },
          }],
        },
      }],
    },
    "7FE00010": { vr: "OB", BulkDataURI: "bulk/7FE00010" },
  });
});

Deno.test("encodeJsonPieces: cuts where the base goes, and nowhere else", () => {
  const set = dataSet(
    element(0x00100020, "LO", "A\0B"),
    bulk(0x00420011, "OB"),
    { kind: "uri", tag: 0x00660023, vr: "OW", uri: "cid:1" },
    fragments(),
  );
  const pieces = encodeJsonPieces(set, { bulkDataURI: (path) => `/"${path}` });
  assertEquals(pieces.length, 3);
  assertEquals(
    pieces.join("https://host"),
    encodeJson(set, { bulkDataURI: (path) => `https://host/"${path}` }),
  );
});

Deno.test("encodeJson: makes all text Unicode and says so", () => {
  const set = dataSet(
    element(0x00080005, "CS", "ISO_IR 100"),
    element(0x00080080, "LO", '\xc4"\x01'),
    sequence(
      0x00081115,
      dataSet(element(0x00080080, "LO", "\xc4")),
      dataSet(element(0x00080005, "CS", "ISO_IR 192"), element(0x00080080, "LO", "\xc3\x84")),
    ),
  );
  assertEquals(json(set), {
    "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
    "00080080": { vr: "LO", Value: ['Ä"\x01'] },
    "00081115": {
      vr: "SQ",
      Value: [
        { "00080080": { vr: "LO", Value: ["Ä"] } },
        {
          "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
          "00080080": { vr: "LO", Value: ["Ä"] },
        },
      ],
    },
  });
});
