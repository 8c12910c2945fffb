/**
 * Attributes as a query names them: keyword or tag, and down into sequences by dots (PS3.18
 * 8.3.4.1), e.g. `RequestAttributesSequence.00400009`.
 * @module
 */
import { parseTag } from "../dicom/dictionary.ts";
import type { Tag } from "../dicom/dataset.ts";
import { pathOf, SEARCH_ATTRIBUTES } from "./attributes.ts";

/** Sequences in sequences that a path may name; deeper ones are no attribute that anyone asks for. */
export const MAX_PATH_DEPTH = 8;
/** Longest keyword of PS3.6 with room to spare, times the depth. */
const MAX_PATH_LENGTH = 512;

/** The keywords that nearly all queries use, found without a search through the dictionary. */
const tags = new Map<string, Tag>(
  SEARCH_ATTRIBUTES.filter((entry) => entry.sequence === undefined)
    .map((entry) => [entry.keyword, entry.tag]),
);
const paths = new Map(
  SEARCH_ATTRIBUTES.filter((entry) => entry.sequence === undefined)
    .map((entry) => [entry.keyword, pathOf(entry)]),
);

/** The tags of a path; undefined where a part of it is neither a keyword nor a tag. */
export function parsePath(text: string): readonly Tag[] | undefined {
  const known = paths.get(text);
  if (known !== undefined) return known;
  if (text.length > MAX_PATH_LENGTH) return undefined;
  const names = text.split(".");
  if (names.length > MAX_PATH_DEPTH) return undefined;
  const path: Tag[] = [];
  for (const name of names) {
    const tag = tags.get(name) ?? parseTag(name);
    if (tag === undefined) return undefined;
    path.push(tag);
  }
  return path;
}
