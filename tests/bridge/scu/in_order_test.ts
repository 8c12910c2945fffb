import { assertEquals } from "@std/assert";
import { inOrder } from "../../../bridge/scu/in_order.ts";

Deno.test("inOrder: yields results in the order of the items, however long each takes", async () => {
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const results = inOrder([0, 1, 2], 3, async (index) => {
    await gates[index]!.promise;
    return index;
  });
  const first = results.next();
  gates[2]!.resolve();
  gates[1]!.resolve();
  gates[0]!.resolve();
  assertEquals([(await first).value, ...await Array.fromAsync(results)], [0, 1, 2]);
});

Deno.test("inOrder: has no more under way than its width", async () => {
  let underWay = 0;
  let most = 0;
  const results = inOrder([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++underWay);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    underWay--;
    return item;
  });
  assertEquals(await Array.fromAsync(results), [1, 2, 3, 4, 5]);
  assertEquals(most, 2);
});

Deno.test("inOrder: begins nothing more when its consumer stops, and waits for what has begun", async () => {
  const begun: number[] = [];
  let ended = 0;
  const results = inOrder([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await Promise.resolve();
    ended++;
    return item;
  });
  for await (const result of results) {
    assertEquals(result, 1);
    break;
  }
  assertEquals(begun, [1, 2]);
  assertEquals(ended, 2);
});
