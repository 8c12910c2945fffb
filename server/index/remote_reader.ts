/**
 * Reading from a libSQL server: each statement is one round trip.
 * @module
 */
import { LibsqlError } from "@libsql/client/web";
import type { Reader } from "./connection.ts";
import { IndexError } from "./index_error.ts";
import type { Rows, SqlValue } from "./messages.ts";
import type { RemoteDatabase } from "./remote_database.ts";
import { remoteRows, remoteStatement } from "./remote_statements.ts";

/** A reader of a server, which is the caller's to close. */
export function remoteReader(database: RemoteDatabase): Reader {
  async function rows(sql: string, parameters: readonly SqlValue[]): Promise<Rows> {
    try {
      return await database.insist(async (client) => {
        const result = await client.execute(remoteStatement(sql, parameters));
        return { columns: result.columns, rows: remoteRows(result) };
      });
    } catch (error) {
      if (error instanceof LibsqlError) throw new IndexError(error.message, { cause: error });
      throw error;
    }
  }

  return {
    rows,
    value: async (sql, parameters) => (await rows(sql, parameters)).rows[0]?.[0] ?? null,
    close: () => Promise.resolve(),
  };
}
