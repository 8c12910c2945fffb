import { assertEquals } from "@std/assert";
import { MAX_WORDS, MAX_WORDS_LENGTH, parseWords, wordsText } from "../../../lib/query/words.ts";

Deno.test("parseWords: folds, and takes apart what a name is made of", () => {
  assertEquals(parseWords("  Müller, Jörg^M.  "), ["MULLER", "JORG", "M."]);
  assertEquals(parseWords("Smith smith SMITH"), ["SMITH"]);
  assertEquals(parseWords("山田=太郎\u0000x"), ["山田", "太郎", "X"]);
  assertEquals(parseWords(" ^ , = "), []);
});

Deno.test("parseWords: is bounded, whatever is typed", () => {
  assertEquals(parseWords("a b c d e f g h i j").length, MAX_WORDS);
  assertEquals(parseWords("x".repeat(10_000)), ["X".repeat(MAX_WORDS_LENGTH)]);
  assertEquals(parseWords("\uD800"), ["\uFFFD"]);
});

Deno.test("wordsText: a line for each value, and for each way to write a name", () => {
  const values: Record<string, string> = {
    PatientName: "Yamada^Tarou=山田^太郎",
    PatientID: "a^1",
    StudyDescription: "Thorax für",
  };
  assertEquals(
    wordsText((keyword) => values[keyword] ?? ""),
    "YAMADA TAROU\n山田 太郎\n山田太郎\nA^1\nTHORAX FUR",
  );
});
