/**
 * Brings a remote database to the present schema.
 * @module
 */
import { LibsqlError } from "@libsql/client/web";
import { IndexError } from "./index_error.ts";
import type { RemoteDatabase } from "./remote_database.ts";
import { isPresent, SCRIPTS } from "./schema_version.ts";
import { statementsOf } from "./script.ts";

/**
 * Migrates where that is needed; of several that do so at once, one does. Throws IndexError where the
 * database is of a newer version, or refuses.
 */
export async function migrateRemote(database: RemoteDatabase): Promise<void> {
  let version = await versionOf(database);
  while (!isPresent(version)) {
    const failure = await migrateFrom(database, version);
    const now = await versionOf(database);
    // Who failed because another came first finds its work done.
    if (failure !== undefined && now === version) throw failure;
    version = now;
  }
}

async function versionOf(database: RemoteDatabase): Promise<number> {
  const { rows } = await database.insist((client) => client.execute("PRAGMA user_version"));
  return Number(rows[0]?.[0]);
}

/** All that is missing in one transaction, which fails where the version is not the one given any more. */
async function migrateFrom(
  database: RemoteDatabase,
  version: number,
): Promise<IndexError | undefined> {
  const statements = [
    `SELECT CASE WHEN (SELECT user_version FROM pragma_user_version) = ${version}
      THEN '' ELSE json('another was first') END`,
    ...SCRIPTS.slice(version).flatMap(statementsOf),
    `PRAGMA user_version = ${SCRIPTS.length}`,
  ];
  try {
    await database.insist((client) => client.batch(statements, "write"));
    return undefined;
  } catch (error) {
    if (!(error instanceof LibsqlError)) throw error;
    return new IndexError(`The index cannot be migrated: ${error.message}`, { cause: error });
  }
}
