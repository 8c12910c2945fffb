/** The bytes around parts. What they mean is tested with the decoder. @module */
import { assertEquals, assertThrows } from "@std/assert";
import { closeDelimiter, multipartLength, partHead } from "../../../lib/multipart/encode.ts";

const text = new TextDecoder();

Deno.test("partHead: writes delimiter, headers and an empty line", () => {
  const headers = { "Content-Type": "application/dicom", "Content-Location": "http://h/a" };
  const lines = "--B\r\nContent-Type: application/dicom\r\nContent-Location: http://h/a\r\n\r\n";
  assertEquals(text.decode(partHead("B", headers, true)), lines);
  assertEquals(text.decode(partHead("B", headers, false)), `\r\n${lines}`);
});

Deno.test("partHead: refuses a header that would end early", () => {
  assertThrows(() => partHead("B", { "Content-Location": "/a\r\n\r\nx" }, true), RangeError);
});

Deno.test("multipartLength: counts heads, bodies and the closing delimiter", () => {
  assertEquals(text.decode(closeDelimiter("B")), "\r\n--B--\r\n");
  assertEquals(multipartLength("B", []), 9);
  assertEquals(
    multipartLength("B", [{ head: new Uint8Array(10), length: 5_000_000_000 }]),
    5_000_000_019,
  );
});
