import { assertEquals } from "@std/assert";
import { RecentCache, sizeOf } from "../../../server/services/recent_cache.ts";

Deno.test("RecentCache: keeps what was asked for last, as far as there is room", () => {
  const cache = new RecentCache<string, number>(80);
  for (let i = 0; i < 8; i++) cache.set(`${i}`, i, 10);
  assertEquals(cache.get("0"), 0);
  cache.set("8", 8, 10);
  assertEquals([cache.get("0"), cache.get("1"), cache.get("8")], [0, undefined, 8]);
});

Deno.test("RecentCache: keeps nothing that takes more than an eighth of the room", () => {
  const cache = new RecentCache<string, number>(80);
  cache.set("large", 1, 11);
  assertEquals(cache.get("large"), undefined);
});

Deno.test("sizeOf: counts bytes, texts and values however deep they lie", () => {
  assertEquals(sizeOf(new Float64Array(100)), 832);
  assertEquals(sizeOf("four"), 40);
  assertEquals(sizeOf({ a: [1, 2], b: undefined, c: { d: new Uint8Array(8) } }), 232);
});
