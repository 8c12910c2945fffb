import { assertEquals } from "@std/assert";
import { orTick } from "../../../bridge/scp/ticks.ts";

Deno.test("orTick: passes items on, and ticks while there are none", async () => {
  const gate = Promise.withResolvers<void>();
  async function* items() {
    yield "first";
    await gate.promise;
    yield "second";
  }
  const seen: (string | undefined)[] = [];
  for await (const item of orTick(items(), 1)) {
    seen.push(item);
    if (seen.length === 3) gate.resolve();
  }
  assertEquals(seen.slice(0, 3), ["first", undefined, undefined]);
  assertEquals(seen.at(-1), "second");
});

Deno.test("orTick: ends the items when its consumer stops", async () => {
  let ended = false;
  async function* items() {
    try {
      yield await Promise.resolve(1);
    } finally {
      ended = true;
    }
  }
  for await (const _ of orTick(items(), 1000)) break;
  assertEquals(ended, true);
});
