import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  charsetOf,
  decodeText,
  DEFAULT_CHARSET,
  parseCharset,
  UTF8_CHARSET,
} from "../../../lib/dicom/charset.ts";
import type { DataSet, VR } from "../../../lib/dicom/dataset.ts";

/** Bytes from text in which `\xNN` and every character below U+0100 stand for one byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function decode(charset: string, text: string, vr: VR = "PN"): string {
  return decodeText(bytes(text), vr, parseCharset(charset));
}

Deno.test("decodeText: reads the examples of PS3.5 H, I, J and K", () => {
  assertEquals(
    decode(
      "\\ISO 2022 IR 87",
      "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ),
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
  );
  assertEquals(
    decode(
      "ISO 2022 IR 13\\ISO 2022 IR 87",
      "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    ),
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  );
  assertEquals(
    decode(
      "\\ISO 2022 IR 149",
      "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    ),
    "Hong^Gildong=洪^吉洞=홍^길동",
  );
  assertEquals(
    decode("ISO_IR 192", "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1="),
    "Wang^XiaoDong=王^小東=",
  );
  assertEquals(
    decode("GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab="),
    "Wang^XiaoDong=王^小东=",
  );
  assertEquals(
    decode("\\ISO 2022 IR 58", "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=  "),
    "Zhang^XiaoDong=张^小东=",
  );
});

Deno.test("decodeText: reads every single-byte set", () => {
  const samples: readonly (readonly [string, string, string])[] = [
    ["ISO_IR 100", "\xc4neas^R\xfcdiger", "Äneas^Rüdiger"],
    ["ISO_IR 101", "Wa\xb3\xeasa", "Wałęsa"],
    ["ISO_IR 109", "\xa6\xe6", "Ĥĉ"],
    ["ISO_IR 110", "\xe0\xb6", "āļ"],
    ["ISO_IR 144", "\xbb\xee\xda\xe1", "Люкс"],
    ["ISO_IR 127", "\xe2\xc8\xc7\xe6\xea", "قباني"],
    ["ISO_IR 126", "\xc4\xe9\xef", "Διο"],
    ["ISO_IR 138", "\xf9\xf8\xe5\xef", "שרון"],
    ["ISO_IR 148", "\xc7avu\xfeo\xf0lu", "Çavuşoğlu"],
    ["ISO_IR 203", "\xa4\xbd", "€œ"],
    ["ISO_IR 166", "\xb9\xd2\xc1", "นาม"],
    ["ISO_IR 13", "\xd4\xcf\xc0\xde~\\", "ﾔﾏﾀﾞ‾\\"],
  ];
  for (const [charset, encoded, text] of samples) {
    assertEquals(decode(charset, encoded), text, charset);
  }
  assertEquals(decode("ISO_IR 13", "A\\B", "ST"), "A¥B");
});

Deno.test("decodeText: leaves a backslash inside a character of two bytes alone", () => {
  assertEquals(decode("GBK", "\x81\x5c\\\xcd\xf5", "LO"), "乗\\王");
  assertEquals(decode("\\ISO 2022 IR 87", "\x1b$B!\x5c\x1b(B\\A", "LO"), "＋\\A");
});

Deno.test("decodeText: goes back to the first set at the delimiters of the VR", () => {
  const sets = "ISO 2022 IR 100\\ISO 2022 IR 144";
  assertEquals(decode(sets, "\x1b-L\xbb^\xe4"), "Л^ä");
  assertEquals(decode(sets, "\x1b-L\xbb\\\xe4", "LO"), "Л\\ä");
  assertEquals(decode(sets, "\x1b-L\xbb\r\n\xe4", "LT"), "Л\r\nä");
  assertEquals(decode(sets, "\x1b-L\xbb^\\\xbb", "LT"), "Л^\\Л");
});

Deno.test("decodeText: understands escape sequences that were not announced", () => {
  assertEquals(decode("ISO 2022 IR 100", "\x1b$B;3ED\x1b(B"), "山田");
  assertEquals(decode("ISO 2022 IR 87", "Yamada=\x1b$B;3ED\x1b(B"), "Yamada=山田");
  assertEquals(decode("ISO 2022 IR 149", "\xc8\xab"), "홍");
  assertEquals(decode("\\ISO 2022 IR 87", "A\x1b%GB"), "A\x1b%GB");
});

Deno.test("decodeText: takes away trailing spaces and nulls, and nothing else", () => {
  assertEquals(decode("", " A \0", "LO"), " A");
  assertEquals(decode("", "1.2\0", "UI"), "1.2");
  assertEquals(decode("", "  \r\n", "LT"), "  \r\n");
  assertEquals(decode("ISO_IR 192", "\xef\xbb\xbfA", "LO"), "\ufeffA");
});

Deno.test("decodeText: applies the character set where PS3.5 says so only", () => {
  assertEquals(decode("ISO_IR 192", "\xc3\xa4", "CS"), "Ã¤");
  assertEquals(decode("ISO_IR 192", "\xc3\xa4", "UC"), "ä");
  assertEquals(decode("", "\xe4", "LO"), "ä");
  assertEquals(decode("ISO_IR 192", "\xe4", "LO"), "\ufffd");
});

Deno.test("decodeText: decodes long values as it does short ones", () => {
  assertEquals(decode("ISO_IR 100", "\xe4".repeat(500), "LT"), "ä".repeat(500));
  assertEquals(decode("\\ISO 2022 IR 87", "A".repeat(500), "LT"), "A".repeat(500));
  assertEquals(decode("", "A".repeat(20_000), "UR"), "A".repeat(20_000));
});

Deno.test("parseCharset: understands misspelt terms", () => {
  for (
    const [written, term] of [
      ["ISO-IR 100", "ISO_IR 100"],
      ["ISO IR 100", "ISO_IR 100"],
      ["iso_ir_100 ", "ISO_IR 100"],
      ["ISO_IR100", "ISO_IR 100"],
      ["latin1", "ISO_IR 100"],
      ["ISO8859-15", "ISO_IR 203"],
      ["UTF-8", "ISO_IR 192"],
      ["ISO 2022 IR 192", "ISO_IR 192"],
      ["", "ISO_IR 6"],
      ["ISO 2022 IR 6", "ISO 2022 IR 6"],
      ["nonsense", "ISO_IR 6"],
      ["constructor", "ISO_IR 6"],
      ["ISO 2022 58", "ISO 2022 IR 58"],
      ["ISO_IR 149", "ISO 2022 IR 149"],
      ["ISO-2022-IR-100\\iso 2022 ir 87", "ISO 2022 IR 100\\ISO 2022 IR 87"],
      ["nonsense\\ISO 2022 IR 87", "ISO 2022 IR 6\\ISO 2022 IR 87"],
      ["ISO_IR 192\\ISO 2022 IR 87", "ISO_IR 192"],
      ["ISO_IR 100\\GB18030", "ISO_IR 100"],
    ] as const
  ) {
    assertEquals(parseCharset(written).terms, term, written);
  }
});

Deno.test("charsetOf: an item without its own has the one of the data set around it", () => {
  const element = (value: string): DataSet =>
    new Map([[0x00080005, { kind: "value", tag: 0x00080005, vr: "CS", bytes: bytes(value) }]]);
  assertEquals(charsetOf(new Map()), DEFAULT_CHARSET);
  assertEquals(charsetOf(new Map(), UTF8_CHARSET), UTF8_CHARSET);
  assertEquals(charsetOf(element(""), UTF8_CHARSET), UTF8_CHARSET);
  assertEquals(charsetOf(element("ISO_IR 100 "), UTF8_CHARSET).terms, "ISO_IR 100");
});

Deno.test("decodeText: never throws, whatever the bytes and the terms", () => {
  const term = fc.constantFrom(
    "",
    "ISO_IR 13",
    "ISO 2022 IR 6",
    "ISO 2022 IR 13",
    "ISO 2022 IR 87",
    "ISO 2022 IR 100",
    "ISO 2022 IR 149",
    "ISO 2022 IR 159",
    "ISO 2022 IR 203",
    "ISO_IR 192",
    "GB18030",
    "nonsense",
  );
  const escapes = fc.constantFrom("\x1b$B", "\x1b$(D", "\x1b$)C", "\x1b(J", "\x1b-b", "\x1b", "\\");
  const noise = fc.uint8Array({ maxLength: 5 }).map((bytes) => String.fromCharCode(...bytes));
  fc.assert(
    fc.property(
      fc.array(term, { maxLength: 3 }),
      fc.array(fc.oneof(escapes, noise), { maxLength: 8 }),
      fc.constantFrom<VR>("LO", "PN", "LT", "CS"),
      (terms, parts, vr) => {
        assertEquals(typeof decode(terms.join("\\"), parts.join(""), vr), "string");
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
});
