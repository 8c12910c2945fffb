import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { VarintReader, VarintWriter } from "../../../lib/bytes/varint.ts";
import { DecodeError } from "../../../lib/errors.ts";

Deno.test("VarintReader: reads what VarintWriter wrote, up to 2^53 - 1", () => {
  const integer = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER));
  fc.assert(
    fc.property(fc.array(integer), fc.uint8Array(), (integers, bytes) => {
      const writer = new VarintWriter();
      for (const value of integers) writer.integer(value);
      writer.bytes(bytes);
      const reader = new VarintReader(writer.finish());
      assertEquals(integers.map(() => reader.integer()), integers);
      assertEquals(new Uint8Array(reader.bytes(bytes.length)), bytes);
      assertEquals(reader.remaining, 0);
    }),
    { seed: 4 },
  );
});

Deno.test("VarintWriter: refuses what is no unsigned integer", () => {
  for (const value of [-1, 0.5, NaN, 2 ** 53]) {
    assertThrows(() => new VarintWriter().integer(value), RangeError);
  }
});

Deno.test("VarintReader: refuses cut numbers, cut bytes and counts beyond the bytes there are", () => {
  assertThrows(() => new VarintReader(Uint8Array.of(0x80)).integer(), DecodeError);
  assertThrows(() => new VarintReader(new Uint8Array(9).fill(0xff)).integer(), DecodeError);
  assertThrows(() => new VarintReader(Uint8Array.of(1)).bytes(2), DecodeError);
  assertThrows(() => new VarintReader(Uint8Array.of(0xff, 0xff, 0x03, 1)).count(), DecodeError);
});
