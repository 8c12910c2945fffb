import { assert, assertEquals, assertMatch } from "@std/assert";
import { createIds } from "../../../server/services/ids.ts";

Deno.test("createIds: names sort by time and count up within a millisecond", () => {
  let time = Date.UTC(2026, 10, 20);
  const ids = createIds({ now: () => time, random: (bytes) => bytes.fill(255) });
  const names: string[] = [];
  for (let i = 0; i < 100; i++) {
    names.push(ids.name());
    if (i % 10 === 0) time++;
  }
  assertEquals(names.toSorted(), names);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertMatch(name, /^[0-9A-HJKMNP-TV-Z]{26}$/);
});

Deno.test("createIds: does not repeat names when the clock is set back", () => {
  let time = Date.UTC(2026, 10, 20);
  const ids = createIds({ now: () => time, random: (bytes) => bytes.fill(7) });
  const before = ids.name();
  time -= 1000;
  assert(ids.name() > before);
});

Deno.test("createIds: a blob's key has the archive and the day", () => {
  const ids = createIds({ now: () => 1469918176385, random: (bytes) => bytes.fill(0) });
  assertEquals(ids.blobKey("default"), "default/2016-07-30/01ARYZ6S410000000000000000");
});
