/**
 * One instance on its way into the spool. Pieces are gathered into large writes, one of which may
 * be under way while the next is gathered; an ordinary instance is one write. The file is made with
 * the first write, so that what is small and refused never touches the disk.
 * @module
 */
import type { FolderSync } from "./folder_sync.ts";
import { asWriteError } from "./room.ts";
import type { SpentFiles } from "./spent_files.ts";
import { LARGE_BYTES, type WriteBuffers } from "./write_buffers.ts";

/** Images are their owner's alone, whatever the folder above them lets others do. */
const NEW_FILE = { createNew: true, mode: 0o600 };

/** Where a file goes once it is whole. */
export interface Destination {
  readonly path: string;
  /** Makes its name durable. */
  readonly sync: FolderSync;
}

/** A file of the spool that is being written. All that rejects leaves it to be aborted. */
export class IncomingFile {
  readonly #buffers: WriteBuffers;
  readonly #spent: Pick<SpentFiles, "take">;
  #path: string;
  /** What is gathered; undefined once it is over. */
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #file: Deno.FsFile | undefined;
  /** There is a file to be removed. */
  #isMade = false;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param head what it begins with, fewer bytes than a small buffer takes
   * @param spent files that may be written over
   */
  constructor(
    path: string,
    head: Uint8Array,
    buffers: WriteBuffers,
    spent: Pick<SpentFiles, "take">,
  ) {
    this.#path = path;
    this.#spent = spent;
    this.#buffers = buffers;
    this.#buffer = buffers.small();
    this.#buffer.set(head);
    this.#filled = head.length;
  }

  /** Where it lies now. */
  get path(): string {
    return this.#path;
  }

  /**
   * Takes the next bytes, which are copied before this returns or its promise resolves.
   *
   * @throws {OutOfRoomError} where the disk is full; other errors as the system has them
   */
  write(bytes: Uint8Array): void | Promise<void> {
    const buffer = this.#open();
    if (bytes.length > buffer.length - this.#filled) return this.#writeOn(bytes);
    buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Resolves when all bytes are in the file, though not on the disk yet. Throws as write. */
  async finish(): Promise<void> {
    try {
      await this.#writing;
      await (this.#isMade ? this.#put() : this.#putWhole());
    } catch (error) {
      throw asWriteError(error);
    }
  }

  /** Resolves when the file, whole, lies at its destination and survives a power cut. Throws as write. */
  async commit(destination: Destination): Promise<void> {
    await this.finish();
    try {
      await this.#file?.syncData();
      this.#close();
      // Renaming changes two names in memory: that takes less time than waiting for a thread.
      Deno.renameSync(this.#path, destination.path);
      this.#path = destination.path;
      await destination.sync();
      this.#isMade = false;
    } catch (error) {
      throw asWriteError(error);
    }
  }

  /** Leaves nothing behind; does nothing after a commit. May be called again; never rejects. */
  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
    this.#release();
    this.#close();
    if (!this.#isMade) return;
    this.#isMade = false;
    // What cannot be removed now is removed at the next start.
    await Deno.remove(this.#path).catch(() => {});
  }

  #open(): Uint8Array<ArrayBuffer> {
    if (this.#buffer === undefined) throw new TypeError("The file is no longer being written");
    return this.#buffer;
  }

  async #writeOn(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      let buffer = this.#open();
      if (this.#filled === buffer.length) buffer = await this.#widen();
      const part = bytes.subarray(taken, taken + buffer.length - this.#filled);
      buffer.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
    }
  }

  /** Makes room behind a full buffer: in a larger one, or by writing it. */
  async #widen(): Promise<Uint8Array<ArrayBuffer>> {
    const full = this.#open();
    const large = this.#buffers.large();
    if (large !== undefined && full.length < LARGE_BYTES) {
      large.set(full);
      this.#buffers.give(full);
      return this.#buffer = large;
    }
    const next = large ?? this.#buffers.small();
    try {
      await this.#writing;
    } catch (error) {
      this.#buffers.give(next);
      throw asWriteError(error);
    }
    this.#writing = this.#put();
    // The next write or the end reports a failure; until then nobody waits for this promise.
    this.#writing.catch(() => {});
    return this.#buffer = next;
  }

  /** Writes what is gathered. */
  async #put(): Promise<void> {
    const bytes = this.#open().subarray(0, this.#filled);
    const buffer = this.#take();
    try {
      this.#file ??= await this.#make();
      await writeAll(this.#file, bytes);
    } finally {
      this.#buffers.give(buffer);
    }
  }

  async #make(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.#path, { write: true, ...NEW_FILE });
    this.#isMade = true;
    return file;
  }

  /** Makes the file with all that is in it. */
  async #putWhole(): Promise<void> {
    const bytes = this.#open().subarray(0, this.#filled);
    const buffer = this.#take();
    try {
      const spent = this.#spent.take(bytes.length);
      await (spent === undefined ? this.#writeNew(bytes) : this.#writeOver(spent, bytes));
    } finally {
      this.#buffers.give(buffer);
    }
  }

  /**
   * A call that opens, writes and closes is one wait for a thread where three calls are three; to
   * open it again for its sync only looks up a name at hand.
   */
  async #writeNew(bytes: Uint8Array): Promise<void> {
    this.#isMade = true;
    await Deno.writeFile(this.#path, bytes, NEW_FILE);
    this.#file = Deno.openSync(this.#path);
  }

  async #writeOver(
    spent: { readonly path: string; readonly size: number },
    bytes: Uint8Array,
  ): Promise<void> {
    Deno.renameSync(spent.path, this.#path);
    this.#isMade = true;
    this.#file = Deno.openSync(this.#path, { write: true });
    await writeAll(this.#file, bytes);
    if (spent.size > bytes.length) this.#file.truncateSync(bytes.length);
  }

  /** The buffer, which is then somebody else's. */
  #take(): Uint8Array<ArrayBuffer> {
    const buffer = this.#open();
    this.#buffer = undefined;
    this.#filled = 0;
    return buffer;
  }

  #release(): void {
    if (this.#buffer !== undefined) this.#buffers.give(this.#take());
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
