/**
 * Kysely over a reader and a writer: what selects goes to the one, what changes to the other, and
 * shares its transactions. There are no interactive transactions. A statement that changes something
 * has to be one that can be repeated (see `WriteItem.repeatable`).
 * @module
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Reader, Writer } from "./connection.ts";
import type { SqlValue } from "./messages.ts";
import { statement } from "./statement.ts";

/** A Kysely whose queries run there. */
export function kyselyOver<Tables>(reader: Reader, writer: Writer): Kysely<Tables> {
  const connection = connectionOver(reader, writer);
  const dialect: Dialect = {
    createAdapter: () => new ConcurrentAdapter(),
    createDriver: () => driverOf(connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new Kysely<Tables>({ dialect });
}

/** The stock adapter lets one query run at a time; the two keep their own order. */
class ConcurrentAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function driverOf(connection: DatabaseConnection): Driver {
  const done = () => Promise.resolve();
  const refuse = () => Promise.reject(new Error("The index has no interactive transactions"));
  return {
    init: done,
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: done,
    destroy: done,
  };
}

const CHANGES = statement("SELECT changes()", { returns: true });

function connectionOver(reader: Reader, writer: Writer): DatabaseConnection {
  return {
    async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
      const parameters = compiled.parameters as readonly SqlValue[];
      if (compiled.query.kind === "SelectQueryNode") {
        const { columns, rows } = await reader.rows(compiled.sql, parameters);
        return { rows: rows.map((row) => recordOf(columns, row) as R) };
      }
      const names = parameters.map((_, index) => `p${index}`);
      const values = Object.fromEntries(parameters.map((value, index) => [names[index], value]));
      const [changes] = await writer.submit({
        program: [{ sql: compiled.sql, names, returns: false, skips: 0 }, CHANGES],
        values: values as Record<string, string | number | null>,
        blobs: {},
        repeatable: true,
      });
      return { rows: [], numAffectedRows: BigInt(Number(changes?.[0]?.[0] ?? 0)) };
    },
    streamQuery() {
      throw new Error("The index pages its results instead of streaming them");
    },
  };
}

function recordOf(columns: readonly string[], row: readonly SqlValue[]): Record<string, SqlValue> {
  return Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null]));
}
