import { assertEquals } from "@std/assert";
import { createTally, MAX_TALLIED } from "../../../bridge/scp/tally.ts";

Deno.test("createTally: says how often, from the second time on", () => {
  const tally = createTally();
  assertEquals(["a", "a", "b", "a"].map(tally), [
    "a",
    "a (2 times since the start)",
    "b",
    "a (3 times since the start)",
  ]);
});

Deno.test("createTally: counts no more things than its limit", () => {
  const tally = createTally();
  for (let number = 0; number < MAX_TALLIED; number++) tally(`${number}`);
  assertEquals([tally("more"), tally("more")], ["more", "more"]);
  assertEquals(tally("0"), "0 (2 times since the start)");
});
