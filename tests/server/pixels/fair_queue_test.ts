import { assertEquals } from "@std/assert";
import { FairQueue } from "../../../server/pixels/fair_queue.ts";

interface Item {
  readonly name: string;
}

function drained(queue: FairQueue<Item>): string[] {
  const names: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) names.push(item.name);
  return names;
}

Deno.test("FairQueue: clients take turns, each in its own order", () => {
  const queue = new FairQueue<Item>();
  for (const name of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.add(name[0]!, { name });
  assertEquals(queue.size, 6);
  assertEquals(drained(queue), ["a1", "b1", "c1", "a2", "c2", "a3"]);
  assertEquals(queue.size, 0);
});

Deno.test("FairQueue: who comes again waits behind those that are there", () => {
  const queue = new FairQueue<Item>();
  queue.add("a", { name: "a1" });
  queue.add("a", { name: "a2" });
  queue.add("b", { name: "b1" });
  assertEquals(queue.take()?.name, "a1");
  queue.add("a", { name: "a3" });
  assertEquals(drained(queue), ["b1", "a2", "a3"]);
});

Deno.test("FairQueue: gives up what is taken out", () => {
  const queue = new FairQueue<Item>();
  const item = { name: "a1" };
  queue.add("a", item);
  queue.add("a", { name: "a2" });
  assertEquals(queue.delete("a", item), true);
  assertEquals(queue.delete("a", item), false);
  assertEquals(queue.delete("b", item), false);
  assertEquals(drained(queue), ["a2"]);
});
