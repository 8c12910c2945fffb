/**
 * The files below paths that a person gives. Folders are walked as they are read, whatever their
 * size; a `.zip` in them is walked like a folder.
 * @module
 */
import { type Found, type ImportItem, labelOf, UnreadableError, whyUnreadable } from "./item.ts";

/** Bytes of one read: a 512 × 512 image of 16 bits with its header, so that it takes one call. */
const READ_BYTES = 640 * 1024;

/** Buffers kept for later: one for each file that is read at the same time. */
const BUFFERS_KEPT = 8;

const buffers: Uint8Array<ArrayBuffer>[] = [];

/** Looks between two turns of other work. */
const LOOKS = 500;

/**
 * Everything below `paths`, which are absolute. What there is at a path is
 * asked without giving up the thread: the system mostly has it at hand, and any other way a look
 * waits behind all that is being synced.
 */
export async function* filesOf(paths: readonly string[]): AsyncGenerator<Found> {
  // By device and number: links may lead back to where one has been.
  const walked = new Set<string>();
  let looks = 0;
  for (const path of paths) yield* at(path, true);

  async function* at(path: string, isGiven: boolean): AsyncGenerator<Found> {
    if (++looks % LOOKS === 0) await new Promise((resolve) => setTimeout(resolve));
    try {
      const look = Deno.statSync(path);
      if (look.isDirectory) {
        const place = `${look.dev}:${look.ino}`;
        if (walked.has(place)) return;
        walked.add(place);
        for (const { name } of Deno.readDirSync(path)) yield* at(`${path}/${name}`, false);
      } else if (isZip(path, look, isGiven)) {
        const { zipEntriesOf } = await import("./zip_entries.ts");
        yield* zipEntriesOf(path, look);
      } // Pipes and devices have no end that one could wait for.
      else if (look.isFile) yield fileItem(path, look);
    } catch (error) {
      yield { kind: "unreadable", label: labelOf(path), why: whyUnreadable(error) };
    }
  }
}

function fileItem(path: string, { size, mtime }: Deno.FileInfo): ImportItem {
  return {
    kind: "item",
    label: labelOf(path),
    identity: [path, size, mtime?.getTime() ?? 0],
    size,
    read: () => readFile(path, size),
  };
}

async function* readFile(path: string, size: number): AsyncGenerator<Uint8Array> {
  const buffer = buffers.pop() ?? new Uint8Array(READ_BYTES);
  try {
    using file = await opened(path);
    for (let left = size; left > 0;) {
      const read = await file.read(left < buffer.length ? buffer.subarray(0, left) : buffer)
        .catch((error) => {
          throw new UnreadableError(whyUnreadable(error));
        });
      if (read === null) throw new UnreadableError("it became shorter while it was read");
      left -= read;
      yield buffer.subarray(0, read);
    }
  } finally {
    if (buffers.length < BUFFERS_KEPT) buffers.push(buffer);
  }
}

async function opened(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw new UnreadableError(whyUnreadable(error));
  }
}

/** Any file that is given may be an archive; in folders, where documents are archives too, a name must say so. */
function isZip(path: string, info: Deno.FileInfo, isGiven: boolean): boolean {
  if (!info.isFile || !isGiven && !/\.zip$/i.test(path)) return false;
  using file = Deno.openSync(path);
  const start = new Uint8Array(4);
  file.readSync(start);
  return ZIP_STARTS.includes(new DataView(start.buffer).getUint32(0));
}

/** `PK` and what an archive begins with: an entry, or its end where it has none. */
const ZIP_STARTS = [0x504b0304, 0x504b0506];
