/**
 * Group commit: while one transaction is being made durable, everything else that wants to be
 * written waits and becomes the next one.
 * @module
 */
import { UnavailableError } from "../unavailable.ts";
import type { WriteResult } from "./connection.ts";
import { IndexError } from "./index_error.ts";
import type { WriteItem } from "./messages.ts";

/** How much goes into one transaction; what is beyond waits for the next. */
export interface GroupLimits {
  readonly items: number;
  /** Bytes of blobs. */
  readonly bytes: number;
}

/** What became of an item. */
export type Written = WriteResult | Error;

/** Makes items durable in one transaction: each succeeds or fails alone. Rejects where the transaction fails. */
export type Commit = (items: readonly WriteItem[]) => Promise<readonly Written[]>;

interface Pending {
  readonly item: WriteItem;
  resolve(rows: WriteResult): void;
  reject(error: Error): void;
}

/** The queue before a database that writes. */
export class GroupCommit {
  readonly #commit: Commit;
  readonly #limits: GroupLimits;
  #queue: Pending[] = [];
  #running: Promise<void> | undefined;

  constructor(commit: Commit, limits: GroupLimits) {
    this.#commit = commit;
    this.#limits = limits;
  }

  /** See `Writer.submit`. */
  submit(item: WriteItem): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything submitted has been answered. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Lets callers of the same turn join the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#answer(this.#queue.splice(0, fitting(this.#queue, this.#limits)));
    }
    this.#running = undefined;
  }

  async #answer(batch: readonly Pending[]): Promise<void> {
    let results: readonly Written[];
    try {
      results = await this.#commit(batch.map(({ item }) => item));
    } catch (error) {
      const failure = error instanceof Error ? error : new IndexError(String(error));
      // Where the database is out of reach, nobody waits for it longer than the first did.
      const behind = failure instanceof UnavailableError ? this.#queue.splice(0) : [];
      for (const pending of [...batch, ...behind]) pending.reject(failure);
      return;
    }
    batch.forEach((pending, index) => {
      const result = results[index] ?? new IndexError("The writer gave no answer");
      if (result instanceof Error) pending.reject(result);
      else pending.resolve(result);
    });
  }
}

function fitting(queue: readonly Pending[], limits: GroupLimits): number {
  let bytes = 0;
  let count = 0;
  for (const { item } of queue) {
    bytes += blobBytes(item);
    if (count > 0 && (count === limits.items || bytes > limits.bytes)) break;
    count++;
  }
  return count;
}

/** Bytes of an item's blobs. */
export function blobBytes({ blobs }: WriteItem): number {
  return Object.values(blobs).reduce((sum, { byteLength }) => sum + byteLength, 0);
}
