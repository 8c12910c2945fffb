/**
 * Searches: asks the index for pages of rows, within the limits of an answer, and writes each row as
 * DICOM JSON.
 * @module
 */
import { unpackPieces } from "../../lib/bytes/gzip_pieces.ts";
import { jsonMembers } from "../../lib/query/json_members.ts";
import type { Query } from "../../lib/query/query.ts";
import {
  COMPUTED_TAGS,
  headerTags,
  isInReach,
  returnedAttributes,
} from "../../lib/query/returned.ts";
import { createRowWriter, type RowWriter } from "../../lib/query/row_json.ts";
import { attributeAt } from "../../lib/query/attributes.ts";
import type { Index, SearchPage, SearchRow } from "../index/index.ts";

/** Results of a search that names no limit: more than a person reads. */
export const DEFAULT_SEARCH_LIMIT = 1_000;
/** Results of any search that is not below one study: some 10 MB of JSON. */
export const MAX_SEARCH_LIMIT = 10_000;
/** Rows asked of the index at once where a study is listed whole. */
const STUDY_PAGE_ROWS = 2_000;
/** Rows asked of the index at once where each brings a header, which may be large. */
const HEADER_PAGE_ROWS = 100;

/** The answer to a search. */
export interface SearchAnswer {
  /** The first results, in order: each a JSON object (PS3.18 F). */
  readonly results: readonly string[];
  /** The results after these, where they are too many to hold at once. */
  readonly more: AsyncIterable<readonly string[]> | undefined;
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
    async search(archive, query, base) {
      const limit = limitOf(query);
      if (limit === 0) return await countOnly(index, archive, query);
      const page = pageRows(query, limit);
      const results = resultWriter(query, base);
      const first = await index.search(archive, { ...query, limit: page });
      const { next, total, warnings } = first;
      if (next === undefined || page === limit) {
        return { results: results(first), more: undefined, next, total, warnings };
      }
      const more = pagesAfter(index, archive, query, next, limit && limit - first.rows.length);
      return {
        results: results(first),
        more: mapPages(more, results),
        next: limit === undefined ? undefined : await cursorAfter(index, archive, query, limit),
        total,
        warnings,
      };
    },
  };
}

/** Below one study there is no limit but the client's own. */
function limitOf(query: Query): number | undefined {
  if (query.scope.StudyInstanceUID !== undefined) return query.limit;
  return Math.min(query.limit ?? DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT);
}

function pageRows(query: Query, limit: number | undefined): number {
  if (headerTags(query) !== undefined) return Math.min(limit ?? HEADER_PAGE_ROWS, HEADER_PAGE_ROWS);
  return Math.min(limit ?? STUDY_PAGE_ROWS, MAX_SEARCH_LIMIT);
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

/** The pages that follow a cursor, as the reader pulls them; at most `rows` rows in all. */
async function* pagesAfter(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
  after: string,
  rows: number | undefined,
): AsyncGenerator<SearchPage> {
  let cursor: string | undefined = after;
  let left = rows;
  while (cursor !== undefined && left !== 0) {
    const limit = pageRows(query, left);
    const page: SearchPage = await index.search(archive, {
      ...query,
      offset: 0,
      count: false,
      after: cursor,
      limit,
    });
    yield page;
    cursor = page.rows.length === 0 ? undefined : page.next;
    if (left !== undefined) left -= page.rows.length;
  }
}

async function* mapPages(
  pages: AsyncIterable<SearchPage>,
  results: (page: SearchPage) => string[],
): AsyncGenerator<readonly string[]> {
  for await (const page of pages) yield results(page);
}

/**
 * The cursor with which an answer of `limit` rows ends. It goes into a header, which leaves before
 * the rows do, so it is looked up without what makes the rows large.
 */
async function cursorAfter(
  index: SearchDeps["index"],
  archive: string,
  query: Query,
  limit: number,
): Promise<string | undefined> {
  const page = await index.search(archive, { ...query, include: [], count: false, limit });
  return page.next;
}

/** How the rows of a query's pages are written. */
function resultWriter(query: Query, base: string): (page: SearchPage) => string[] {
  const writer = createRowWriter(query.level, returnedAttributes(query), base);
  const tags = headerTags(query);
  if (tags === undefined) return (page) => page.rows.map((row) => writer.write(row.values));
  const isWanted = (name: string): boolean => {
    const tag = parseInt(name, 16);
    if (tags !== "all") return tags.has(tag);
    return isInReach(tag, query) && attributeAt([tag]) === undefined && !COMPUTED_TAGS.has(tag);
  };
  const escapedBase = JSON.stringify(base).slice(1, -1);
  return (page) => page.rows.map((row) => writeWithHeader(writer, row, escapedBase, isWanted));
}

function writeWithHeader(
  writer: RowWriter,
  row: SearchRow,
  escapedBase: string,
  isWanted: (name: string) => boolean,
): string {
  if (row.pieces === undefined) return writer.write(row.values);
  const members = jsonMembers(unpackPieces(row.pieces, escapedBase));
  return writer.writeWith(row.values, members.filter(([name]) => isWanted(name)));
}
