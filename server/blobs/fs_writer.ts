/**
 * One blob on its way into a file. Small chunks are gathered into large writes, one of which may
 * be under way while the next is gathered; the file is opened with the first write, so that what
 * is small and refused never touches the disk.
 * @module
 */
import type { BlobWriter } from "./blob_store.ts";
import type { Folder } from "./fs_folders.ts";
import { asWriteError } from "./fs_paths.ts";
import { giveBuffer, takeBuffer, WRITE_BYTES } from "./write_buffers.ts";

/** Up to here bytes are kept as they came: many small blobs under way must not hold a buffer each. */
const SMALL_BYTES = 64 * 1024;

/** Images are their owner's alone, whatever the folder above them lets others do. */
const FILE = { createNew: true, mode: 0o600 };

/** Writes the file at `path`; see {@linkcode BlobWriter}. */
export class FsBlobWriter implements BlobWriter {
  readonly #path: string;
  readonly #folder: Folder;
  #file: Deno.FsFile | undefined;
  /** Copies of chunks, or a buffer of {@linkcode WRITE_BYTES} that is filled from its start. */
  #small: Uint8Array[] = [];
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #gatheredBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  /** The file is there and not yet committed. */
  #made = false;

  constructor(path: string, folder: Folder) {
    this.#path = path;
    this.#folder = folder;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#buffer === undefined && this.#gatheredBytes + chunk.length <= SMALL_BYTES) {
      this.#small.push(chunk.slice());
      this.#gatheredBytes += chunk.length;
      return;
    }
    for (let taken = 0; taken < chunk.length;) {
      const buffer = this.#buffer ??= this.#largeBuffer();
      const room = WRITE_BYTES - this.#gatheredBytes;
      const part = chunk.subarray(taken, taken + room);
      buffer.set(part, this.#gatheredBytes);
      this.#gatheredBytes += part.length;
      taken += part.length;
      if (this.#gatheredBytes === WRITE_BYTES) {
        await this.#writing;
        this.#writing = this.#writeGathered();
        // The next write or the end reports a failure; until then nobody waits for this promise.
        this.#writing.catch(() => {});
      }
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#writing;
      if (this.#file === undefined) await this.#writeSmall();
      else await this.#writeGathered();
      // The name is in the folder since the file was opened: neither sync waits for the other.
      await Promise.all([this.#file?.syncData(), this.#folder.sync()]);
      this.#close();
      this.#made = false;
    } catch (error) {
      await this.abort();
      throw asWriteError(error);
    }
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
    if (this.#buffer !== undefined) giveBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#small = [];
    this.#close();
    if (!this.#made) return;
    this.#made = false;
    // What cannot be removed now is unreferenced: the reaper comes by.
    await Deno.remove(this.#path).catch(() => {});
  }

  /**
   * Makes the file of a small blob. A call that opens, writes and closes is one wait for a thread
   * where three calls are three; to open it again for its sync only looks up a name at hand.
   */
  async #writeSmall(): Promise<void> {
    const { large, bytes } = this.#takeGathered();
    try {
      await this.#folder.ready();
      this.#made = true;
      await Deno.writeFile(this.#path, bytes, FILE);
      this.#file = Deno.openSync(this.#path);
    } catch (error) {
      // Then it is the file of another.
      if (error instanceof Deno.errors.AlreadyExists) this.#made = false;
      throw error;
    } finally {
      if (large !== undefined) giveBuffer(large);
    }
  }

  /** A large buffer with the small chunks in it. */
  #largeBuffer(): Uint8Array<ArrayBuffer> {
    const buffer = takeBuffer();
    copyInto(buffer, this.#small);
    this.#small = [];
    return buffer;
  }

  /** What is to be written next; `large` is to be given back after. */
  #takeGathered() {
    const large = this.#buffer;
    const bytes = large?.subarray(0, this.#gatheredBytes) ??
      joined(this.#small, this.#gatheredBytes);
    this.#buffer = undefined;
    this.#small = [];
    this.#gatheredBytes = 0;
    return { large, bytes };
  }

  async #writeGathered(): Promise<void> {
    const { large, bytes } = this.#takeGathered();
    try {
      if (this.#file === undefined) {
        await this.#folder.ready();
        this.#file = await Deno.open(this.#path, { write: true, ...FILE });
        this.#made = true;
      }
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
    } catch (error) {
      throw asWriteError(error);
    } finally {
      if (large !== undefined) giveBuffer(large);
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const bytes = new Uint8Array(length);
  copyInto(bytes, chunks);
  return bytes;
}

/** Lays chunks one after another. */
function copyInto(target: Uint8Array, chunks: readonly Uint8Array[]): void {
  let offset = 0;
  for (const chunk of chunks) {
    target.set(chunk, offset);
    offset += chunk.length;
  }
}
