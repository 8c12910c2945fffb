import { assertEquals } from "@std/assert";
import { ByteWriter } from "../../../lib/bytes/writer.ts";

Deno.test("ByteWriter: writes numbers in little endian", () => {
  const writer = new ByteWriter();
  writer.u8(0xff);
  writer.u16(0x0102);
  writer.u32(0xfffefdfc);
  assertEquals([...writer.take()], [0xff, 2, 1, 0xfc, 0xfd, 0xfe, 0xff]);
});

Deno.test("ByteWriter: grows with what it is given and begins anew after take", () => {
  const writer = new ByteWriter();
  writer.bytes(new Uint8Array(1000).fill(1));
  writer.bytes(new Uint8Array(10_000).fill(2));
  const taken = writer.take();
  writer.u8(3);
  assertEquals(taken.length, 11_000);
  assertEquals([taken[999], taken[1000]], [1, 2]);
  assertEquals([...writer.take()], [3]);
});
