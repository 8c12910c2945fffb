import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../lib/errors.ts";
import { jsonMembers } from "../../../lib/query/json_members.ts";

Deno.test("jsonMembers: gives names and values as they are written", () => {
  assertEquals([...jsonMembers('{"00080005":{"vr":"CS","Value":["a,}\\"]"]},"b":1.10,"c":[]}')], [
    ["00080005", '{"vr":"CS","Value":["a,}\\"]"]}'],
    ["b", "1.10"],
    ["c", "[]"],
  ]);
  assertEquals([...jsonMembers("{}")], []);
});

Deno.test("jsonMembers: agrees with JSON.parse about every object", () => {
  const tag = fc.stringMatching(/^[0-9A-F]{8}$/);
  fc.assert(
    fc.property(fc.dictionary(tag, fc.jsonValue()), (object) => {
      const parsed = [...jsonMembers(JSON.stringify(object))]
        .map(([name, value]) => [name, JSON.parse(value)]);
      assertEquals(Object.fromEntries(parsed), JSON.parse(JSON.stringify(object)));
    }),
    { seed: 2024 },
  );
});

Deno.test("jsonMembers: throws DecodeError for text that breaks off", () => {
  const whole = '{"00080005":{"vr":"CS","Value":["a\\\\"]},"00080008":[1]}';
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => [...jsonMembers(whole.slice(0, length))], DecodeError);
  }
});
