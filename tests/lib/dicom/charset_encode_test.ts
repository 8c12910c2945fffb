import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeText, parseCharset } from "../../../lib/dicom/charset.ts";
import { encodeText, smallestCharset } from "../../../lib/dicom/charset_encode.ts";
import type { VR } from "../../../lib/dicom/dataset.ts";

/** The bytes as text in which every character stands for one byte. */
function encode(charset: string, text: string, vr: VR = "PN"): string {
  return String.fromCharCode(...encodeText(text, vr, parseCharset(charset)).bytes);
}

/** Every character that a set has, by decoding each of its codes. */
function repertoire(charset: string): string[] {
  const sets = parseCharset(charset);
  const codes = Array.from({ length: 96 }, (_, index) => 0xa0 + index);
  const characters = codes.map((code) => decodeText(Uint8Array.of(code), "LT", sets));
  return characters.filter((character) => !/[\uFFFD\uF8C0-\uF8FF\x80-\x9F]|^$/.test(character));
}

const SINGLE_BYTE = [
  "ISO_IR 100",
  "ISO_IR 101",
  "ISO_IR 109",
  "ISO_IR 110",
  "ISO_IR 144",
  "ISO_IR 127",
  "ISO_IR 126",
  "ISO_IR 138",
  "ISO_IR 148",
  "ISO_IR 203",
  "ISO_IR 13",
  "ISO_IR 166",
];

