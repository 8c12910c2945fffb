/**
 * Runs a search: a page of rows, the cursor after it, and the total where it is asked for.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import type { Level, Query } from "../../../lib/query/query.ts";
import { headerTags, returnedAttributes } from "../../../lib/query/returned.ts";
import type { Reader } from "../connection.ts";
import { isTooLarge } from "../index_error.ts";
import type { SearchPage, SearchRow } from "../index.ts";
import type { SqlValue } from "../messages.ts";
import { type Pieces, readPieces, readWithPieces } from "../pieces.ts";
import { type Answer, answerStatement, compile } from "./compile.ts";
import { type CursorValue, decodeCursor, encodeCursor } from "./cursor.ts";
import { fieldOf } from "./fields.ts";
import type { SearchLimits } from "./limits.ts";
import { plansOf } from "./plan.ts";

const CONTINUES = "the next page continues from there";

/**
 * See `Index.search`. One round trip, and more only where the headers that come with the rows, or
 * the rows themselves, are too large for one answer. Throws DecodeError for a cursor that is not of
 * this search.
 */
export async function search(
  reader: Reader,
  archive: string,
  query: Query,
  limits: SearchLimits,
): Promise<SearchPage> {
  try {
    return await searchOnce(reader, archive, query, limits);
  } catch (error) {
    const rows = query.limit ?? ROWS_MAX;
    if (!isTooLarge(error) || rows === 1) throw error;
    const half = Math.ceil(rows / 2);
    const first = await search(reader, archive, { ...query, limit: half }, limits);
    if (first.next === undefined || first.rows.length < half) return first;
    const rest = { ...query, count: false, offset: 0, after: first.next };
    const limit = query.limit === undefined ? undefined : rows - half;
    const second = await search(reader, archive, { ...rest, limit }, limits);
    return {
      ...second,
      rows: [...first.rows, ...second.rows],
      total: first.total,
      warnings: [...first.warnings, ...second.warnings],
    };
  }
}

/** Rows of an answer that has no limit, before it is tried in parts. */
const ROWS_MAX = 10_000;

async function searchOnce(
  reader: Reader,
  archive: string,
  query: Query,
  limits: SearchLimits,
): Promise<SearchPage> {
  const plans = plansOf(archive, query);
  const { keys } = plans.best;
  const signature = keys.map(({ ref, descending }) => descending ? `-${ref}` : ref).join();
  const returned = returnedAttributes(query).map(({ attribute }) => attribute);
  const columns = returned.map((attribute) => fieldOf(attribute, query.level).value);
  const wantsHeader = headerTags(query) !== undefined;
  if (wantsHeader) columns.push(REPRESENTATIVE[query.level]);
  const answered = compile(answerStatement(plans, {
    ...query,
    after: query.after === undefined
      ? undefined
      : decodeCursor(query.after, signature, keys.length),
    columns,
    // A study is always read and sorted whole: its rows lie together, in no other order.
    limits: query.scope.StudyInstanceUID === undefined ? limits : undefined,
  }));
  const { json, headers } = wantsHeader
    ? await readHeaders(reader, answered, query.limit)
    : { json: await reader.value(answered.text, answered.parameters), headers: undefined };
  const [all, bound, cut, total] = JSON.parse(String(json)) as Answer;
  const more = query.limit !== undefined && all.length > query.limit;
  const tuples = more ? all.slice(0, query.limit) : all;
  // A walk that was cut off says where, whether or not it found anything.
  const next = more ? tuples.at(-1)?.slice(0, keys.length) as CursorValue[] : cut;
  const keywords = returned.map(({ keyword }) => keyword);
  const rows = tuples.map((tuple): SearchRow => {
    const values = valuesOf(keywords, tuple, keys.length);
    const header = headers?.get(Number(tuple.at(-1)));
    return header === undefined ? { values } : { values, pieces: header.pieces };
  });
  return {
    rows,
    next: next ? encodeCursor(signature, next) : undefined,
    total: total ?? undefined,
    warnings: [
      ...(cut === null ? [] : [`The search read ${bound} entries and stopped; ${CONTINUES}`]),
      ...(query.count && total === null ? ["There are too many entries to count"] : []),
    ],
  };
}

/** The revision of the instance whose header stands for a row. */
const REPRESENTATIVE: Readonly<Record<Level, RawBuilder<unknown>>> = {
  patient: sql`(SELECT instance.revision FROM studies AS of_patient
    CROSS JOIN series AS of_study INDEXED BY series_of_study ON of_study.study_id = of_patient.id
    CROSS JOIN instances AS instance INDEXED BY instances_of_series
      ON instance.series_id = of_study.id
    WHERE of_patient.patient_id = patient.id LIMIT 1)`,
  study: sql`(SELECT instance.revision FROM series AS of_study INDEXED BY series_of_study
    CROSS JOIN instances AS instance INDEXED BY instances_of_series
      ON instance.series_id = of_study.id
    WHERE of_study.study_id = study.id LIMIT 1)`,
  series: sql`(SELECT of_series.revision
    FROM instances AS of_series INDEXED BY instances_of_series
    WHERE of_series.series_id = series.id LIMIT 1)`,
  instance: sql`instance.revision`,
};

/** The answer, and the headers of its rows by revision, which is the last value of each row. */
async function readHeaders(
  reader: Reader,
  { text, parameters }: ReturnType<typeof compile>,
  limit: number | undefined,
): Promise<{ readonly json: SqlValue; readonly headers: ReadonlyMap<number, Pieces> }> {
  const place = { rows: "$[0]", revision: "$[#-1]", limit };
  const { json, pieces, beyond } = await readWithPieces(reader, text, parameters, place);
  const headers = new Map(pieces);
  for await (const more of readPieces(reader, beyond)) {
    for (const [revision, header] of more) headers.set(revision, header);
  }
  return { json, headers };
}

function valuesOf(
  keywords: readonly string[],
  tuple: Answer[0][number],
  from: number,
): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  keywords.forEach((keyword, index) => {
    const value = tuple[from + index] ?? null;
    values[keyword] = value === null || value === "" ? null : String(value);
  });
  return values;
}
