import { assert, assertEquals, assertFalse } from "@std/assert";
import { ChunkQueue } from "../../../lib/bytes/chunk_queue.ts";

Deno.test("ChunkQueue: reads numbers across seams in both byte orders", () => {
  const queue = new ChunkQueue();
  for (const byte of [1, 2, 3, 4, 5, 6]) queue.push(Uint8Array.of(byte));
  assert(queue.has(6));
  assertEquals(queue.u16(0, true), 0x0201);
  assertEquals(queue.u16(0, false), 0x0102);
  assertEquals(queue.u32(2, true), 0x06050403);
  assertEquals(queue.u32(2, false), 0x03040506);
});

Deno.test("ChunkQueue: hands out views of the chunk where the bytes lie in one piece", () => {
  const queue = new ChunkQueue();
  const chunk = Uint8Array.of(1, 2, 3, 4);
  queue.push(chunk);
  assert(queue.has(2));
  assertEquals(queue.take(2).buffer, chunk.buffer);
  assertEquals(queue.takeSome(10).buffer, chunk.buffer);
  assertEquals(queue.offset, 4);
  assertEquals(queue.takeSome(10).length, 0);
});

Deno.test("ChunkQueue: lets a chunk be reused once has has said no", () => {
  const queue = new ChunkQueue();
  const chunk = Uint8Array.of(1, 2, 3);
  queue.push(chunk);
  assertFalse(queue.has(5));
  chunk.fill(9);
  queue.push(Uint8Array.of(4, 5, 6));
  assert(queue.has(5));
  assertEquals([...queue.take(5)], [1, 2, 3, 4, 5]);
  assertEquals([...queue.takeSome(5)], [6]);
});

Deno.test("ChunkQueue: never changes bytes that it has handed out", () => {
  const queue = new ChunkQueue();
  queue.push(Uint8Array.of(1));
  assertFalse(queue.has(2));
  queue.push(Uint8Array.of(2));
  assert(queue.has(2));
  const taken = queue.take(2);
  for (let byte = 3; byte < 300; byte++) {
    assertFalse(queue.has(400));
    queue.push(Uint8Array.of(byte & 0xff));
  }
  assertEquals([...taken], [1, 2]);
});

Deno.test("ChunkQueue: skips over chunks and says how far it came", () => {
  const queue = new ChunkQueue();
  queue.push(new Uint8Array(3));
  queue.push(new Uint8Array(0));
  queue.push(Uint8Array.of(7, 8, 9));
  assertEquals(queue.skip(4), 4);
  assertEquals([...queue.takeSome(1)], [8]);
  assertEquals(queue.skip(4), 1);
  assertEquals(queue.offset, 6);
});
