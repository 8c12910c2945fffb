/**
 * The files in a tar archive (ustar, POSIX.1-1988) as it streams by. What a package has no use for,
 * such as links, and names that lead out of a folder are refused.
 * @module
 */
import { ChunkQueue } from "../../lib/bytes/chunk_queue.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";

/** How much an archive may hold. */
export interface TarLimits {
  /** Entries. */
  readonly entries: number;
  /** Bytes of one file, and of all of them. */
  readonly file: number;
  readonly total: number;
}

/** A file in the archive. */
export interface TarEntry {
  /** Segments of letters, digits, `_`, `.` and `-` with slashes between; none is `.` or `..`. */
  readonly name: string;
  /** Its content. It can be read once, before the next entry is asked for. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Bytes of a block. */
const BLOCK = 512;
/** Places in a header block, and their length. */
const FIELDS = { name: [0, 100], size: [124, 12], type: [156, 1], prefix: [345, 155] } as const;

/**
 * The archive's files in order. Throws DecodeError for what is no such archive, LimitError for what is
 * too large, and ends the stream where the reader leaves off.
 */
export async function* tarEntries(
  stream: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<TarEntry> {
  const queue = new ChunkQueue();
  const chunks = stream[Symbol.asyncIterator]();
  const more = async () => {
    const { done, value } = await chunks.next();
    if (done) throw new DecodeError("The archive ends too soon", { offset: queue.offset });
    queue.push(value);
  };
  let entries = 0;
  let total = 0;
  try {
    while (true) {
      while (!queue.has(BLOCK)) await more();
      const header = queue.take(BLOCK);
      if (header.every((byte) => byte === 0)) return;
      const { name, size } = fileOf(header, queue.offset - BLOCK);
      total += size;
      if (++entries > limits.entries) {
        throw new LimitError("entries", limits.entries, "The archive");
      }
      if (size > limits.file) throw new LimitError("file", limits.file, name);
      if (total > limits.total) throw new LimitError("total", limits.total, "The archive");

      const end = queue.offset + size;
      yield {
        name,
        async read() {
          const content = new Uint8Array(size);
          let at = 0;
          while (at < size) {
            const piece = queue.takeSome(size - at);
            if (piece.length === 0) await more();
            content.set(piece, at);
            at += piece.length;
          }
          return content;
        },
      };
      const next = end + (BLOCK - size % BLOCK) % BLOCK;
      while (queue.offset < next) {
        if (queue.skip(next - queue.offset) === 0) await more();
      }
    }
  } finally {
    await chunks.return?.();
  }
}

function fileOf(header: Uint8Array, offset: number): { name: string; size: number } {
  const type = textOf(header, "type");
  if (type !== "0" && type !== "") {
    throw new DecodeError(`The archive holds something other than files (type ${type})`, {
      offset,
    });
  }
  const prefix = textOf(header, "prefix");
  const name = (prefix === "" ? "" : `${prefix}/`) + textOf(header, "name");
  if (!/^(?:(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!$)|$))+$/.test(name)) {
    throw new DecodeError("The archive holds a name that leads elsewhere", { offset });
  }
  const size = textOf(header, "size").trim();
  if (!/^[0-7]{1,11}$/.test(size)) {
    throw new DecodeError("The archive holds a file without a size", { offset });
  }
  return { name, size: Number.parseInt(size, 8) };
}

/** A field up to its first NUL. */
function textOf(header: Uint8Array, field: keyof typeof FIELDS): string {
  const [start, length] = FIELDS[field];
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? length : end));
}
