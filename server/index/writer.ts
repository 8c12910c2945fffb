/**
 * Group commit: while one transaction is being made durable, everything else that wants to be
 * written waits and becomes the next one.
 * @module
 */
import { type Channel, IndexError } from "./channel.ts";
import type {
  BlobPlace,
  ItemResult,
  SqlValue,
  Statement,
  WireItem,
  WriteItem,
} from "./messages.ts";

/** Items of one transaction: enough to share a sync, few enough to answer the first soon. */
const MAX_ITEMS = 500;

/** Blob bytes of one transaction, beyond which the rest waits: the message is a copy. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Rows of each returning statement of an item. */
export type WriteResult = readonly (readonly (readonly SqlValue[])[])[];

interface Pending {
  readonly item: WriteItem;
  resolve(rows: WriteResult): void;
  reject(error: Error): void;
}

/** The queue before the writing worker, which starts when there is something to write. */
export class Writer {
  readonly #connect: () => Promise<Channel>;
  readonly #onCommit: (items: number, seconds: number) => void;
  #channel: Promise<Channel> | undefined;
  #queue: Pending[] = [];
  #running: Promise<void> | undefined;

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

  /** Resolves when the item is durable; rejects with {@linkcode IndexError} when it alone, or its transaction, failed. */
  submit(item: WriteItem): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Ends the worker when everything submitted has been answered. */
  async close(): Promise<void> {
    await this.#running;
    const channel = await this.#channel?.catch(() => undefined);
    await channel?.close();
  }

  async #run(): Promise<void> {
    // Lets callers of the same turn join the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, fitting(this.#queue));
      await this.#commit(batch);
    }
    this.#running = undefined;
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    let results: readonly ItemResult[];
    try {
      const channel = await this.start();
      const begun = performance.now();
      results = await channel.write(encode(batch.map((pending) => pending.item)));
      this.#onCommit(batch.length, (performance.now() - begun) / 1000);
    } catch (error) {
      const failure = error instanceof Error ? error : new IndexError(String(error));
      for (const pending of batch) pending.reject(failure);
      return;
    }
    batch.forEach((pending, index) => {
      const result = results[index];
      if (result === undefined) pending.reject(new IndexError("The writer gave no answer"));
      else if ("error" in result) pending.reject(new IndexError(result.error));
      else pending.resolve(result.rows);
    });
  }
}

function fitting(queue: readonly Pending[]): number {
  let bytes = 0;
  let count = 0;
  for (const { item } of queue) {
    bytes += sizeOf(item);
    if (count > 0 && (count === MAX_ITEMS || bytes > MAX_BYTES)) break;
    count++;
  }
  return count;
}

function sizeOf(item: WriteItem): number {
  let bytes = 0;
  for (const name in item.blobs) bytes += item.blobs[name]?.byteLength ?? 0;
  return bytes;
}

function encode(items: readonly WriteItem[]) {
  const programs: (readonly Statement[])[] = [];
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + sizeOf(item), 0));
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
