/**
 * Searches: asks the index for pages of rows, within the limits of an answer, and writes each row as
 * DICOM JSON.
 * @module
 */
import { unpackPieces } from "../../lib/bytes/gzip_pieces.ts";
import type { Tag } from "../../lib/dicom/dataset.ts";
import { attributeAt } from "../../lib/query/attributes.ts";
import { jsonMembers } from "../../lib/query/json_members.ts";
import type { Query } from "../../lib/query/query.ts";
import {
  COMPUTED_TAGS,
  headerTags,
  isInReach,
  returnedAttributes,
} from "../../lib/query/returned.ts";
import { createRowWriter, type RowWriter } from "../../lib/query/row_json.ts";
import type { Index, SearchPage } from "../index/index.ts";

/** Results of a search that names no limit: more than a person reads. */
export const DEFAULT_SEARCH_LIMIT = 1_000;
/** Results of any search that is not below one study: some 10 MB of JSON. */
export const MAX_SEARCH_LIMIT = 10_000;
/** Rows asked of the index at once where a study is listed whole. */
const STUDY_PAGE_ROWS = 2_000;
/** Rows asked of the index at once where each brings a header, which may be large. */
const HEADER_PAGE_ROWS = 25;

/** The answer to a search. */
export interface SearchAnswer {
  /** The first results, in order: each a JSON object (PS3.18 F). */
  readonly results: readonly string[];
  /** The results after these, written as they are pulled, where they are too much to hold at once. */
  readonly more: AsyncIterable<Iterable<string>> | undefined;
  /** Cursor after the last result, where the answer was cut and more may follow. */
  readonly next: string | undefined;
  /** Matches in all, where the query asked for `count`. */
  readonly total: number | undefined;
  /** Sentences for `Warning: 299`. */
  readonly warnings: readonly string[];
}

/** See {@linkcode createSearchService}. */
export interface SearchService {
  /** `base`: URL of the archive's DICOMweb root. */
  search(archive: string, query: Query, base: string): Promise<SearchAnswer>;
}

/** What the service stands on. */
export interface SearchDeps {
  readonly index: Pick<Index, "search">;
}

/** Makes the service. */
export function createSearchService({ index }: SearchDeps): SearchService {
  return {
    search(archive, query, base) {
      const limit = limitOf(query);
      if (limit === 0) return countOnly(index, archive, query);
      const tags = headerTags(query);
      const asked = tags === "all" ? [] : tags;
      const writer = createRowWriter(query.level, returnedAttributes(query), base, asked);
      if (tags === undefined) return searchColumns(index, archive, query, limit, writer);
      const write = headerWriter(writer, query, tags, base);
      return searchHeaders(index, archive, query, limit, write);
    },
  };
}

/** Below one study there is no limit but the client's own. */
function limitOf(query: Query): number | undefined {
  if (query.scope.StudyInstanceUID !== undefined) return query.limit;
  return Math.min(query.limit ?? DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT);
}

async function countOnly(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
): Promise<SearchAnswer> {
  const nothing = { results: [], more: undefined, next: undefined };
  if (!query.count) return { ...nothing, total: undefined, warnings: [] };
  const { total, warnings } = await index.search(archive, { ...query, include: [], limit: 1 });
  return { ...nothing, total, warnings };
}

/** A search that columns can answer. */
async function searchColumns(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
  limit: number | undefined,
  writer: RowWriter,
): Promise<SearchAnswer> {
  const write = ({ rows }: SearchPage) => rows.map(({ values }) => writer.write(values));
  const first = await index.search(archive, { ...query, limit: limit ?? STUDY_PAGE_ROWS });
  const { next, total, warnings } = first;
  const results = write(first);
  if (limit !== undefined || next === undefined) {
    return { results, more: undefined, next, total, warnings };
  }
  const rest: Query = { ...query, offset: 0, after: next, count: false };
  const more = mapPages(pagesOf(index, archive, rest, STUDY_PAGE_ROWS, undefined), write);
  return { results, more, next: undefined, total, warnings };
}

/**
 * A search that needs stored headers. Where the answer ends goes into a header of the response, which
 * leaves before the results do: what is beyond the first page is looked up before, without what makes
 * the rows large.
 */
async function searchHeaders(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
  limit: number | undefined,
  write: (page: SearchPage) => Iterable<string>,
): Promise<SearchAnswer> {
  const asked = Math.min(limit ?? HEADER_PAGE_ROWS, HEADER_PAGE_ROWS);
  const first = await index.search(archive, { ...query, limit: asked });
  const { next, total, warnings } = first;
  const isWhole = next === undefined || first.rows.length < asked || asked === limit;
  if (isWhole) return { results: [], more: mapPages([first], write), next, total, warnings };
  const rest: Query = { ...query, offset: 0, after: next, count: false };
  const ahead = limit === undefined
    ? undefined
    : await index.search(archive, { ...rest, include: [], limit: limit - asked });
  async function* pages(): AsyncGenerator<SearchPage> {
    yield first;
    yield* pagesOf(index, archive, rest, HEADER_PAGE_ROWS, ahead?.rows.length);
  }
  return {
    results: [],
    more: mapPages(pages(), write),
    next: ahead?.next,
    total,
    warnings: [...warnings, ...ahead?.warnings ?? []],
  };
}

/** The pages of a query, as the reader pulls them; at most `rows` rows in all. */
async function* pagesOf(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
  pageRows: number,
  rows: number | undefined,
): AsyncGenerator<SearchPage> {
  let left = rows ?? Infinity;
  let rest = query;
  while (left > 0) {
    const limit = Math.min(left, pageRows);
    const page = await index.search(archive, { ...rest, limit });
    yield page;
    // A short page is the last, or the index has read as far as it reads for one search.
    if (page.next === undefined || page.rows.length < limit) return;
    left -= page.rows.length;
    rest = { ...query, offset: 0, after: page.next };
  }
}

async function* mapPages(
  pages: AsyncIterable<SearchPage> | Iterable<SearchPage>,
  write: (page: SearchPage) => Iterable<string>,
): AsyncGenerator<Iterable<string>> {
  for await (const page of pages) yield write(page);
}

/** Writes rows together with what `tags` names of their headers, one at a time. */
function headerWriter(
  writer: RowWriter,
  query: Query,
  tags: "all" | ReadonlySet<Tag>,
  base: string,
): (page: SearchPage) => Iterable<string> {
  const isWanted = (tag: Tag): boolean => {
    if (tags !== "all") return tags.has(tag);
    return isInReach(tag, query) && attributeAt([tag]) === undefined && !COMPUTED_TAGS.has(tag);
  };
  const escapedBase = JSON.stringify(base).slice(1, -1);
  return function* ({ rows }) {
    for (const { values, pieces } of rows) {
      const members = pieces === undefined ? [] : jsonMembers(unpackPieces(pieces, escapedBase))
        .filter(([name]) => isWanted(parseInt(name, 16)));
      yield writer.writeWith(values, members);
    }
  };
}
