/**
 * Writing into a local file, by a worker.
 * @module
 */
import type { Channel } from "./channel.ts";
import type { Writer, WriteResult } from "./connection.ts";
import { blobBytes, GroupCommit, type Written } from "./group_commit.ts";
import { IndexError } from "./index_error.ts";
import type { BlobPlace, Statement, WireItem, WriteItem } from "./messages.ts";

/**
 * Enough items to share a sync, few enough to answer the first soon; bytes because the message is
 * a copy.
 */
const LIMITS = { items: 500, bytes: 32 * 1024 * 1024 };

/** The queue before the writing worker, which starts when there is something to write. */
export class LocalWriter implements Writer {
  readonly #connect: () => Promise<Channel>;
  readonly #onCommit: (items: number, seconds: number) => void;
  readonly #group = new GroupCommit((items) => this.#commit(items), LIMITS);
  #channel: Promise<Channel> | undefined;

  /** `onCommit` hears of every transaction: how many items shared it, and seconds until it was durable. */
  constructor(
    connect: () => Promise<Channel>,
    onCommit: (items: number, seconds: number) => void = () => {},
  ) {
    this.#connect = connect;
    this.#onCommit = onCommit;
  }

  /** Starts the worker. Throws {@linkcode IndexError} where it cannot open the file. */
  async start(): Promise<Channel> {
    this.#channel ??= this.#connect();
    try {
      return await this.#channel;
    } catch (error) {
      this.#channel = undefined;
      throw error;
    }
  }

  submit(item: WriteItem): Promise<WriteResult> {
    return this.#group.submit(item);
  }

  async close(): Promise<void> {
    await this.#group.settled();
    const channel = await this.#channel?.catch(() => undefined);
    await channel?.close();
  }

  async #commit(items: readonly WriteItem[]): Promise<readonly Written[]> {
    const channel = await this.start();
    const begun = performance.now();
    const results = await channel.write(encode(items));
    this.#onCommit(items.length, (performance.now() - begun) / 1000);
    return results.map((result) => "error" in result ? new IndexError(result.error) : result.rows);
  }
}

function encode(items: readonly WriteItem[]) {
  const programs: (readonly Statement[])[] = [];
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + blobBytes(item), 0));
  let offset = 0;
  const wire = items.map((item): WireItem => {
    let program = programs.indexOf(item.program);
    if (program < 0) program = programs.push(item.program) - 1;
    const places: BlobPlace[] = [];
    for (const [name, blob] of Object.entries(item.blobs)) {
      bytes.set(blob, offset);
      places.push([name, offset, blob.byteLength]);
      offset += blob.byteLength;
    }
    return [program, item.values, places];
  });
  return { programs, items: JSON.stringify(wire), bytes };
}
