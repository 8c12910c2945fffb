/** Media types as clients write them. @module */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatMediaType, parseMediaType, rootTypeOf } from "../../../lib/multipart/media_type.ts";

function parsed(text: string): [string, Record<string, string>] | undefined {
  const mediaType = parseMediaType(text);
  return mediaType && [mediaType.essence, Object.fromEntries(mediaType.parameters)];
}

const VECTORS: readonly (readonly [string, ReturnType<typeof parsed>])[] = [
  ["application/dicom", ["application/dicom", {}]],
  [" Application/DICOM+JSON ", ["application/dicom+json", {}]],
  ["multipart/related; type=application/dicom; boundary=abc", [
    "multipart/related",
    { type: "application/dicom", boundary: "abc" },
  ]],
  ['multipart/related;TYPE="application/dicom";Boundary="a b;c,d"', [
    "multipart/related",
    { type: "application/dicom", boundary: "a b;c,d" },
  ]],
  ['multipart/related ;\ttype = "application/dicom" ; ; boundary = a=b ;', [
    "multipart/related",
    { type: "application/dicom", boundary: "a=b" },
  ]],
  ["multipart/related", ["multipart/related", {}]],
  ["a/b; x=1; X=2; novalue; =3; y=", ["a/b", { x: "1", y: "" }]],
  [String.raw`a/b; x="q\"\\z" trailing`, ["a/b", { x: 'q"\\z' }]],
  ['a/b; x="never closed; y=1', ["a/b", { x: "never closed; y=1" }]],
  ['a/b; x="ends in \\', ["a/b", { x: "ends in \\" }]],
  ["*/*", ["*/*", {}]],
  ["", undefined],
  ["dicom", undefined],
  ["a/b/c", undefined],
  ["a/b c", undefined],
  ["a/b; x=\r\nSet-Cookie: y", undefined],
];

Deno.test("parseMediaType: reads every way clients write a media type", () => {
  for (const [text, expected] of VECTORS) assertEquals(parsed(text), expected, text);
});

Deno.test("parseMediaType: takes time in proportion to the text", () => {
  const hostile = 'a/b;x="' + '\\"'.repeat(500_000) + "\\";
  assertEquals(parseMediaType(hostile)?.essence, "a/b");
});

Deno.test("formatMediaType: writes what parseMediaType reads back", () => {
  const value = fc.string({ unit: "grapheme-ascii" });
  fc.assert(
    fc.property(value, value, (x, y) => {
      const text = formatMediaType("multipart/related", { x, y });
      assertEquals(parsed(text), ["multipart/related", { x, y }]);
    }),
    { seed: 18 },
  );
});

Deno.test("rootTypeOf: gives the media type of the parts with its own parameters", () => {
  const mediaType = parseMediaType('multipart/related; type="image/JP2; transfer-syntax=*"');
  const root = mediaType && rootTypeOf(mediaType);
  assertEquals(root?.essence, "image/jp2");
  assertEquals(root?.parameters.get("transfer-syntax"), "*");
  assertEquals(rootTypeOf({ essence: "multipart/related", parameters: new Map() }), undefined);
});
