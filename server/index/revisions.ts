/**
 * Where the numbers of revisions stand. They are the base of ETags, so that an index that takes the
 * place of another must give none of its numbers again.
 * @module
 */
import type { Reader } from "./connection.ts";
import type { WriteItem } from "./messages.ts";
import { statement } from "./statement.ts";

/** Tables whose numbers are never used twice. */
const COUNTED = `('instances'), ('changes')`;

/** See `Index.lastRevision`. */
export async function readLastRevision(reader: Reader): Promise<number> {
  return Number(await reader.value("SELECT max(seq) FROM sqlite_sequence", []));
}

/** See `Index.continueAfter`. */
export function continueItem(revision: number): WriteItem {
  return { program: CONTINUE, values: { revision }, blobs: {}, repeatable: true };
}

const CONTINUE = [
  statement(`INSERT INTO sqlite_sequence (name, seq) SELECT column1, 0 FROM (VALUES ${COUNTED})
    WHERE column1 NOT IN (SELECT name FROM sqlite_sequence)`),
  statement("UPDATE sqlite_sequence SET seq = :revision WHERE seq < :revision"),
];
