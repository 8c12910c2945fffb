import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { CollectedBytes, InstanceBuffers } from "../../../bridge/gateway/instance_buffers.ts";

Deno.test("CollectedBytes: holds a copy of everything that was pushed", () => {
  const collected = new CollectedBytes(new InstanceBuffers());
  const piece = new Uint8Array(700_000);
  for (let number = 1; number <= 5; number++) collected.push(piece.fill(number));
  assertEquals(collected.length, 3_500_000);
  assert(collected.bytes.every((byte, index) => byte === Math.floor(index / 700_000) + 1));
});

Deno.test("InstanceBuffers: gives a buffer out again when it has been given back, not before", () => {
  const buffers = new InstanceBuffers();
  const first = buffers.take();
  assert(buffers.take() !== first);
  buffers.give(first);
  assertStrictEquals(buffers.take(), first);
});

Deno.test("InstanceBuffers: keeps no buffer that has grown", () => {
  const buffers = new InstanceBuffers();
  const collected = new CollectedBytes(buffers);
  collected.push(new Uint8Array(3_000_000));
  collected.release();
  assert(buffers.take().length < 3_000_000);
});
