/**
 * Where an import goes.
 * @module
 */
import type { ImportItem } from "./item.ts";
import type { ImportOutcome } from "./outcome.ts";

/** An item that has been read. */
export interface Sent {
  /** Resolves when it is known what became of it. Rejects with ImportStopped where no other can be stored either. */
  readonly outcome: Promise<ImportOutcome>;
  /** The blob that it was tried in, where there is one. */
  readonly blobKey?: string | undefined;
}

/** Bytes of a file up to which it takes little memory on its way. */
export const LARGE_BYTES = 64 * 1024;

/** Takes files. */
export interface ImportTarget {
  /** How many files are read at the same time. */
  readonly readers: number;
  /** How many may be read and not yet settled: what they share becomes durable together. */
  readonly pending: number;
  /** The same of those beyond {@linkcode LARGE_BYTES}, each of which holds memory until it is written. */
  readonly pendingLarge: number;
  /** Reads `body`, the bytes of `item`, to its end and stores them. Rejects with what `body` throws. */
  store(item: ImportItem, body: AsyncIterable<Uint8Array>): Promise<Sent>;
  /** Lets go of what it holds. */
  close?(): void;
}
