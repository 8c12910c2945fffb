/**
 * Forms in which values are compared. The index keeps columns in these forms and the parsers bring
 * keys into them, so that a comparison is one of plain text.
 * @module
 */

/** Letters that Unicode does not decompose but readers take for a plain letter with a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  "Ø": "O",
  "Ł": "L",
  "Đ": "D",
  "Ð": "D",
  "Ħ": "H",
  "Ŧ": "T",
  "Æ": "AE",
  "Œ": "OE",
};

// deno-lint-ignore no-control-regex -- the ASCII range as a whole
const NOT_ASCII = /[^\x00-\x7F]/;

/**
 * A text without case, accents and compatibility variants, in upper case: lower-casing depends on
 * the letters around (the Greek final sigma), upper-casing does not. Only the marks of Latin, Greek
 * and Cyrillic go: vowel signs of Indic scripts and voiced kana are letters to their readers.
 */
export function foldText(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toUpperCase();
  return text.normalize("NFKD").replace(/[\u0300-\u036F]/g, "").toUpperCase()
    .replace(/[ØŁĐÐĦŦÆŒ]/g, (letter) => PLAIN[letter] ?? letter).normalize("NFC");
}

/**
 * One component group of a person name as it is compared: folded, its components trimmed, runs of
 * spaces made one, empty components at the end left out. `*` and `?` of a pattern stay.
 */
export function foldName(group: string): string {
  const components = foldText(group).split("^").map((part) => part.trim().replace(/\s+/g, " "));
  return components.join("^").replace(/\^+$/, "");
}

/**
 * The folded component groups of a person name (alphabetic, ideographic, phonetic), empty ones left
 * out. Of several values (`\`), the groups of all.
 */
export function foldNames(value: string): string[] {
  return value.split(/[\\=]/).map(foldName).filter((group) => group !== "");
}

/**
 * The canonical form of an integer string: no plus sign, no leading zeros, no spaces. Text that is
 * no integer comes back trimmed.
 */
export function foldNumber(text: string): string {
  const trimmed = text.trim();
  const parts = /^([+-]?)0*(\d+)$/.exec(trimmed);
  if (parts === null) return trimmed;
  return parts[1] === "-" && parts[2] !== "0" ? `-${parts[2]}` : parts[2] ?? trimmed;
}
