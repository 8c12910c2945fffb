import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gunzipSync, inflateSync } from "node:zlib";
import {
  type ContentCoding,
  createSplicer,
  packPieces,
  unpackPieces,
  unpackStart,
} from "../../../lib/bytes/gzip_pieces.ts";
import { DecodeError } from "../../../lib/errors.ts";

const FRAMING = { prefix: "[", separator: ",", suffix: "]" };

const DECODERS: Record<ContentCoding, (bytes: Uint8Array) => Uint8Array> = {
  gzip: (bytes) => gunzipSync(bytes),
  deflate: (bytes) => inflateSync(bytes),
  identity: (bytes) => bytes,
};

/** The text of a stream whose records were added in groups of `group`. */
function spliced(coding: ContentCoding, records: Uint8Array[], base: string, group: number) {
  const splicer = createSplicer(coding, base, FRAMING);
  const runs: Uint8Array[] = [];
  for (let i = 0; i < records.length; i += group) {
    runs.push(splicer.add(records.slice(i, i + group)));
  }
  runs.push(splicer.end());
  const whole = Uint8Array.from(runs.flatMap((run) => [...run]));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(DECODERS[coding](whole));
}

function plain(texts: string[][], base: string): string {
  return `[${texts.map((pieces) => pieces.join(base)).join(",")}]`;
}

for (const coding of ["gzip", "deflate", "identity"] as const) {
  Deno.test(`createSplicer: decodes to the plain text with ${coding} for any pieces and base`, () => {
    const text = fc.string({ unit: "grapheme", maxLength: 400 });
    const pieces = fc.array(text, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 6 }),
        text,
        fc.integer({ min: 1, max: 3 }),
        (texts, base, group) => {
          assertEquals(spliced(coding, texts.map(packPieces), base, group), plain(texts, base));
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  Deno.test(`createSplicer: takes pieces and a base beyond one stored block with ${coding}`, () => {
    const texts = [["x".repeat(70_000), "y".repeat(127)], ["", ""]];
    const base = "https://example.org/".repeat(7_000);
    assertEquals(spliced(coding, texts.map(packPieces), base, 1), plain(texts, base));
  });
}

Deno.test("createSplicer: gives an empty list where there is no record", () => {
  assertEquals(spliced("gzip", [], "base", 1), "[]");
  assertEquals(spliced("identity", [], "base", 1), "[]");
});

Deno.test("unpackPieces: gives one record's text with the base in place", () => {
  const record = packPieces(['{"a":"', '/bulk/1"}']);
  assertEquals(unpackPieces(record, "http://h"), '{"a":"http://h/bulk/1"}');
});

Deno.test("unpackPieces: refuses a record that was cut or changed in length", () => {
  const record = packPieces(["a".repeat(500), "b"]);
  for (const length of [0, 3, 4, 20, record.length - 1]) {
    assertThrows(() => unpackPieces(record.subarray(0, length), ""), DecodeError);
  }
});

Deno.test("unpackStart: gives a short text whole, without a base, and of a long one the beginning", () => {
  assertEquals(unpackStart(packPieces(["one ", " two"]), 100), "one  two");
  const long = Array.from({ length: 200_000 }, (_, index) => index * 7919 % 10_007).join(" ");
  const start = unpackStart(packPieces([long, "x"]), 1000);
  assertEquals(long.startsWith(start), true);
  assertEquals(start.length > 10_000 && start.length < long.length, true);
});
