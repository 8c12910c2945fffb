/**
 * One blob on its way into a file. Small chunks are gathered into large writes, one of which may
 * be under way while the next is gathered; the file is opened with the first write, so that what
 * is small and refused never touches the disk.
 * @module
 */
import type { BlobWriter } from "./blob_store.ts";
import type { Folder } from "./fs_folders.ts";
import { asWriteError } from "./fs_paths.ts";

/** Bytes gathered for one write: one call costs about as much as copying this many. Two of these are a writer's memory. */
const WRITE_BYTES = 512 * 1024;

/** Writes the file at `path`; see {@linkcode BlobWriter}. */
export class FsBlobWriter implements BlobWriter {
  readonly #path: string;
  readonly #folder: Folder;
  #file: Deno.FsFile | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  /** The file is there and not yet committed. */
  #made = false;

  constructor(path: string, folder: Folder) {
    this.#path = path;
    this.#folder = folder;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes < WRITE_BYTES) return;
    await this.#writing;
    this.#writing = this.#writeGathered();
    // The next write or the end reports a failure; until then nobody waits for this promise.
    this.#writing.catch(() => {});
  }

  async commit(): Promise<void> {
    try {
      await this.#writing;
      await this.#writeGathered();
      await this.#file?.syncData();
      this.#close();
      await this.#folder.sync();
      this.#made = false;
    } catch (error) {
      await this.abort();
      throw asWriteError(error);
    }
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
    this.#gathered = [];
    this.#close();
    if (!this.#made) return;
    this.#made = false;
    // What cannot be removed now is unreferenced: the reaper comes by.
    await Deno.remove(this.#path).catch(() => {});
  }

  async #writeGathered(): Promise<void> {
    const bytes = joined(this.#gathered, this.#gatheredBytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    try {
      if (this.#file === undefined) {
        await this.#folder.ready();
        this.#file = await Deno.open(this.#path, { write: true, createNew: true });
        this.#made = true;
      }
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
    } catch (error) {
      throw asWriteError(error);
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
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
