/**
 * The data dictionary (PS3.6, and PS3.7 Annex E for command elements): keyword, value
 * representation and multiplicity by tag, and the tag by keyword. The table stays text, in which a
 * line is found when it is first asked for: an index of all of it would cost every start some
 * milliseconds.
 * @module
 */

import type { Tag, VR } from "./dataset.ts";
import { DICTIONARY_TABLE } from "./dictionary_table.ts";

/** A value representation, or the choice that PS3.6 leaves to other attributes of the data set. */
export type DictionaryVR = VR | "OB or OW" | "US or SS" | "US or OW" | "US or SS or OW";

/** One row of PS3.6 Table 6-1. */
export interface DictionaryEntry {
  /** Empty for the few retired elements that have none. */
  readonly keyword: string;
  readonly vr: DictionaryVR;
  /** As in PS3.6: `1`, `1-n`, `2-2n`, … */
  readonly vm: string;
}

/** What an implicit VR data set has told so far that decides a choice of value representation. */
export interface ImplicitVRContext {
  /** Pixel Representation (0028,0103), of the item or the nearest data set around it that has one. */
  readonly pixelRepresentation?: number | undefined;
}

/** Characters of a tag at the start of a line. */
const TAG_LENGTH = 8;

/** The two digits of every byte: metadata names 150 tags an instance, so they are not made anew. */
const HEX_BYTES = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"),
);

/** Entries that were asked for, so that a tag is looked for in the text once. */
const entries = new Map<Tag, DictionaryEntry>();

/** The entry of a standard element; undefined for private, group length and unknown ones. */
export function lookup(tag: Tag): DictionaryEntry | undefined {
  const known = entries.get(tag);
  if (known !== undefined || isPrivate(tag)) return known;
  for (const pattern of patternsOf(tag)) {
    const line = findLine(pattern);
    if (line === undefined) continue;
    const entry = parseLine(line);
    entries.set(tag, entry);
    return entry;
  }
  return undefined;
}

/**
 * The value representation of an element in Implicit VR Little Endian (PS3.5 A.1): choices of
 * bytes or words are words there, and numbers take their sign from Pixel Representation. Private
 * elements and unknown ones are UN.
 */
export function implicitVR(tag: Tag, context: ImplicitVRContext): VR {
  if ((tag & 0xFFFF) === 0) return "UL";
  if (isPrivate(tag)) return isPrivateCreator(tag) ? "LO" : "UN";
  const vr = lookup(tag)?.vr;
  switch (vr) {
    case undefined:
      return "UN";
    case "US or SS":
      return context.pixelRepresentation === 1 ? "SS" : "US";
    case "OB or OW":
    case "US or OW":
    case "US or SS or OW":
      return "OW";
    default:
      return vr;
  }
}

/** The tag of a keyword; of a repeating element the one in its first group. */
export function tagOf(keyword: string): Tag | undefined {
  if (!/^[A-Za-z][A-Za-z0-9]+$/.test(keyword)) return undefined;
  const start = DICTIONARY_TABLE.indexOf(` ${keyword} `) - TAG_LENGTH;
  if (start < 0 || DICTIONARY_TABLE[start - 1] !== "\n") return undefined;
  const pattern = DICTIONARY_TABLE.slice(start, start + TAG_LENGTH);
  const first = parseInt(pattern.replaceAll("x", "0"), 16);
  // (0028,04x0) to (0028,04x3) begin at 1: with 0 they are other elements.
  return keywordOf(first) === keyword ? first : parseInt(pattern.replaceAll("x", "1"), 16);
}

/** The keyword of a standard element, where it has one. */
export function keywordOf(tag: Tag): string | undefined {
  return lookup(tag)?.keyword || undefined;
}

/** Reads a tag as PS3.18 8.3.1 lets a client write it: eight hexadecimal digits, or a keyword. */
export function parseTag(text: string): Tag | undefined {
  return /^[0-9A-Fa-f]{8}$/.test(text) ? parseInt(text, 16) : tagOf(text);
}

/** The tag as eight uppercase hexadecimal digits: `00100010`. */
export function formatTag(tag: Tag): string {
  return `${HEX_BYTES[tag >>> 24]}${HEX_BYTES[tag >>> 16 & 0xFF]}${HEX_BYTES[tag >>> 8 & 0xFF]}${
    HEX_BYTES[tag & 0xFF]
  }`;
}

/** True in the odd groups, which PS3.5 7.8 leaves to private use. */
export function isPrivate(tag: Tag): boolean {
  return (tag & 0x10000) !== 0;
}

/** True for (gggg,0010-00FF) in an odd group: the name of a block's owner (PS3.5 7.8.1). */
export function isPrivateCreator(tag: Tag): boolean {
  const element = tag & 0xFFFF;
  return isPrivate(tag) && element >= 0x10 && element <= 0xFF;
}

/** What the line of a tag may begin with: the tag, or a pattern that it repeats (PS3.5 7.6). */
function patternsOf(tag: Tag): string[] {
  const digits = formatTag(tag);
  const group = digits.slice(0, 4);
  switch (group) {
    case "0020":
      return [digits, `${digits.slice(0, 6)}xx`];
    case "0028":
      return [digits, `${digits.slice(0, 6)}x${digits[7]}`];
    case "1000":
      return [digits, `1000xxx${digits[7]}`];
    case "1010":
      return [digits, "1010xxxx"];
    default:
      return [digits, `${digits.slice(0, 2)}xx${digits.slice(4)}`];
  }
}

/** The line that begins with the eight characters, by bisection: the table is sorted. */
function findLine(pattern: string): string | undefined {
  let low = 1;
  let high = DICTIONARY_TABLE.length;
  while (low < high) {
    const start = DICTIONARY_TABLE.lastIndexOf("\n", ((low + high) >>> 1) - 1) + 1;
    const end = DICTIONARY_TABLE.indexOf("\n", start);
    const found = DICTIONARY_TABLE.slice(start, start + TAG_LENGTH);
    if (found === pattern) return DICTIONARY_TABLE.slice(start, end);
    if (found < pattern) low = end + 1;
    else high = start;
  }
  return undefined;
}

function parseLine(line: string): DictionaryEntry {
  const [, keyword = "", vr = "", vm = ""] = line.split(" ").map((word) =>
    word.replaceAll("/", " or ")
  );
  return { keyword: keyword === "-" ? "" : keyword, vr: vr as DictionaryVR, vm };
}
