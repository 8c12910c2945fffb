/**
 * Statements, values and rows as the remote client has them, and as the index does.
 * @module
 */
import type { InStatement, InValue, ResultSet } from "@libsql/client/web";
import type { SqlValue } from "./messages.ts";

/** A statement with its parameters. */
export function remoteStatement(sql: string, parameters: readonly SqlValue[]): InStatement {
  return { sql, args: parameters.map(valueOf) };
}

/** The client takes a number for a REAL, whatever it is. */
function valueOf(value: SqlValue): InValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** The values of rows in the order of their columns. */
export function remoteRows({ columns, rows }: ResultSet): SqlValue[][] {
  return rows.map((row) =>
    columns.map((_, index) => {
      const value = row[index] ?? null;
      return value instanceof ArrayBuffer ? new Uint8Array(value) : value as SqlValue;
    })
  );
}
