/**
 * Free text without what could identify someone (PS3.15 E.3.5): of a text only the words stay that
 * are known to say nothing of a person.
 * @module
 */
import { VOCABULARY } from "./vocabulary.ts";

/** A measure: a number of few digits with its unit. */
const MEASURE =
  /^\d{1,4}(?:\.\d{1,3})?(?:mm|cm|ml|cc|kv|kvp|ma|mas|ms|s|sec|min|mhz|khz|hz|t|fr|x|%)$/;

/** Characters of a word; all others separate words. */
const WORD = /[\p{L}\p{M}\p{N}.%-]+/gu;

/**
 * The text with the words of the vocabulary and of `keepWords`, and measures with a
 * unit, one space between them, and nothing else. `identity` are words in lower case that belong
 * to this patient or to those who cared for them, and that go even where they are of the
 * vocabulary: Mr Foot's name is no part of the body.
 */
export function cleanText(
  text: string,
  keepWords: ReadonlySet<string>,
  identity: ReadonlySet<string>,
): string {
  return wordsOf(text).filter((word) => {
    const lower = word.toLowerCase();
    if (identity.has(lower)) return false;
    return VOCABULARY.has(lower) || keepWords.has(lower) || MEASURE.test(lower);
  }).join(" ");
}

/** The words of a text, without the points and hyphens around them. */
export function wordsOf(text: string): string[] {
  const found = text.match(WORD) ?? [];
  return found.map((word) => word.replace(/^[.-]+|[.-]+$/g, "")).filter((word) => word !== "");
}
