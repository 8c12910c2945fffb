/**
 * An export as a folder of files that can be burnt as it is. All is written into a folder of its
 * own inside, so that it may be the root of a medium, and then moved up, the DICOMDIR last.
 * @module
 */
import type { FileSetFile } from "../../services/file_set.ts";
import { UsageError } from "../command.ts";
import { slots } from "../slots.ts";
import { type Destination, parentOf, PARTIAL, syncFolder, writeAll } from "./destination.ts";

/** Files that are written at the same time, so that their syncs are shared. */
const WRITERS = 8;

/** The folder at `path`, made where it is missing. Throws UsageError where something is in it. */
export async function folder(path: string): Promise<Destination> {
  const isNew = await makeFolder(path);
  for await (const { name } of Deno.readDir(path)) {
    const why = name === `EXPORT${PARTIAL}`
      ? "an export that broke off left it: remove it"
      : "an export takes a new or an empty folder";
    throw new UsageError(`There is ${name} in ${path}: ${why}`);
  }
  const aside = `${path}/EXPORT${PARTIAL}`;
  return {
    async write(files) {
      const moved: string[] = [];
      try {
        await Deno.mkdir(aside);
        const folders = await writeFiles(aside, files);
        for (const below of folders) await syncFolder(below);
        const names = await Array.fromAsync(Deno.readDir(aside), ({ name }) => name);
        for (const name of names.sort(directoryLast)) {
          await Deno.rename(`${aside}/${name}`, `${path}/${name}`);
          moved.push(name);
        }
        await Deno.remove(aside);
        await syncFolder(path);
        if (isNew) await syncFolder(parentOf(path));
      } catch (error) {
        for (const name of [...moved.reverse(), `EXPORT${PARTIAL}`]) {
          await removeAll(`${path}/${name}`);
        }
        if (isNew) await Deno.remove(path);
        throw error;
      }
    },
  };
}

/** Makes a folder; false where it is there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`There is no folder ${parentOf(path)}`);
    }
    if (
      error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.PermissionDenied
    ) {
      throw new UsageError(`No folder can be made at ${path}`);
    }
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if ((await Deno.stat(path)).isDirectory) return false;
    throw new UsageError(`${path} is there already, and no folder`);
  }
}

/** Writes files below `root`; resolves to their folders when their bytes are durable. */
async function writeFiles(
  root: string,
  files: AsyncIterable<FileSetFile>,
): Promise<ReadonlySet<string>> {
  const folders = new Set([root]);
  const writing = slots(WRITERS);
  const work = new Set<Promise<void>>();
  let failure: unknown;
  try {
    for await (const file of files) {
      if (failure !== undefined) break;
      const path = `${root}/${file.name}`;
      for (let above = parentOf(path); !folders.has(above); above = parentOf(above)) {
        await Deno.mkdir(above, { recursive: true });
        folders.add(above);
      }
      await writing.take();
      const doing = writeFile(path, file).catch((error) => failure ??= error).finally(() => {
        writing.release();
        work.delete(doing);
      });
      work.add(doing);
    }
  } finally {
    await Promise.all(work);
  }
  if (failure !== undefined) throw failure;
  return folders;
}

async function writeFile(path: string, content: FileSetFile): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  if ("made" in content) await writeAll(file, content.made);
  else for await (const chunk of content.source.read()) await writeAll(file, chunk);
  await file.syncData();
}

/** With the DICOMDIR all is there. */
function directoryLast(a: string, b: string): number {
  return Number(a === "DICOMDIR") - Number(b === "DICOMDIR");
}

async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
