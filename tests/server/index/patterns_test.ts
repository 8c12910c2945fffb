import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  bareOf,
  globOf,
  isPrefixPattern,
  literalOf,
  phraseOf,
  prefixOf,
  prefixRange,
} from "../../../server/index/search/patterns.ts";

const inUtf8 = (a: string, b: string) => {
  const [x, y] = [a, b].map((text) => new TextEncoder().encode(text));
  const length = Math.min(x?.length ?? 0, y?.length ?? 0);
  for (let index = 0; index < length; index++) {
    const difference = (x?.[index] ?? 0) - (y?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return (x?.length ?? 0) - (y?.length ?? 0);
};

Deno.test("prefixRange: holds what begins with the prefix and nothing else, in UTF-8 order", () => {
  const text = fc.string({ unit: "binary", maxLength: 4 });
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      for (const value of [other, prefix + other]) {
        const { from, below } = prefixRange(prefix);
        const inside = inUtf8(value, from) >= 0 &&
          (below === undefined || inUtf8(value, below) < 0);
        assertEquals(inside, value.startsWith(prefix));
      }
    }),
    { numRuns: 1_000, seed: 1 },
  );
});

Deno.test("prefixRange: knows the ends of the code space", () => {
  assertEquals(prefixRange("SMI"), { from: "SMI", below: "SMJ" });
  assertEquals(prefixRange("a\uD7FF").below, "a\uE000");
  assertEquals(prefixRange("a\u{10FFFF}").below, "b");
  assertEquals(prefixRange("\u{10FFFF}").below, undefined);
});

Deno.test("patterns: are taken apart at their wildcards", () => {
  assertEquals(prefixOf("SMI*TH"), "SMI");
  assertEquals(prefixOf("?MITH"), "");
  assertEquals(prefixOf("SMITH"), "SMITH");
  assert(isPrefixPattern("SMI*") && !isPrefixPattern("SM*I*") && !isPrefixPattern("SMI?"));
  assertEquals(literalOf("*AB?CDE*FGHI*"), "FGHI");
  assertEquals(literalOf("*AB?CD*"), undefined);
  assertEquals(literalOf("*山田太*"), "山田太");
  assertEquals(literalOf("*𠮷𠮷*"), undefined);
});

Deno.test("patterns: characters of GLOB and of FTS are data", () => {
  assertEquals(globOf("[a]*?"), "[[]a]*?");
  assertEquals(phraseOf("PatientID", 'a" OR "b'), '{PatientID} : "a"" OR ""b"');
});

Deno.test("bareOf: what an open end of a name's pattern may leave out", () => {
  assertEquals(bareOf("DOE^*"), "DOE");
  assertEquals(bareOf("D?E^^*"), "D?E");
  assertEquals(bareOf("*^JOHN^*"), "*^JOHN");
  for (const pattern of ["DOE*", "DOE^J*", "DOE^?", "^*"]) assertEquals(bareOf(pattern), undefined);
});
