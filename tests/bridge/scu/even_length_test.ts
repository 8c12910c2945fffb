import { assertEquals, assertStrictEquals } from "@std/assert";
import type { DataSetSource } from "../../../bridge/net/association.ts";
import { evenLength } from "../../../bridge/scu/even_length.ts";

async function bytesOf(source: DataSetSource): Promise<number[]> {
  const pieces = source instanceof Uint8Array ? [source] : await Array.fromAsync(source);
  return pieces.flatMap((piece) => [...piece]);
}

async function* stream(...pieces: number[][]) {
  for (const piece of pieces) yield await Promise.resolve(Uint8Array.from(piece));
}

Deno.test("evenLength: leaves bytes of an even number as they are", async () => {
  const even = Uint8Array.of(1, 2);
  assertStrictEquals(evenLength(even), even);
  assertEquals(await bytesOf(evenLength(stream([1], [2, 3, 4]))), [1, 2, 3, 4]);
  assertEquals(await bytesOf(evenLength(stream())), []);
});

Deno.test("evenLength: pads an odd number with a NUL", async () => {
  assertEquals(await bytesOf(evenLength(Uint8Array.of(1, 2, 3))), [1, 2, 3, 0]);
  assertEquals(await bytesOf(evenLength(stream([1, 2], [3]))), [1, 2, 3, 0]);
});
