/**
 * Where bytes live. Keys are opaque paths `{archive}/{yyyy-mm-dd}/{ulid}`; a blob is written once
 * and never changed. One contract suite (tests/contract/blob_store.ts) holds for every implementation.
 * @module
 */

/**
 * A blob under way. Exactly one of `commit` and `abort` ends it; one whose `write` failed is to be
 * aborted, one whose `commit` failed has left nothing behind. Both throw OutOfSpaceError.
 */
export interface BlobWriter {
  /** Takes the bytes; when it resolves the next may come, and the chunk's memory may be used again. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when the bytes and the name that leads to them survive a power cut. */
  commit(): Promise<void>;
  /** Leaves nothing behind. Never throws. */
  abort(): Promise<void>;
}

/** Part of a blob, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A store of immutable blobs. */
export interface BlobStore {
  /** Begins a blob. `sizeHint`: bytes expected, where known. */
  create(key: string, sizeHint?: number): Promise<BlobWriter>;
  /** The bytes, pulled by the reader; the whole without `range`. Cancelling frees the file. Throws BlobNotFoundError. */
  open(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Bytes of a range at once, for what is small. Throws BlobNotFoundError; RangeError where it ends early. */
  read(key: string, range: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills `target` with the bytes from `offset` on, as {@linkcode read} does, without a buffer of its own. */
  readInto(key: string, offset: number, target: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Size in bytes, or undefined where there is no such blob. */
  size(key: string): Promise<number | undefined>;
  /** Removes it; a missing one is no error. */
  delete(key: string): Promise<void>;
  /** Keys below a prefix that ends in `/`, in order, e.g. `default/2026-11-20/`. */
  list(prefix: string): AsyncIterable<string>;
  /** Names of the folders directly below a prefix that ends in `/` (or is empty), in order. */
  folders(prefix: string): AsyncIterable<string>;
  /** Ends writings that were begun before a time and broken off since, and tells how many. */
  abandoned(olderThan: Date): Promise<number>;
}

/** The index names a blob that is not there: damage, or a race with the reaper. */
export class BlobNotFoundError extends Error {
  override readonly name = "BlobNotFoundError";
  constructor(readonly key: string) {
    super(`No blob ${key}`);
  }
}

/** The store has no room left; what was being written is not there. */
export class OutOfSpaceError extends Error {
  override readonly name = "OutOfSpaceError";
  /** The system's, as other errors of a full disk have it. */
  readonly code = "ENOSPC";
  constructor() {
    super("The blob store is out of space");
  }
}
