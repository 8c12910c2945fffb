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

/** Names of a folder that are looked at together: each look is a wait of its own. */
const LOOKS = 64;

/** Everything below `paths`, which are absolute and without links in them. */
export async function* filesOf(paths: readonly string[]): AsyncGenerator<Found> {
  // By device and number: links may lead back to where one has been.
  const walked = new Set<string>();
  for (const path of paths) yield* at(path, await lookAt(path), true);

  async function* at(path: string, look: Look, isGiven: boolean): AsyncGenerator<Found> {
    if (look instanceof Error) {
      yield { kind: "unreadable", label: labelOf(path), why: whyUnreadable(look) };
    } else if (look.isDirectory) {
      const place = `${look.dev}:${look.ino}`;
      if (walked.has(place)) return;
      walked.add(place);
      yield* below(path);
    } else if (await isZip(path, look, isGiven)) {
      const { zipEntriesOf } = await import("./zip_entries.ts");
      yield* zipEntriesOf(path, look);
    } // Pipes and devices have no end that one could wait for.
    else if (look.isFile) yield fileItem(path, look);
  }

  async function* below(folder: string): AsyncGenerator<Found> {
    let paths: string[] = [];
    try {
      for await (const { name } of Deno.readDir(folder)) {
        paths.push(`${folder}/${name}`);
        if (paths.length < LOOKS) continue;
        yield* together(paths);
        paths = [];
      }
      yield* together(paths);
    } catch (error) {
      yield { kind: "unreadable", label: labelOf(folder), why: whyUnreadable(error) };
    }
  }

  async function* together(paths: readonly string[]): AsyncGenerator<Found> {
    const looks = await Promise.all(paths.map(lookAt));
    for (const [index, path] of paths.entries()) yield* at(path, looks[index]!, false);
  }
}

/** What there is at a path, or why that cannot be said. */
type Look = Deno.FileInfo | Error;

function lookAt(path: string): Promise<Look> {
  return Deno.stat(path).catch((error: Error) => error);
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
async function isZip(path: string, info: Deno.FileInfo, isGiven: boolean): Promise<boolean> {
  if (!info.isFile || !isGiven && !/\.zip$/i.test(path)) return false;
  try {
    using file = await Deno.open(path);
    const start = new Uint8Array(4);
    await file.read(start);
    return start[0] === 0x50 && start[1] === 0x4b && [0x0403, 0x0605].includes(
      start[2]! | start[3]! << 8,
    );
  } catch {
    // Whoever reads it next finds out why.
    return false;
  }
}
