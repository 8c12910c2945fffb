/**
 * What an answer holds (PS3.18 10.6.3.3): which columns the index has to read for a query, and
 * whether the stored header of an instance is needed besides.
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";
import { isPrivate } from "../dicom/dictionary.ts";
import {
  attributeAt,
  depthOf,
  pathOf,
  SEARCH_ATTRIBUTES,
  type SearchAttribute,
} from "./attributes.ts";
import { levelOf } from "./levels.ts";
import type { Query } from "./query.ts";

const IDS = new Map(SEARCH_ATTRIBUTES.map((entry) => [entry, pathOf(entry).join(".")]));

/** A column of an answer. */
export interface ReturnedAttribute {
  readonly attribute: SearchAttribute;
  /** Without a value it is there all the same, as an empty attribute. */
  readonly evenEmpty: boolean;
}

/**
 * The columns of an answer. The attributes of the levels above come along where the URL does not
 * say which study or series it is about.
 */
export function returnedAttributes(query: Query): readonly ReturnedAttribute[] {
  const asked = askedPaths(query);
  const top = topDepth(query);
  const own = depthOf(query.level);
  return SEARCH_ATTRIBUTES.flatMap((attribute) => {
    const depth = depthOf(attribute.level);
    if (depth > own) return [];
    if (attribute.returned === "own") return depth === own ? [{ attribute, evenEmpty: true }] : [];
    const isAsked = asked.has(IDS.get(attribute) ?? "");
    const inLevels = depth >= top && attribute.returned !== "asked";
    const returned = inLevels || isAsked || attribute.returned === "everywhere" ||
      query.include === "all";
    if (!returned) return [];
    return [{ attribute, evenEmpty: isAsked || (inLevels && attribute.returned === "always") }];
  });
}

/**
 * The attributes that only a stored header has: tags at its top level, a sequence as a whole;
 * `all` for everything of the level and above; undefined where columns suffice.
 */
export function headerTags(query: Query): "all" | ReadonlySet<Tag> | undefined {
  if (query.include === "all") return "all";
  const tags = new Set<Tag>();
  for (const path of query.include) {
    const [tag] = path;
    if (tag === undefined || attributeAt(path) !== undefined) continue;
    if (!COMPUTED_TAGS.has(tag) && (isPrivate(tag) || isInReach(tag, query))) tags.add(tag);
  }
  return tags.size === 0 ? undefined : tags;
}

/** Specific Character Set, Instance Availability, Retrieve URL: known without looking. */
export const COMPUTED_TAGS: ReadonlySet<Tag> = new Set([0x00080005, 0x00080056, 0x00081190]);

/** Whether an attribute describes an entity that a search at the query's level returns. */
export function isInReach(tag: Tag, query: Query): boolean {
  return depthOf(levelOf(tag)) <= depthOf(query.level);
}

/** Paths that `includefield` or a key names, as text. */
function askedPaths(query: Query): ReadonlySet<string> {
  const paths = new Set(query.conditions.map(({ path }) => path.join(".")));
  if (query.include !== "all") { for (const path of query.include) paths.add(path.join(".")); }
  return paths;
}

function topDepth(query: Query): number {
  if (query.scope.SeriesInstanceUID !== undefined) return depthOf("instance");
  return query.scope.StudyInstanceUID === undefined ? 0 : depthOf("series");
}
