import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { adler32, adler32Combine } from "../../../lib/bytes/adler32.ts";
import { crc32, crc32Combine, crc32Shift } from "../../../lib/bytes/crc32.ts";

const digits = new TextEncoder().encode("123456789");

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

Deno.test("crc32: gives the check value of its definition", () => {
  assertEquals(crc32(digits), 0xcbf43926);
});

Deno.test("adler32: gives the check value of its definition", () => {
  assertEquals(adler32(digits), 0x091e01de);
});

Deno.test("adler32: does not overflow over a long run of the largest byte", () => {
  const length = 200_000;
  let low = 1n;
  let high = 0n;
  for (let i = 0; i < length; i++) {
    low = (low + 255n) % 65521n;
    high = (high + low) % 65521n;
  }
  assertEquals(adler32(new Uint8Array(length).fill(255)), Number(high * 65536n + low));
});

Deno.test("crc32Combine: equals the checksum of the joined bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 3000 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assertEquals(crc32Combine(crc32(a), crc32(b), crc32Shift(b.length)), crc32(join(a, b)));
    }),
    { seed: 1 },
  );
});

Deno.test("adler32Combine: equals the checksum of the joined bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 3000 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assertEquals(adler32Combine(adler32(a), adler32(b), b.length), adler32(join(a, b)));
    }),
    { seed: 2 },
  );
});
