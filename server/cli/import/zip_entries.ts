/**
 * The entries of a ZIP archive, each read as it is asked for. Their names are labels and nothing
 * else; archives within the archive are not opened. No more is taken into memory of an archive than
 * its directory, and no more comes out of an entry than it says.
 * @module
 */
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { type Found, labelOf, UnreadableError, whyUnreadable } from "./item.ts";

/** Bytes of an archive's directory: some 500,000 entries. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

/**
 * How many times as large as the archive its entries may be together: images take a quarter of
 * their space, empty ones a hundredth. Deflate would allow 1,032, and entries that overlap anything.
 */
const MAX_INFLATION = 250;

/** Bytes up to which entries together may be as they like: a few empty images do no harm. */
const INFLATED_FREE = 1024 ** 3;

/** Bytes of one read. */
const READ_BYTES = 256 * 1024;

/** The files of the archive at `path`; one that is too much for its limits is unreadable as a whole. */
export async function* zipEntriesOf(path: string, info: Deno.FileInfo): AsyncGenerator<Found> {
  const reader = new ZipReader(new FileReader(path, info.size), {
    filenameValidation: "tolerant",
    useWebWorkers: false,
  });
  try {
    const { compressed, inflated } = await sizesOf(reader);
    const most = Math.max(INFLATED_FREE, info.size * MAX_INFLATION);
    if (compressed > info.size || inflated > most) {
      throw new UnreadableError(
        `it would be more than ${MAX_INFLATION} times as large unpacked`,
      );
    }
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      const { filename, uncompressedSize: size, offset, encrypted } = entry;
      const label = labelOf(`${path}:${filename}`);
      if (encrypted) yield { kind: "unreadable", label, why: "it is encrypted" };
      else {
        yield {
          kind: "item",
          label,
          identity: [path, info.size, info.mtime?.getTime() ?? 0, offset, filename],
          size,
          read: () => inflate(entry),
        };
      }
    }
  } catch (error) {
    yield { kind: "unreadable", label: labelOf(path), why: whyNoArchive(error) };
  }
}

/** What the directory says of all entries together. */
async function sizesOf(reader: ZipReader<unknown>) {
  let [compressed, inflated] = [0, 0];
  for await (const { compressedSize, uncompressedSize } of reader.getEntriesGenerator()) {
    compressed += compressedSize;
    inflated += uncompressedSize;
  }
  return { compressed, inflated };
}

async function* inflate(entry: FileEntry): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const leaving = new AbortController();
  // A checksum that is wrong is known at the end: the readable then ends with it.
  const inflating = entry.getData(writable, {
    checkSignature: true,
    signal: leaving.signal,
    strictness: "tolerant",
  });
  inflating.catch(() => {});
  let left = entry.uncompressedSize;
  try {
    for await (const chunk of readable) {
      left -= chunk.length;
      if (left < 0) throw new UnreadableError("the archive is damaged: more than it says it has");
      yield chunk;
    }
    await inflating;
  } catch (error) {
    throw new UnreadableError(whyNoArchive(error));
  } finally {
    leaving.abort();
    await inflating.catch(() => {});
  }
}

/** What is wrong with an archive, in a few words. */
function whyNoArchive(error: unknown): string {
  if (error instanceof UnreadableError) return error.message;
  const isOfSystem = error instanceof Error && ("code" in error || error.name in Deno.errors);
  return isOfSystem
    ? whyUnreadable(error)
    : `the archive is damaged: ${labelOf(error instanceof Error ? error.message : String(error))}`;
}

/** Opens the file whenever something is read: an archive may wait long for its turn. */
class FileReader extends Reader<string> {
  readonly #path: string;

  constructor(path: string, size: number) {
    super(path);
    this.#path = path;
    this.size = size;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.size - offset);
    if (wanted > MAX_DIRECTORY_BYTES) {
      throw new UnreadableError(
        `its directory is larger than ${MAX_DIRECTORY_BYTES / 1024 ** 2} MiB`,
      );
    }
    const bytes = new Uint8Array(wanted);
    using file = await Deno.open(this.#path);
    await file.seek(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < wanted;) {
      const read = await file.read(bytes.subarray(filled));
      if (read === null) return bytes.subarray(0, filled);
      filled += read;
    }
    return bytes;
  }

  override createReadable(
    { offset = 0, size = this.size - offset }: { offset?: number; size?: number } = {},
  ): ReadableStream<Uint8Array> {
    const path = this.#path;
    async function* pieces() {
      using file = await Deno.open(path);
      await file.seek(offset, Deno.SeekMode.Start);
      for (let left = size; left > 0;) {
        const bytes = new Uint8Array(Math.min(READ_BYTES, left));
        const read = await file.read(bytes);
        if (read === null) return;
        left -= read;
        yield bytes.subarray(0, read);
      }
    }
    return ReadableStream.from(pieces());
  }
}
