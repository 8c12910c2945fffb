/** Accept values of the standard and of real clients. @module */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type AcceptRange,
  inRange,
  MAX_ACCEPT_RANGES,
  parseAccept,
  preferredOffer,
} from "../../../lib/multipart/accept.ts";

/** A range in one line: media type, type of parts, transfer syntax, weight. */
function line(range: AcceptRange): string {
  return [range.essence, range.type ?? "-", range.transferSyntax ?? "-", range.q].join(" ");
}

const VECTORS: readonly (readonly [string | null, readonly string[]])[] = [
  [null, ["*/* - - 1"]],
  ["", ["*/* - - 1"]],
  ["*/*", ["*/* - - 1"]],
  ["text/html, image/gif, *; q=.2, */*; q=.2", [
    "text/html - - 1",
    "image/gif - - 1",
    "*/* - - 0.2",
    "*/* - - 0.2",
  ]],
  // OHIF asks for frames like this; the unquoted slash is no token.
  ["multipart/related; type=application/octet-stream; transfer-syntax=*", [
    "multipart/related application/octet-stream * 1",
  ]],
  // The Python dicomweb-client asks for bulk data like this.
  ['multipart/related; type="*/*"', ["multipart/related */* - 1"]],
  ['multipart/related; type="image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90"', [
    "multipart/related image/jp2 1.2.840.10008.1.2.4.90 1",
  ]],
  // PS3.18 section 8.7.3.5.2.
  [
    'multipart/related; type="application/dicom";transfer-syntax=1.2.840.10008.1.2.4.57;q=0.5;boundary=**, ' +
    'multipart/related; type="application/dicom";transfer-syntax=1.2.840.10008.1.2.4.50;boundary=**',
    [
      "multipart/related application/dicom 1.2.840.10008.1.2.4.50 1",
      "multipart/related application/dicom 1.2.840.10008.1.2.4.57 0.5",
    ],
  ],
  ["image/*;Q=0.9, image/png;q=0.9, */*;q=0.9", [
    "image/png - - 0.9",
    "image/* - - 0.9",
    "*/* - - 0.9",
  ]],
  ["a/b;q=2, c/d;q=x, e/f;q=-1, g/h;q=1.1, ,;, nonsense, i/j;q=0.000, k/l;q=1.", [
    "k/l - - 1",
    "i/j - - 0",
  ]],
  ["nonsense", []],
];

Deno.test("parseAccept: reads the values of real clients in order of preference", () => {
  for (const [text, expected] of VECTORS) {
    assertEquals(parseAccept(text).map(line), expected, text ?? "null");
  }
});

Deno.test("parseAccept: keeps all parameters but the weight", () => {
  const [range] = parseAccept("application/dicom+json; charset=utf-8; q=0.3; Level=1");
  assertEquals(Object.fromEntries(range?.parameters ?? []), { charset: "utf-8", level: "1" });
});

Deno.test("parseAccept: reads no more entries than its limit", () => {
  assertEquals(parseAccept("a/b,".repeat(MAX_ACCEPT_RANGES + 5)).length, MAX_ACCEPT_RANGES);
});

Deno.test("parseAccept: never throws and always sorts by weight", () => {
  const text = fc.array(fc.constantFrom(...'ab/*;,=q"\\ .019', "multipart/", "type="));
  fc.assert(
    fc.property(text, (pieces) => {
      const weights = parseAccept(pieces.join("")).map((range) => range.q);
      assertEquals(weights, [...weights].sort((a, b) => b - a));
    }),
    { seed: 187 },
  );
});

Deno.test("inRange: compares both the payload's and the parts' media type", () => {
  const offer = { essence: "multipart/related", type: "image/jp2" };
  const cases: readonly (readonly [string, boolean])[] = [
    ["*/*", true],
    ["multipart/*", true],
    ["multipart/related", true],
    ['multipart/related; type="image/*"', true],
    ['multipart/related; type="image/j*"', false],
    ['multipart/related; type="image/jpeg"', false],
    ["image/jp2", false],
  ];
  for (const [text, expected] of cases) {
    const [range] = parseAccept(text);
    assertEquals(range && inRange(range, offer), expected, text);
  }
});

Deno.test("preferredOffer: weighs each offer by its most specific range (PS3.18 section 8.7.8.1)", () => {
  const accept = parseAccept("text/*; q=0.5, text/html; q=0.4, image/png, */*; q=0.4");
  const offers = ["application/pdf", "text/html", "text/plain"].map((essence) => ({ essence }));
  assertEquals(preferredOffer(accept, offers)?.essence, "text/plain");
  assertEquals(preferredOffer(accept, offers.slice(0, 2))?.essence, "text/html");
});

Deno.test("preferredOffer: a weight of 0 excludes, whatever a wider range says", () => {
  const accept = parseAccept("*/*, application/dicom+json;q=0");
  const json = { essence: "application/dicom+json" };
  const xml = { essence: "multipart/related", type: "application/dicom+xml" };
  assertEquals(preferredOffer(accept, [json, xml]), xml);
  assertEquals(preferredOffer(accept, [json]), undefined);
});

Deno.test("parseAccept: an entry that names several transfer syntaxes stands for as many", () => {
  const accept = "multipart/related; type=application/octet-stream; q=0.5; " +
    "transfer-syntax=1.2.840.10008.1.2.1; transfer-syntax=*";
  const ranges = parseAccept(accept);
  assertEquals(ranges.map(({ transferSyntax }) => transferSyntax), ["1.2.840.10008.1.2.1", "*"]);
  // The first is liked better, but not so much as a weight could say.
  const [first, second] = ranges.map(({ q }) => q);
  assertEquals(first, 0.5);
  assert(second! < 0.5 && second! > 0.499, `${second}`);
  for (const { type } of ranges) assertEquals(type, "application/octet-stream");
  const many = accept + "; transfer-syntax=*".repeat(2 * MAX_ACCEPT_RANGES);
  assertEquals(parseAccept(many).length, MAX_ACCEPT_RANGES);
});
