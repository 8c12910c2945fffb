/**
 * Opens the index in a local file: one worker that writes, one that reads.
 * @module
 */
import { Channel } from "./channel.ts";
import type { LocalIndex } from "./index.ts";
import type { SearchLimits } from "./search/limits.ts";
import { LocalWriter } from "./local_writer.ts";

/** What may be said beside the path. */
export interface LocalIndexOptions {
  /** Those not given are the usual ones. */
  readonly limits?: Partial<SearchLimits>;
  /** Hears of every transaction of the writer: how many items shared it, and seconds until it was durable. */
  readonly onCommit?: (items: number, seconds: number) => void;
}

/**
 * Opens the index in the file at `path`, made where there is none (its folder must exist), and
 * brings it to the present schema. Throws {@linkcode IndexError} where the file is no index or
 * another process holds it for longer than the lock timeout.
 */
export async function openLocalIndex(
  path: string,
  options: LocalIndexOptions = {},
): Promise<LocalIndex> {
  const reader = new Channel("index-reader");
  const writer = new LocalWriter(() => openChannel("index-writer", path), options.onCommit);
  try {
    // The query builder is loaded while the thread starts.
    const [{ indexOver }, current] = await Promise.all([
      import("./index_over.ts"),
      reader.open(path, "reader"),
    ]);
    if (!current) await writer.start();
    return {
      ...indexOver(reader, writer, options.limits ?? {}),
      async copyTo(path) {
        const channel = await writer.start();
        await channel.rows("VACUUM INTO ?", [path]);
      },
      async gather() {
        const channel = await writer.start();
        return await channel.value("PRAGMA wal_checkpoint(TRUNCATE)", []) === 0;
      },
    };
  } catch (error) {
    await Promise.all([writer.close(), reader.close()]);
    throw error;
  }
}

async function openChannel(name: string, path: string): Promise<Channel> {
  const channel = new Channel(name);
  try {
    await channel.open(path, "writer");
    return channel;
  } catch (error) {
    await channel.close();
    throw error;
  }
}
