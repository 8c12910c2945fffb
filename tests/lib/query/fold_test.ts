import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { foldName, foldNames, foldNumber, foldText } from "../../../lib/query/fold.ts";

Deno.test("foldText: is blind to case, accents and compatibility variants", () => {
  const equal: readonly (readonly [string, string])[] = [
    ["müller", "MULLER"],
    ["Müller", "Mu\u0308ller"],
    ["Straße", "STRASSE"],
    ["Łukasz Øster Æbelø", "LUKASZ OSTER AEBELO"],
    ["ΣΩΚΡΆΤΗΣ", "σωκράτης"],
    ["Ёлкин", "елкин"],
    ["İstanbul ılık", "ISTANBUL ILIK"],
    ["ＹＡＭＡＤＡ", "yamada"],
    ["ﾔﾏﾀﾞ", "ヤマダ"],
  ];
  for (const [a, b] of equal) assertEquals(foldText(a), foldText(b), a);
});

Deno.test("foldText: keeps the marks that make another letter", () => {
  for (const [a, b] of [["か", "が"], ["हि", "हा"], ["김", "기"]] as const) {
    assertEquals(foldText(a) === foldText(b), false, a);
  }
  assertEquals(foldText("김희중"), "김희중");
});

Deno.test("foldText: changes nothing that it has folded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assertEquals(foldText(foldText(text)), foldText(text));
    }),
    { seed: 2024 },
  );
});

Deno.test("foldName: trims components and drops the empty ones at the end", () => {
  assertEquals(foldName(" Smith ^ John  Paul ^^^"), "SMITH^JOHN PAUL");
  assertEquals(foldName("^^Dr"), "^^DR");
  assertEquals(foldName("^^^^"), "");
});

Deno.test("foldNames: gives every component group that has a value", () => {
  assertEquals(foldNames("Hong^Gildong=洪^吉洞=홍^길동"), ["HONG^GILDONG", "洪^吉洞", "홍^길동"]);
  assertEquals(foldNames("=山田^太郎"), ["山田^太郎"]);
  assertEquals(foldNames("A^B\\C^D"), ["A^B", "C^D"]);
  assertEquals(foldNames("=="), []);
});

Deno.test("foldNumber: gives integers one form and leaves other text", () => {
  for (const [text, folded] of [["007", "7"], ["+5", "5"], [" -03 ", "-3"], ["-0", "0"]] as const) {
    assertEquals(foldNumber(text), folded);
  }
  for (const text of ["1.5", "1*", "x", "", "--1"]) assertEquals(foldNumber(text), text);
});
