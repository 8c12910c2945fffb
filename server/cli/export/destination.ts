/**
 * Where an export goes: it is written aside, and appears under its names when all of it is durable.
 * What is there already is never touched.
 * @module
 */
import type { FileSetFile } from "../../services/file_set.ts";

/** A place for one File-set. */
export interface Destination {
  /** Writes the files. Resolves when they are durable; rejects, with nothing left behind, where that cannot be. */
  write(files: AsyncIterable<FileSetFile>): Promise<void>;
}

/** What is written aside has this at the end of its name. */
export const PARTIAL = ".partial";

/** Resolves when the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

/** The folder that a path lies in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

/** Writes all of a chunk. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
