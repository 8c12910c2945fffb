/**
 * Character sets (PS3.3 C.12.1.1.2, PS3.5 6.1): Specific Character Set (0008,0005) and the text
 * that it governs. Code extensions after ISO 2022 are dicom-character-set's work; what nearly
 * every value is, ASCII or one plain encoding, is decoded here.
 * @module
 */

import { characterSets, convertBytes } from "dicom-character-set";
import type { DataSet, VR } from "./dataset.ts";
import { VR_TRAITS } from "./vr.ts";

/** How the text of a data set is encoded. */
export interface Charset {
  /** Defined terms as the standard spells them, separated by backslashes. */
  readonly terms: string;
  /** Decoder where one encoding serves for every byte; undefined where code extensions are in use. */
  readonly decoder: TextDecoder | undefined;
  /** True where bytes below 0x80 without an escape sequence are ASCII. */
  readonly ascii: boolean;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;

/** Up to this many bytes one call that spreads them is faster than a TextDecoder. */
const SHORT_VALUE = 64;

/** Arguments of one call, well within what an engine takes. */
const CHARACTERS_AT_ONCE = 8192;

// Latin alphabet No. 9 came to the standard after the release of dicom-character-set that we use.
characterSets["ISO_IR 203"] ??= { encoding: "iso-8859-15" };
characterSets["ISO 2022 IR 203"] ??= {
  extension: true,
  elements: [
    ...(characterSets["ISO 2022 IR 6"]?.elements ?? []),
    {
      codeElement: "G1",
      escapeSequence: [0x1B, 0x2D, 0x62],
      encoding: "iso-8859-15",
      bytesPerCodePoint: 1,
    },
  ],
};

/** Names of other standards and of toolkits that stand where a defined term should. */
const ALIASES: Readonly<Record<string, string>> = {
  ASCII: "ISO_IR 6",
  USASCII: "ISO_IR 6",
  UTF8: "ISO_IR 192",
  ISO10646: "ISO_IR 192",
  LATIN1: "ISO_IR 100",
  ISO88591: "ISO_IR 100",
  ISO88592: "ISO_IR 101",
  ISO88593: "ISO_IR 109",
  ISO88594: "ISO_IR 110",
  ISO88595: "ISO_IR 144",
  ISO88596: "ISO_IR 127",
  ISO88597: "ISO_IR 126",
  ISO88598: "ISO_IR 138",
  ISO88599: "ISO_IR 148",
  ISO885915: "ISO_IR 203",
  SHIFTJIS: "ISO_IR 13",
  GB2312: "GBK",
  ISO2022GBK: "GBK",
  ISO2022IR192: "ISO_IR 192",
};

/** Every set with code extensions: what an escape sequence is tried against that the data set did not announce. */
const ALL_EXTENSIONS = Object.keys(characterSets).filter((term) => term.startsWith("ISO 2022"));

/** Defined terms that are read. */
export const CHARACTER_SETS: readonly string[] = Object.keys(characterSets)
  .filter((term) => /^(ISO|GB)/.test(term)).sort();

const decoders = new Map<string, TextDecoder>();

/**
 * The default repertoire (PS3.5 6.1.2.1). Bytes above 0x7F have no meaning in it; as most
 * toolkits do, they are taken as Latin alphabet No. 1, which is what old devices wrote.
 */
export const DEFAULT_CHARSET: Charset = {
  terms: "ISO_IR 6",
  decoder: decoderOf("windows-1252"),
  ascii: true,
};

/** Unicode in UTF-8, the repertoire of DICOM JSON and XML (PS3.18 F.2). */
export const UTF8_CHARSET: Charset = {
  terms: "ISO_IR 192",
  decoder: decoderOf("utf-8"),
  ascii: true,
};

/**
 * The character set of a data set or an item: its own Specific Character Set, else the one of the
 * data set around it (PS3.3 C.12.1.1.2). Misspelt terms are understood; those that name nothing
 * are passed over, so that a wrong word never makes a header unreadable.
 */
export function charsetOf(dataSet: DataSet, inherited: Charset = DEFAULT_CHARSET): Charset {
  const element = dataSet.get(SPECIFIC_CHARACTER_SET);
  if (element?.kind !== "value" || element.bytes.length === 0) return inherited;
  return parseCharset(charactersOf(element.bytes));
}

/** The character set that a value of Specific Character Set names. */
export function parseCharset(value: string): Charset {
  const [first = "", ...others] = value.split("\\").map(definedTerm);
  // A set of two bytes in G0 cannot be what a text begins in, though some devices announce it alone.
  if (/IR (87|159)$/.test(first)) return parseCharset(["ISO_IR 6", first, ...others].join("\\"));
  const extensions = others.filter((term) => characterSets[extended(term)]?.extension);
  const alone = characterSets[first];
  if (extensions.length > 0 && (alone === undefined || characterSets[extended(first)]?.extension)) {
    const base = extended(alone === undefined ? "ISO_IR 6" : first);
    const terms = [base, ...extensions.map(extended)].join("\\");
    return { terms, decoder: undefined, ascii: base !== "ISO 2022 IR 13" };
  }
  switch (alone === undefined ? "ISO_IR 6" : first) {
    case "ISO_IR 6":
      return DEFAULT_CHARSET;
    case "ISO_IR 192":
      return UTF8_CHARSET;
    case "ISO_IR 13":
      // JIS X 0201 has a yen sign and an overline where a Shift JIS decoder sees ASCII.
      return { terms: first, decoder: undefined, ascii: false };
    default:
      return alone?.encoding === undefined
        ? { terms: first, decoder: undefined, ascii: first !== "ISO 2022 IR 13" }
        : { terms: first, decoder: decoderOf(alone.encoding), ascii: true };
  }
}

/**
 * The text of a value, whole and without its trailing padding: spaces and, because they are often
 * there instead, nulls. Several values are still joined by backslashes, in which only those of
 * the encoded text are left: a multi-byte character that holds the byte 0x5C is not one. Where
 * the VR has no character set each byte is the character of its number, so that bytes which
 * should not be there survive. Never throws: what cannot be decoded becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array, vr: VR, charset: Charset): string {
  if (!VR_TRAITS[vr].characterSet) return trimEnd(charactersOf(bytes));
  const { terms, decoder, ascii } = charset;
  if (decoder !== undefined) return trimEnd(decodePlain(bytes, decoder));
  return trimEnd(
    ascii && isPlainASCII(bytes) ? charactersOf(bytes) : decodeExtended(bytes, vr, terms),
  );
}

/** Text without the spaces and nulls at its end; other white space is part of a value. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0)) end--;
  return end === text.length ? text : text.slice(0, end);
}

function decodePlain(bytes: Uint8Array, decoder: TextDecoder): string {
  return bytes.length <= SHORT_VALUE && isPlainASCII(bytes)
    ? charactersOf(bytes)
    : decoder.decode(bytes);
}

/** Each byte as the character of its number. */
function charactersOf(bytes: Uint8Array): string {
  if (bytes.length <= CHARACTERS_AT_ONCE) {
    return String.fromCharCode.apply(null, bytes as unknown as number[]);
  }
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_ONCE) {
    text += charactersOf(bytes.subarray(at, at + CHARACTERS_AT_ONCE));
  }
  return text;
}

