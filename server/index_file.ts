/**
 * The index's file as a whole: another is made beside it and put in its place. A crash at any time
 * leaves the one or the other, complete. The index itself belongs to others; nobody has either file
 * open while they are changed for one another.
 * @module
 */
import { type DataFolder, syncDataFolder } from "./data_folder.ts";

/** What the database has beside its file while it is open, and after a crash. */
const COMPANIONS = ["-wal", "-shm"];

/** Where the index is made that is to take the place of the one that there is. */
export function draftOf(folder: DataFolder): string {
  return `${folder.index}.new`;
}

/** Removes what a run that broke off left of a draft. */
export async function removeDraft(folder: DataFolder): Promise<void> {
  for (const end of ["", ...COMPANIONS]) await removeIfThere(`${draftOf(folder)}${end}`);
}

/** Makes an empty file for the draft, readable by its owner alone, in the place of what was left of one. */
export async function makeDraft(folder: DataFolder): Promise<void> {
  await removeDraft(folder);
  // The database gives what it has beside a file the same mode.
  (await Deno.open(draftOf(folder), { createNew: true, write: true, mode: 0o600 })).close();
}

/** What became of putting the draft in its place. */
export type Placing =
  | { readonly kind: "placed" }
  /** The one that there was could not be read; it is kept under this path. */
  | { readonly kind: "kept aside"; readonly path: string }
  /** Another process has the index open; nothing is changed. */
  | { readonly kind: "busy" };

/** How an index was found: closed again after it was read, as no index that can be read, or not at all. */
export type OldIndexState = "readable" | "unreadable" | "none";

/** Whether the folder has an index that something was ever written to. */
export async function hasIndex(folder: DataFolder): Promise<boolean> {
  return await sizeOf(folder.index) > 0;
}

/** Bytes that the index takes on disk, with what the database has beside it. */
export async function indexSize(folder: DataFolder): Promise<number> {
  const sizes = await Promise.all(["", ...COMPANIONS].map((end) => sizeOf(folder.index + end)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Puts the draft in the place of the index. Both are closed, and were gathered into their files where
 * they can be read.
 */
export async function placeDraft(folder: DataFolder, state: OldIndexState): Promise<Placing> {
  using draft = await Deno.open(draftOf(folder));
  await draft.sync();
  const kept = state === "unreadable" ? await keepAside(folder) : undefined;
  // Frames of another process, which must not be lost, nor be taken for the new one's.
  if (state === "readable" && await sizeOf(`${folder.index}-wal`) > 0) return { kind: "busy" };
  for (const end of COMPANIONS) await removeIfThere(`${folder.index}${end}`);
  await Deno.rename(draftOf(folder), folder.index);
  await removeDraft(folder);
  await syncDataFolder(folder);
  return kept === undefined ? { kind: "placed" } : { kind: "kept aside", path: kept };
}

/** Gives an index that nobody can read another name as well, and what is beside it only that. */
async function keepAside(folder: DataFolder): Promise<string> {
  const path = `${folder.index}.unreadable`;
  for (const end of ["", ...COMPANIONS]) await removeIfThere(`${path}${end}`);
  await Deno.link(folder.index, path);
  for (const end of COMPANIONS) {
    if (await sizeOf(`${folder.index}${end}`) > 0) {
      await Deno.rename(`${folder.index}${end}`, `${path}${end}`);
    }
  }
  return path;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
