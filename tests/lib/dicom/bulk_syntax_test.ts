import { assertEquals } from "@std/assert";
import { type BulkSyntax, bulkSyntax } from "../../../lib/dicom/bulk_syntax.ts";

const NOTHING = new Uint8Array(0);

function encapsulated(suffix: string): BulkSyntax {
  return { kind: "encapsulated", transferSyntaxUID: `1.2.840.10008.1.2.${suffix}` };
}

Deno.test("bulkSyntax: knows the media types of compressed pixel data and their old names", () => {
  assertEquals(bulkSyntax("image/jls", NOTHING), encapsulated("4.80"));
  assertEquals(bulkSyntax("image/x-dicom-rle", NOTHING), encapsulated("5"));
  assertEquals(bulkSyntax("video/mpeg", NOTHING), encapsulated("4.100"));
  assertEquals(bulkSyntax("image/png", NOTHING), { kind: "consumer" });
  assertEquals(bulkSyntax("application/octet-stream", NOTHING), { kind: "unknown" });
  assertEquals(bulkSyntax("constructor", NOTHING), { kind: "unknown" });
});

Deno.test("bulkSyntax: reads the process of a JPEG behind other segments", () => {
  const comment = [0xff, 0xfe, 0x01, 0x00, ...new Array(254).fill(0xff)];
  for (const [frame, suffix] of [[0xc0, "4.50"], [0xc1, "4.51"], [0xc3, "4.70"]] as const) {
    const head = [0xff, 0xd8, ...comment, 0xff, frame, 0, 2, 0xff, 0xda, 0, 8, 1, 0, 0, 1, 0, 0];
    assertEquals(bulkSyntax("image/jpeg", Uint8Array.from(head)), encapsulated(suffix));
  }
});

Deno.test("bulkSyntax: takes a JPEG that does not say for baseline, whatever its bytes", () => {
  const heads = [[], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xda, 0], [
    0xff,
    0xd8,
    0xff,
    0xe0,
    0xff,
    0xff,
  ]];
  for (const head of heads) {
    assertEquals(bulkSyntax("image/jpeg", Uint8Array.from(head)), encapsulated("4.50"));
  }
});
