/**
 * The data dictionary (PS3.6, and PS3.7 Annex E for command elements): keyword, value
 * representation and multiplicity by tag, and the tag by keyword. The table is text that is
 * indexed when first asked and read a line at a time, so that a start that needs none of it pays
 * nothing.
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

interface Index {
  /** A line of the table until it is asked for, then its entry. */
  readonly elements: Map<Tag, string | DictionaryEntry>;
  /** Elements whose tag repeats (PS3.5 7.6 and retired ones), by mask and masked tag. */
  readonly repeating: Map<number, Map<Tag, DictionaryEntry>>;
}

let index: Index | undefined;
let keywords: ReadonlyMap<string, Tag> | undefined;

/** The entry of a standard element; undefined for private, group length and unknown ones. */
export function lookup(tag: Tag): DictionaryEntry | undefined {
  index ??= indexTable();
  const found = index.elements.get(tag);
  if (typeof found === "string") {
    const entry = parseLine(found);
    index.elements.set(tag, entry);
    return entry;
  }
  return found ?? lookupRepeating(index, tag);
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
  keywords ??= indexKeywords();
  return keywords.get(keyword);
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
  return tag.toString(16).toUpperCase().padStart(8, "0");
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

function indexTable(): Index {
  const elements = new Map<Tag, string>();
  const repeating = new Map<number, Map<Tag, DictionaryEntry>>();
  for (const line of tableLines()) {
    const pattern = line.slice(0, 8);
    if (!pattern.includes("x")) {
      elements.set(parseInt(pattern, 16), line);
      continue;
    }
    const mask = parseInt(pattern.replace(/[^x]/g, "F").replaceAll("x", "0"), 16);
    const byTag = repeating.get(mask) ?? new Map<Tag, DictionaryEntry>();
    repeating.set(mask, byTag.set(firstTag(pattern), parseLine(line)));
  }
  return { elements, repeating };
}

function lookupRepeating({ repeating }: Index, tag: Tag): DictionaryEntry | undefined {
  if (isPrivate(tag)) return undefined;
  for (const [mask, byTag] of repeating) {
    const entry = byTag.get((tag & mask) >>> 0);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function indexKeywords(): ReadonlyMap<string, Tag> {
  const tags = new Map<string, Tag>();
  for (const line of tableLines()) {
    tags.set(line.slice(9, line.indexOf(" ", 9)), firstTag(line.slice(0, 8)));
  }
  tags.delete("-");
  return tags;
}

function tableLines(): string[] {
  return DICTIONARY_TABLE.trim().split("\n");
}

function firstTag(pattern: string): Tag {
  return parseInt(pattern.replaceAll("x", "0"), 16);
}

function parseLine(line: string): DictionaryEntry {
  const [, keyword = "", vr = "", vm = ""] = line.split(" ").map((word) =>
    word.replaceAll("/", " or ")
  );
  return { keyword: keyword === "-" ? "" : keyword, vr: vr as DictionaryVR, vm };
}
