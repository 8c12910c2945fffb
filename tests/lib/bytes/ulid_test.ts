import { assert, assertEquals, assertMatch } from "@std/assert";
import { createUlids } from "../../../lib/bytes/ulid.ts";

Deno.test("createUlids: names sort by time and count up within a millisecond", () => {
  let time = Date.UTC(2026, 10, 20);
  const ulid = createUlids({ now: () => time, random: (bytes) => bytes.fill(255) });
  const names: string[] = [];
  for (let i = 0; i < 100; i++) {
    names.push(ulid().text);
    if (i % 10 === 0) time++;
  }
  assertEquals(names.toSorted(), names);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertMatch(name, /^[0-9A-HJKMNP-TV-Z]{26}$/);
});

Deno.test("createUlids: does not repeat names when the clock is set back", () => {
  let time = Date.UTC(2026, 10, 20);
  const ulid = createUlids({ now: () => time, random: (bytes) => bytes.fill(7) });
  const before = ulid();
  time -= 1000;
  const after = ulid();
  assert(after.text > before.text);
  assertEquals(after.time, before.time);
});
