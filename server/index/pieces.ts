/**
 * Metadata pieces of revisions, as many at once as one answer may hold.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { SqlValue } from "./messages.ts";

/** Bytes of headers of one answer, unless a single one has more: they are in memory together, and a remote database gives 10 MB. */
const ANSWER_BYTES = 8 * 1024 * 1024;

/** A header, with the version of the scanner that made it. */
export interface Pieces {
  readonly headerVersion: number;
  readonly pieces: Uint8Array;
}

/** Those of revisions that there are, by revision, in answers each of which is one round trip. */
export async function* readPieces(
  reader: Reader,
  revisions: readonly number[],
): AsyncGenerator<ReadonlyMap<number, Pieces>> {
  let left = revisions;
  while (left.length > 0) {
    const { rows } = await reader.rows(PIECES, [JSON.stringify(left)]);
    const { pieces, beyond } = sorted(rows);
    yield pieces;
    left = beyond;
  }
}

/** What a statement gave that has rows with revisions, and the headers of the first of these. */
export interface AnswerWithPieces {
  /** The JSON that the statement gave. */
  readonly json: string;
  readonly pieces: ReadonlyMap<number, Pieces>;
  /** Revisions of the other headers, for {@linkcode readPieces}. */
  readonly beyond: readonly number[];
}

/** Where the JSON of a statement has revisions. */
export interface RevisionPlace {
  /** Path of its array of rows. */
  readonly rows: string;
  /** Path of the revision in a row. */
  readonly revision: string;
  /** The first rows that count; undefined for all. */
  readonly limit: number | undefined;
}

/** Runs a statement that gives one JSON text, and brings the headers of its rows in the same round trip. */
export async function readWithPieces(
  reader: Reader,
  sql: string,
  parameters: readonly SqlValue[],
  place: RevisionPlace,
): Promise<AnswerWithPieces> {
  const [answer, ...headers] = (await reader.rows(withPieces(sql, place), parameters)).rows;
  return { json: String(answer?.[0]), ...sorted(headers) };
}

type PiecesRow = readonly [revision: number, headerVersion: number, pieces: Uint8Array | null];

function sorted(rows: readonly (readonly SqlValue[])[]) {
  const all = rows as unknown as readonly PiecesRow[];
  const pieces = new Map<number, Pieces>();
  const beyond: number[] = [];
  for (const [revision, headerVersion, value] of all) {
    if (value === null) beyond.push(revision);
    else pieces.set(revision, { headerVersion, pieces: value });
  }
  return { pieces, beyond };
}

function withPieces(sql: string, { rows, revision, limit }: RevisionPlace): string {
  const wanted = `SELECT key AS place, value ->> '${revision}' AS revision
    FROM answer CROSS JOIN json_each(answer.json, '${rows}')
    ${limit === undefined ? "" : `WHERE key < ${limit}`}`;
  return `WITH answer AS MATERIALIZED (SELECT (${sql}) AS json)
    SELECT json, NULL, NULL FROM answer UNION ALL SELECT * FROM (${piecesOf(wanted)})`;
}

/** Revision, version and pieces, which are null for those that are too much for one answer. */
function piecesOf(wanted: string): string {
  return `SELECT sized.revision, header_version, iif(upTo <= ${ANSWER_BYTES} OR upTo = bytes, pieces, NULL)
    FROM (SELECT instance.revision, header_version, length(pieces) AS bytes,
        sum(length(pieces)) OVER (ORDER BY place) AS upTo
      FROM (${wanted}) AS wanted
      CROSS JOIN instances AS instance ON instance.revision = wanted.revision
      CROSS JOIN headers ON headers.revision = instance.revision) AS sized
    CROSS JOIN headers ON headers.revision = sized.revision`;
}

const PIECES = piecesOf("SELECT key AS place, value AS revision FROM json_each(?)");
