/**
 * Coded character sets from character to code (PS3.3 C.12.1.1.2): decoders turned round. A table
 * is made when it is first needed, by decoding every code that its set has.
 * @module
 */
import { characterSets } from "dicom-character-set";
// Its side effect on `characterSets`, to which it adds Latin alphabet No. 9.
import "./charset.ts";

/** Codes by character. A code of several bytes is one number, its first byte the highest. */
export type CodeTable = ReadonlyMap<string, number>;

/** A set as it is designated to one half of the code table (PS3.5 6.1.2.4). */
export interface CodeElement {
  readonly codeElement: "G0" | "G1";
  readonly escapeSequence: readonly number[];
  /** Label of the decoder that knows the set. */
  readonly encoding: string;
  readonly bytesPerCodePoint: 1 | 2;
  /** JIS X 0208: written in G0, decoded with the high bits set. */
  readonly setHighBit?: boolean;
  /** JIS X 0212: so too, after a byte 0x8F. */
  readonly isJISX0212?: boolean;
}

const SETS: Readonly<Record<string, { readonly elements?: readonly CodeElement[] } | undefined>> =
  characterSets;

/** The elements of a defined term with code extensions (`ISO 2022 IR 100`); none of any other. */
export function codeElements(term: string): readonly CodeElement[] {
  return SETS[term]?.elements ?? [];
}

/** ISO 646, in G0. */
export const ASCII: CodeElement = codeElements("ISO 2022 IR 6")[0] as CodeElement;

const tables = new Map<CodeElement, CodeTable>();

/** The codes of an element, without control characters. */
export function tableOf(element: CodeElement): CodeTable {
  const known = tables.get(element);
  if (known !== undefined) return known;
  const table = element.bytesPerCodePoint === 1 ? singleBytes(element) : doubleBytes(element);
  tables.set(element, table);
  return table;
}

/**
 * Characters of Unicode for one character of JIS, of which decoders prefer the second (JIS X 0208
 * 0x213D, 0x2141, 0x2142, 0x215D, 0x2171, 0x2172, 0x224C).
 */
const EQUIVALENTS = ["—―", "〜～", "‖∥", "−－", "¢￠", "£￡", "¬￢"];

function singleBytes({ codeElement, encoding }: CodeElement): CodeTable {
  const isRomaji = codeElement === "G0" && encoding === "shift-jis";
  const codes = codeElement === "G0" ? range(0x20, 0x7e) : range(0xa0, 0xff);
  // A byte alone where the decoder knows others of two bytes: each has to be decoded by itself.
  const decoder = new TextDecoder(encoding);
  const pairs = codes.map((code) => [decoder.decode(Uint8Array.of(code)), code] as const);
  const table = known(pairs);
  if (isRomaji) {
    // JIS X 0201 differs from ASCII in two places, which decoders of Shift JIS do not show.
    table.delete("\\");
    table.delete("~");
    table.set("¥", 0x5c).set("‾", 0x7e);
  }
  return table;
}

/** 94 by 94 codes, each of which is one character or U+FFFD to the decoder. */
function doubleBytes(element: CodeElement): CodeTable {
  const { encoding, setHighBit, isJISX0212, codeElement } = element;
  const prefix = isJISX0212 ? [0x8f] : [];
  const codes = rowsOf(element).flatMap((row) => range(0xa1, 0xfe).map((cell) => [row, cell]));
  const characters = decodeAll(encoding, codes.map((code) => [...prefix, ...code]));
  const mask = codeElement === "G0" ? 0x7f7f : 0xffff;
  const table = known(characters.map((character, index) => {
    const [row = 0, cell = 0] = codes[index] ?? [];
    return [character, (row << 8 | cell) & mask] as const;
  }));
  if (setHighBit) {
    for (const [alternative = "", character = ""] of EQUIVALENTS) {
      table.set(alternative, table.get(character) ?? 0);
    }
  }
  return table;
}

/** First bytes of the codes that the standard has; decoders know what vendors have added. */
function rowsOf({ encoding, setHighBit }: CodeElement): readonly number[] {
  if (setHighBit) return [...range(0xa1, 0xa8), ...range(0xb0, 0xf4)];
  return encoding === "gb18030" ? [...range(0xa1, 0xa9), ...range(0xb0, 0xf7)] : range(0xa1, 0xfe);
}

let gbk: CodeTable | undefined;

/** The characters of two bytes in GBK, which GB18030 shares. */
export function gbkTable(): CodeTable {
  if (gbk !== undefined) return gbk;
  const seconds = [...range(0x40, 0x7e), ...range(0x80, 0xfe)];
  const codes = range(0x81, 0xfe).flatMap((row) => seconds.map((cell) => [row, cell]));
  const characters = decodeAll("gb18030", codes);
  return gbk = known(characters.map((character, index) => {
    const [row = 0, cell = 0] = codes[index] ?? [];
    return [character, row << 8 | cell] as const;
  }));
}

/** Codes of four bytes for the Basic Multilingual Plane: 0x81308130 to 0x8431A439. */
const GB18030_CODES = 39_420;
/** Number of the code of U+10000, 0x90308130; from there on codes and characters run in step. */
const GB18030_SUPPLEMENT = 189_000;

let gb18030: CodeTable | undefined;

/** The four bytes of any character in GB18030 that has no two, as one number. */
export function gb18030Code(character: string): number | undefined {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint > 0xffff) return codeOf(fourBytes(GB18030_SUPPLEMENT + codePoint - 0x10000));
  gb18030 ??= known(
    decodeAll("gb18030", Array.from({ length: GB18030_CODES }, (_, index) => fourBytes(index)))
      .map((character, index) => [character, codeOf(fourBytes(index))] as const),
  );
  return gb18030.get(character);
}

/** The code of four bytes with this number: the second and fourth byte are digits. */
function fourBytes(index: number): readonly number[] {
  return [
    0x81 + Math.floor(index / 12_600),
    0x30 + Math.floor(index / 1260) % 10,
    0x81 + Math.floor(index / 10) % 126,
    0x30 + index % 10,
  ];
}

function codeOf(bytes: readonly number[]): number {
  return bytes.reduce((code, byte) => code * 256 + byte, 0);
}

/** The characters of codes that are one each. */
function decodeAll(encoding: string, codes: readonly (readonly number[])[]): string[] {
  const bytes = Uint8Array.from(codes.flat());
  return [...new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes)];
}

/** A table without what is no character, and with the first of several codes for one. */
function known(pairs: readonly (readonly [string, number])[]): Map<string, number> {
  const table = new Map<string, number>();
  for (const [character, code] of pairs) {
    if (!/^[\uE000-\uF8FF\uFFFD]$/.test(character) && !table.has(character)) {
      table.set(character, code);
    }
  }
  return table;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
