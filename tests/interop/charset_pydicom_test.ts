import { assertEquals } from "@std/assert";
import { decodeText, parseCharset } from "../../lib/dicom/charset.ts";
import { encodeText } from "../../lib/dicom/charset_encode.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";

/**
 * Names, each with the Specific Character Set that it is written in. What pydicom writes without
 * the escape sequences that it needs is not here: ISO 2022 IR 58, and Japanese after Latin.
 */
const NAMES: readonly (readonly [terms: string, name: string])[] = [
  ["ISO_IR 100", "Äneas^Rüdiger"],
  ["ISO_IR 101", "Wałęsa^Łukasz"],
  ["ISO_IR 109", "Ĥĉ^Ŝŭ"],
  ["ISO_IR 110", "Āļ^Ņš"],
  ["ISO_IR 144", "Люкceмбypг"],
  ["ISO_IR 127", "قباني^لنزار"],
  ["ISO_IR 126", "Διονυσιος"],
  ["ISO_IR 138", "שרון^דבורה"],
  ["ISO_IR 148", "Çavuşoğlu"],
  ["ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"],
  ["ISO_IR 166", "นาม^สกุล"],
  ["ISO_IR 192", "Wang^XiaoDong=王^小東"],
  ["GB18030", "Wang^XiaoDong=王^小东"],
  ["GBK", "Wang^XiaoDong=王^小东"],
  ["\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"],
  ["ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  ["\\ISO 2022 IR 87\\ISO 2022 IR 159", "A^B=山^丂龥"],
  ["\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"],
  ["\\ISO 2022 IR 166", "Nam=นาม^สกุล"],
  ["ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126", "Dionysios=Люкс^Διονυσιος"],
];

peerTest(
  "encodeText: writes names that pydicom reads, and decodeText reads pydicom's",
  ["/usr/bin/python3"],
  async () => {
    const questions = NAMES.map(([terms, text]) => {
      const { bytes, lossy } = encodeText(text, "PN", parseCharset(terms));
      assertEquals(lossy, false, terms);
      return JSON.stringify({ terms: terms.split("\\"), text, hex: bytes.toHex() });
    });
    const answers = await askPydicom<{ text: string; hex: string }>(
      "pydicom_charset.py",
      new URL("./", import.meta.url),
      questions,
    );
    for (const [index, [terms, name]] of NAMES.entries()) {
      const { text, hex } = answers[index]!;
      assertEquals(text, name, terms);
      assertEquals(decodeText(Uint8Array.fromHex(hex), "PN", parseCharset(terms)), name, terms);
    }
  },
);
