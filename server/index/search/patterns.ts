/**
 * Wildcard patterns (PS3.4 C.2.2.2.4) as what the database can look up: a range for what comes
 * before the first wildcard, a literal for the trigram table, and GLOB for the rest.
 * @module
 */

/** Trigrams are of three characters, so a shorter literal cannot be looked up. */
const TRIGRAM = 3;

/** A range of text: from `from` on, below `below` (without end where undefined). */
export interface TextRange {
  readonly from: string;
  readonly below: string | undefined;
}

/** What comes before the first wildcard. */
export function prefixOf(pattern: string): string {
  return pattern.slice(0, pattern.search(/[*?]|$/));
}

/** Whether the range of the prefix is all there is to the pattern. */
export function isPrefixPattern(pattern: string): boolean {
  return pattern === `${prefixOf(pattern)}*`;
}

/**
 * What a name's pattern matches besides: `DOE` for `DOE^*`, since components that are empty at the
 * end of a name are not written. Undefined where its end leaves no component open.
 */
export function bareOf(pattern: string): string | undefined {
  const bare = pattern.replace(/\^+\*$/, "");
  return bare === pattern || bare === "" ? undefined : bare;
}

/** Texts that begin with a prefix, in the order of code points, which is SQLite's of UTF-8. */
export function prefixRange(prefix: string): TextRange {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    if (last === MAX_CODE_POINT) continue;
    // Surrogates are no characters of their own.
    const next = last === 0xD7FF ? 0xE000 : last + 1;
    return { from: prefix, below: String.fromCodePoint(...points, next) };
  }
  return { from: prefix, below: undefined };
}

const MAX_CODE_POINT = 0x10FFFF;

/** The pattern for GLOB, in which `[` is special as well. */
export function globOf(pattern: string): string {
  return pattern.replaceAll("[", "[[]");
}

/** The longest literal in a pattern that the trigram table can look up. */
export function literalOf(pattern: string): string | undefined {
  let longest: string | undefined;
  for (const part of pattern.split(/[*?]+/)) {
    if (isLookedUp(part) && part.length > (longest?.length ?? 0)) longest = part;
  }
  return longest;
}

/** Whether a trigram table knows a literal as long as this. */
export function isLookedUp(literal: string): boolean {
  return [...literal].length >= TRIGRAM;
}

/** A search of one column of a trigram table for a literal. */
export function phraseOf(column: string, literal: string): string {
  return `{${column}} : ${quotedPhrase(literal)}`;
}

/** A literal in a search of a trigram table: data, never syntax. */
export function quotedPhrase(literal: string): string {
  return `"${literal.replaceAll('"', '""')}"`;
}
