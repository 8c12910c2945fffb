/**
 * Opens the index in a remote libSQL: Turso, or a server of one's own. Nothing here needs native
 * code, a worker or a disk.
 * @module
 */
import type { Index } from "./index.ts";
import { indexOver } from "./index_over.ts";
import {
  REMOTE_TIMES,
  remoteDatabase,
  type RemotePlace,
  type RemoteTimes,
} from "./remote_database.ts";
import { migrateRemote } from "./remote_migrate.ts";
import { remoteReader } from "./remote_reader.ts";
import { remoteWriter } from "./remote_writer.ts";
import type { SearchLimits } from "./search/limits.ts";

/** What may be said beside the place. */
export interface RemoteIndexOptions {
  /** Those not given are the usual ones. */
  readonly limits?: Partial<SearchLimits>;
  readonly times?: RemoteTimes;
  /** Hears of every batch: how many items shared it, and seconds until it was durable. */
  readonly onCommit?: (items: number, seconds: number) => void;
}

/**
 * Opens the index of a server, and brings it to the present schema: one round trip where it has it.
 * Throws IndexError where that is no index or the token is refused, UnavailableError where the server
 * is out of reach.
 */
export async function openRemoteIndex(
  place: RemotePlace,
  options: RemoteIndexOptions = {},
): Promise<Index> {
  const database = remoteDatabase(place, options.times ?? REMOTE_TIMES);
  try {
    await migrateRemote(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const reader = remoteReader(database);
  const writer = remoteWriter(database, options.onCommit);
  return {
    ...indexOver(reader, writer, options.limits ?? {}),
    async close() {
      await writer.close();
      database.close();
    },
  };
}
