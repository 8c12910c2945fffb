/**
 * Text into the character sets of PS3.3 C.12.1.1.2, with code extensions where they are in use
 * (PS3.5 6.1.2.5). It undoes what charset.ts does.
 * @module
 */
import { type Charset, DEFAULT_CHARSET, parseCharset, UTF8_CHARSET } from "./charset.ts";
import {
  ASCII,
  type CodeElement,
  codeElements,
  gb18030Code,
  gbkTable,
  tableOf,
} from "./charset_tables.ts";
import type { VR } from "./dataset.ts";
import { VR_TRAITS } from "./vr.ts";

/** Text as bytes, without padding. */
export interface EncodedText {
  readonly bytes: Uint8Array;
  /** True where a `?` stands for a character that the set lacks. */
  readonly lossy: boolean;
}

const QUESTION_MARK = 0x3f;
const ESCAPE = "\x1b";

// deno-lint-ignore no-control-regex -- everything below 0x80 but escape
const PLAIN_ASCII = /^[\x00-\x1a\x1c-\x7f]*$/;
// deno-lint-ignore no-control-regex -- graphic characters of Latin alphabet No. 1, and controls
const LATIN_1 = /^[\x00-\x1a\x1c-\x7f\xa0-\xff]*$/;
const COMBINING = /[\u0300-\u036F\u3099\u309A]/;

const utf8 = new TextEncoder();

/**
 * The bytes of a value in a character set; several values come joined by backslashes. Where the VR
 * has no character set, characters are bytes of their number, as `decodeText` reads them.
 */
export function encodeText(text: string, vr: VR, charset: Charset): EncodedText {
  if (!VR_TRAITS[vr].characterSet) return encodeBytes(text);
  if (charset.terms === UTF8_CHARSET.terms) {
    return { bytes: utf8.encode(text), lossy: !text.isWellFormed() };
  }
  if (charset.ascii && PLAIN_ASCII.test(text)) return { bytes: utf8.encode(text), lossy: false };
  switch (charset.terms) {
    case "GB18030":
      return encodeGB(text, (character) => gbkTable().get(character) ?? gb18030Code(character));
    case "GBK":
      return encodeGB(composed(text), (character) => gbkTable().get(character));
    default:
      return encodeElements(composed(text), vr, charset.terms);
  }
}

/**
 * The most widely understood character set that has all of the texts: the default repertoire,
 * Latin alphabet No. 1, or Unicode.
 */
export function smallestCharset(texts: Iterable<string>): Charset {
  let charset = DEFAULT_CHARSET;
  for (const text of texts) {
    if (PLAIN_ASCII.test(text)) continue;
    if (!LATIN_1.test(text)) return UTF8_CHARSET;
    charset = parseCharset("ISO_IR 100");
  }
  return charset;
}

function encodeBytes(text: string): EncodedText {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const bytes = codes.map((code) => code > 0xff ? QUESTION_MARK : code);
  return { bytes: Uint8Array.from(bytes), lossy: codes.some((code) => code > 0xff) };
}

/** Sets of other days have letters with their marks, not the marks alone. */
function composed(text: string): string {
  return COMBINING.test(text) ? text.normalize("NFC") : text;
}

function encodeGB(
  text: string,
  codeOf: (character: string) => number | undefined,
): EncodedText {
  const bytes: number[] = [];
  let lossy = false;
  for (const character of text) {
    if (character < "\x80") {
      bytes.push(character.charCodeAt(0));
      continue;
    }
    const code = codeOf(character);
    lossy ||= code === undefined;
    pushCode(bytes, code ?? QUESTION_MARK);
  }
  return { bytes: Uint8Array.from(bytes), lossy };
}

/** What is designated to the two halves of the code table. */
interface Designations {
  readonly G0: CodeElement;
  readonly G1: CodeElement | undefined;
}

/**
 * Sets of one code table, and sets that escape sequences designate in turn. What the first term
 * designates is restored before every delimiter and at the end (PS3.5 6.1.2.5.3); where it leaves
 * G1 open, a set is designated anew after each delimiter.
 */
function encodeElements(text: string, vr: VR, terms: string): EncodedText {
  const elements = elementsOf(terms);
  const initial = initialDesignations(elements[0] ?? []);
  const choices = [initial.G0, ...elements.flat()];
  const bytes: number[] = [];
  let active = initial;
  let lossy = false;

  const designate = (element: CodeElement | undefined) => {
    if (element === undefined || element === active[element.codeElement]) return;
    bytes.push(...element.escapeSequence);
    active = { ...active, [element.codeElement]: element };
  };
  const restore = () => {
    designate(initial.G0);
    designate(initial.G1);
    active = initial;
  };

  for (const character of text) {
    if (isDelimiter(character, vr)) {
      restore();
      bytes.push(character.charCodeAt(0));
      continue;
    }
    // JIS X 0201 has its yen sign where the separator of values is.
    const isYen = character === "¥" && VR_TRAITS[vr].multiValued;
    const element = [active.G0, active.G1, ...choices].find((each) =>
      each !== undefined && tableOf(each).has(character) && !(isYen && each === initial.G0)
    );
    lossy ||= element === undefined;
    // A question mark is in every set that a text can begin in.
    designate(element ?? initial.G0);
    pushCode(bytes, element === undefined ? QUESTION_MARK : tableOf(element).get(character) ?? 0);
  }
  restore();
  return { bytes: Uint8Array.from(bytes), lossy };
}

/** The elements of each term; a set without code extensions has those of the one with them. */
function elementsOf(terms: string): readonly (readonly CodeElement[])[] {
  return terms.split("\\").map((term) => codeElements(term.replace("ISO_IR", "ISO 2022 IR")));
}

function initialDesignations(elements: readonly CodeElement[]): Designations {
  return {
    G0:
      elements.find(({ codeElement, bytesPerCodePoint }) =>
        codeElement === "G0" && bytesPerCodePoint === 1
      ) ?? ASCII,
    // A set of two bytes is designated where it is used, even if a text may begin in it.
    G1: elements.find(({ codeElement, bytesPerCodePoint }) =>
      codeElement === "G1" && bytesPerCodePoint === 1
    ),
  };
}

/** Control characters, the separator of values, and those inside of a name. */
function isDelimiter(character: string, vr: VR): boolean {
  switch (character) {
    case ESCAPE:
      return false;
    case "\\":
      return VR_TRAITS[vr].multiValued;
    case "^":
    case "=":
      return vr === "PN";
    default:
      return character < " ";
  }
}

function pushCode(bytes: number[], code: number): void {
  if (code > 0xffff) bytes.push(code / 0x1000000 & 0xff, code >>> 16 & 0xff);
  if (code > 0xff) bytes.push(code >>> 8 & 0xff);
  bytes.push(code & 0xff);
}