/** True where no byte is above 0x7F and none is an escape. */
function isPlainASCII(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7F || byte === 0x1B) return false;
  }
  return true;
}

/** Tries what the data set announced, then every set there is, then Latin alphabet No. 1. */
function decodeExtended(bytes: Uint8Array, vr: VR, terms: string): string {
  for (const attempt of [terms, [terms, ...ALL_EXTENSIONS].join("\\")]) {
    try {
      return convertBytes(attempt, bytes, { vr });
    } catch {
      // An escape sequence of a set that was not announced, or of none at all.
    }
  }
  return decoderOf("windows-1252").decode(bytes);
}

/** The defined term that a word stands for; unknown words come back as they are, in upper case. */
function definedTerm(word: string): string {
  const letters = word.toUpperCase().replace(/[^A-Z0-9]/g, "");
  const alias = ALIASES[letters];
  if (alias !== undefined) return alias;
  const numbered = /^ISO(2022)?(IR)?(\d{1,3})$/.exec(letters);
  const term = numbered && `${numbered[1] ? "ISO 2022 IR" : "ISO_IR"} ${numbered[3]}`;
  if (term === null) return letters;
  // Sets of two bytes exist with code extensions only.
  return characterSets[term] === undefined ? extended(term) : term;
}

function extended(term: string): string {
  return term.replace("ISO_IR", "ISO 2022 IR");
}

function decoderOf(encoding: string): TextDecoder {
  const known = decoders.get(encoding) ?? new TextDecoder(encoding, { ignoreBOM: true });
  decoders.set(encoding, known);
  return known;
}
