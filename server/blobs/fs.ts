/**
 * Blobs as files of one folder: a key is a path below it. A blob is written under its final name:
 * keys are never used twice and nothing refers to a blob before it is committed, so that what a
 * crash leaves is an unreferenced file, which the reaper finds like any other.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "./blob_store.ts";
import { openFolders } from "./fs_folders.ts";
import { asReadError, blobPath, folderPath } from "./fs_paths.ts";
import { FsBlobWriter } from "./fs_writer.ts";
import { isPlainName } from "./keys.ts";

/** Bytes of one read: where the throughput of a stream of reads levels off; four times a socket's chunk. */
const READ_BYTES = 256 * 1024;

/** Opens (and makes, where it is missing) the folder `root` as a store of blobs. */
export async function openFsBlobs(root: string): Promise<BlobStore> {
  const folders = await openFolders(root);

  async function openFile(key: string): Promise<Deno.FsFile> {
    try {
      return await Deno.open(blobPath(root, key));
    } catch (error) {
      throw asReadError(error, key);
    }
  }

  async function readInto(
    key: string,
    offset: number,
    target: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    using file = await openFile(key);
    if (offset > 0) seek(file, offset);
    await fill(file, target, key);
  }

  async function* keysBelow(prefix: string): AsyncGenerator<string> {
    for (const entry of await entriesOf(folderPath(root, prefix))) {
      if (entry.isDirectory) yield* keysBelow(`${prefix}${entry.name}/`);
      else yield `${prefix}${entry.name}`;
    }
  }

  return {
    create: (key) =>
      Promise.try(() => {
        const path = blobPath(root, key);
        return new FsBlobWriter(path, folders.of(path));
      }),

    async open(key, range) {
      const file = await openFile(key);
      try {
        const { offset, length } = range ?? { offset: 0, length: (await file.stat()).size };
        if (offset > 0) seek(file, offset);
        if (length > READ_BYTES) return streamOf(file, length, key);
        const bytes = await readExactly(file, length, key);
        file.close();
        return new ReadableStream({
          start(controller) {
            if (length > 0) controller.enqueue(bytes);
            controller.close();
          },
        });
      } catch (error) {
        file.close();
        throw error;
      }
    },

    async read(key, { offset, length }) {
      const bytes = new Uint8Array(length);
      await readInto(key, offset, bytes);
      return bytes;
    },

    readInto,

    async size(key) {
      try {
        return (await Deno.stat(blobPath(root, key))).size;
      } catch (error) {
        if (asReadError(error, key) instanceof BlobNotFoundError) return undefined;
        throw error;
      }
    },

    async delete(key) {
      try {
        await Deno.remove(blobPath(root, key));
      } catch (error) {
        if (!(asReadError(error, key) instanceof BlobNotFoundError)) throw error;
      }
    },

    list: keysBelow,

    async *folders(prefix) {
      for (const entry of await entriesOf(folderPath(root, prefix))) {
        if (entry.isDirectory) yield entry.name;
      }
    },

    // What a crash broke off is a file like any other.
    abandoned: () => Promise.resolve(0),
  };
}

/** What a folder holds of the store, in the order of the keys below it; nothing where it is missing. */
async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (isPlainName(entry.name)) entries.push(entry);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const inKeys = (entry: Deno.DirEntry) => entry.isDirectory ? `${entry.name}/` : entry.name;
  return entries.sort((a, b) => inKeys(a) < inKeys(b) ? -1 : 1);
}

/** The next `length` bytes of a file as the reader asks for them. Owns the file. */
function streamOf(
  file: Deno.FsFile,
  length: number,
  key: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = length;
  let cancelled = false;
  return new ReadableStream({
    async pull(controller) {
      try {
        const bytes = await readExactly(file, Math.min(left, READ_BYTES), key);
        if (cancelled) return;
        left -= bytes.length;
        controller.enqueue(bytes);
      } catch (error) {
        if (cancelled) return;
        file.close();
        throw error;
      }
      if (left > 0) return;
      file.close();
      controller.close();
    },
    cancel() {
      cancelled = true;
      file.close();
    },
  });
}

async function readExactly(
  file: Deno.FsFile,
  length: number,
  key: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await fill(file, bytes, key);
  return bytes;
}

async function fill(
  file: Deno.FsFile,
  target: Uint8Array<ArrayBuffer>,
  key: string,
): Promise<void> {
  for (let filled = 0; filled < target.length;) {
    const read = await file.read(filled === 0 ? target : target.subarray(filled));
    if (read === null) {
      throw new RangeError(`Blob ${key} ends ${target.length - filled} bytes early`);
    }
    filled += read;
  }
}

/** Moves where the next read begins. It never waits for the disk, so that a thread would only cost. */
function seek(file: Deno.FsFile, offset: number): void {
  file.seekSync(offset, Deno.SeekMode.Start);
}