Deno.test("encodeText: writes the examples of PS3.5 H, I, J and K", () => {
  assertEquals(
    encode("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
  );
  assertEquals(
    encode("ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
  );
  assertEquals(
    encode("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"),
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
  );
  assertEquals(
    encode("ISO_IR 192", "Wang^XiaoDong=王^小東="),
    "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
  );
  assertEquals(
    encode("GB18030", "Wang^XiaoDong=王^小东="),
    "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=",
  );
  assertEquals(
    encode("\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东="),
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
  );
});

Deno.test("encodeText: has every character of every single-byte set", () => {
  for (const charset of SINGLE_BYTE) {
    const characters = repertoire(charset);
    assert(characters.length > 45, `${charset}: ${characters.length}`);
    const text = characters.join("");
    const { bytes, lossy } = encodeText(text, "LT", parseCharset(charset));
    assertEquals([lossy, bytes.length], [false, characters.length], charset);
    assertEquals(decodeText(bytes, "LT", parseCharset(charset)), text, charset);
  }
});

Deno.test("encodeText: is undone by decodeText in every set with code extensions", () => {
  const sets: readonly (readonly [string, string])[] = [
    ...SINGLE_BYTE.map((term) =>
      [`\\${term.replace("_IR", " 2022 IR")}`, repertoire(term).join("").trim()] as const
    ),
    ["\\ISO 2022 IR 87", "山田太郎やまだたろうヤマダＡ＋―～"],
    ["ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159", "ﾔﾏﾀﾞ山田丂龥侂"],
    ["\\ISO 2022 IR 149", "洪吉洞홍길동"],
    ["ISO 2022 IR 149", "洪吉洞홍길동"],
    ["\\ISO 2022 IR 58", "张小东王"],
    ["ISO 2022 IR 58", "张小东王"],
    ["ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126", "äöüЛюксΔιοé"],
    ["ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 100\\ISO 2022 IR 149", "ﾔ山ä홍"],
    ["GB18030", "王小东洪𠀀ä€"],
    ["GBK", "王小东洪東"],
    ["ISO_IR 192", "王ä𠀀"],
  ];
  for (const [terms, letters] of sets) {
    const charset = parseCharset(terms);
    const letter = fc.constantFrom(...letters, ..."abc  ");
    for (const [vr, delimiters] of [["PN", "^=\\"], ["LO", "\\"], ["LT", "\r\n\t\f"]] as const) {
      const text = fc.array(fc.oneof(letter, fc.constantFrom(...delimiters))).map((parts) =>
        parts.join("")
      );
      fc.assert(
        fc.property(text, (text) => {
          const { bytes, lossy } = encodeText(text, vr, charset);
          assertEquals(lossy, false, terms);
          assertEquals(decodeText(bytes, vr, charset), text.replace(/ +$/, ""), terms);
        }),
        { seed: 3, numRuns: 60 },
      );
    }
  }
});

Deno.test("encodeText: has the characters of each set of two bytes that the decoders have", () => {
  const sizes = [
    ["\\ISO 2022 IR 87", 6879],
    ["\\ISO 2022 IR 159", 6067],
    ["\\ISO 2022 IR 149", 8226],
  ] as const;
  for (const [terms, size] of sizes) {
    const charset = parseCharset(terms);
    let count = 0;
    for (let code = 0x80; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      if (!character.isWellFormed() || /[\uE000-\uF8FF]/.test(character)) continue;
      const { bytes, lossy } = encodeText(character, "UT", charset);
      if (lossy) continue;
      if (decodeText(bytes, "UT", charset) === character) count++;
    }
    assertEquals(count, size, terms);
  }
});

Deno.test("encodeText: has all of Unicode in GB18030 but private characters", () => {
  const charset = parseCharset("GB18030");
  for (let code = 0; code <= 0x10ffff; code += code < 0x10000 ? 1 : 997) {
    const character = String.fromCodePoint(code);
    if (!character.isWellFormed() || /[\uE000-\uF8FF\uFFFD\uE5E5]/.test(character)) continue;
    if (character === " " || character === "\0") continue;
    const { bytes, lossy } = encodeText(character, "UT", charset);
    assertEquals([lossy, decodeText(bytes, "UT", charset)], [false, character], code.toString(16));
  }
});

Deno.test("encodeText: writes ? for what the set lacks, and says so", () => {
  const lacking = (charset: string, text: string, vr: VR = "LO") => {
    const { bytes, lossy } = encodeText(text, vr, parseCharset(charset));
    return [String.fromCharCode(...bytes), lossy];
  };
  assertEquals(lacking("", "Müller"), ["M?ller", true]);
  assertEquals(lacking("ISO_IR 100", "Łę山𠀀"), ["????", true]);
  assertEquals(lacking("ISO_IR 100", "€"), ["?", true]);
  assertEquals(lacking("GBK", "𠀀é"), ["?\xa8\xa6", true]);
  assertEquals(lacking("\\ISO 2022 IR 87", "山ä田"), ["\x1b$B;3\x1b(B?\x1b$BED\x1b(B", true]);
  assertEquals(lacking("ISO_IR 13", "~¥\\"), ["??\\", true]);
  assertEquals(lacking("ISO_IR 13", "¥", "ST"), ["\\", false]);
  assertEquals(lacking("ISO_IR 192", "\ud800"), ["\xef\xbf\xbd", true]);
  assertEquals(lacking("ISO_IR 192", "山", "CS"), ["?", true]);
});

Deno.test("encodeText: lets no escape sequence through where they mean something", () => {
  assertEquals(encode("", "A\x1b$B"), "A?$B");
  assertEquals(encode("\\ISO 2022 IR 87", "A\x1b$B"), "A?$B");
});

Deno.test("encodeText: takes a letter and its mark for the letter with it", () => {
  assertEquals(encode("ISO_IR 100", "u\u0308"), "\xfc");
  assertEquals(encode("ISO_IR 192", "u\u0308"), "u\xcc\x88");
});

Deno.test("encodeText: goes back to the first set at the delimiters of the VR", () => {
  const sets = "ISO 2022 IR 100\\ISO 2022 IR 144";
  assertEquals(encode(sets, "Л^ä"), "\x1b-L\xbb\x1b-A^\xe4");
  assertEquals(encode(sets, "Л^Л", "LO"), "\x1b-L\xbb^\xbb\x1b-A");
  assertEquals(encode("\\ISO 2022 IR 87", "山\r\n山", "LT"), "\x1b$B;3\x1b(B\r\n\x1b$B;3\x1b(B");
});

Deno.test("smallestCharset: is no larger than the texts need", () => {
  assertEquals(smallestCharset([]).terms, "ISO_IR 6");
  assertEquals(smallestCharset(["abc", "1\r\n"]).terms, "ISO_IR 6");
  assertEquals(smallestCharset(["abc", "Müller"]).terms, "ISO_IR 100");
  assertEquals(smallestCharset(["Müller", "山"]).terms, "ISO_IR 192");
  assertEquals(smallestCharset(["€"]).terms, "ISO_IR 192");
});
