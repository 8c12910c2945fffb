/**
 * Opens the index in a remote libSQL with a copy of it in a local file, from which is read.
 *
 * What this index has written it sees at once; what others have written, after {@linkcode REPLICA_TIMES}'s
 * lag at most. Where the copy cannot be kept so, reads go to the remote database.
 * @module
 */
import { Channel } from "./channel.ts";
import type { Reader, Writer } from "./connection.ts";
import type { Index } from "./index.ts";
import { indexOver } from "./index_over.ts";
import type { RemoteIndexOptions } from "./open_remote.ts";
import { REMOTE_TIMES, remoteDatabase, type RemotePlace } from "./remote_database.ts";
import { migrateRemote } from "./remote_migrate.ts";
import { remoteReader } from "./remote_reader.ts";
import { remoteWriter } from "./remote_writer.ts";
import { keepReplica, type Replica, REPLICA_TIMES, type ReplicaTimes } from "./replica.ts";

/** What may be said beside place and path. */
export interface ReplicaIndexOptions extends RemoteIndexOptions {
  readonly replica?: ReplicaTimes;
}

/**
 * Opens the index of a server, with the copy in the file at `path`, which nothing else may have open.
 * Throws as openRemoteIndex, and IndexError where the copy cannot be made.
 */
export async function openReplicaIndex(
  place: RemotePlace,
  path: string,
  options: ReplicaIndexOptions = {},
): Promise<Index> {
  const database = remoteDatabase(place, options.times ?? REMOTE_TIMES);
  const copying = new Channel("index-replica");
  const reading = new Channel("index-reader");
  const replica = keepReplica(copying, options.replica ?? REPLICA_TIMES);
  const end = async () => {
    await Promise.all([replica.close(), reading.close()]);
    database.close();
  };
  try {
    await migrateRemote(database);
    await copying.openReplica(path, place.url, place.token);
    await copying.sync();
    // A connection of its own, which does not wait where the copy waits for the other side.
    await reading.open(path, "reader");
  } catch (error) {
    await end();
    throw error;
  }
  const writer = remoteWriter(database, options.onCommit);
  const reader = either(replica, reading, remoteReader(database));
  return {
    ...indexOver(reader, noting(replica, writer), options.limits ?? {}),
    async close() {
      await writer.close();
      await end();
    },
  };
}

/** Reads the copy where it is fresh, and the remote database where not. */
function either(replica: Replica, local: Reader, remote: Reader): Reader {
  const chosen = async () => await replica.isFresh() ? local : remote;
  return {
    value: async (sql, parameters) => (await chosen()).value(sql, parameters),
    rows: async (sql, parameters) => (await chosen()).rows(sql, parameters),
    close: () => Promise.resolve(),
  };
}

/** Whatever became of what was submitted, the copy may lack it. */
function noting(replica: Replica, writer: Writer): Writer {
  return {
    submit: (item) => writer.submit(item).finally(() => replica.written()),
    close: () => writer.close(),
  };
}
