/**
 * The folders that blobs lie in, made and synced so that a name in them survives a power cut.
 * @module
 */
import { coalesced } from "../coalesced.ts";

/** A folder of blobs. */
export interface Folder {
  /** Makes it once; resolves when the way to it is durable. */
  ready(): Promise<void>;
  /** Resolves when every name that was there at the call is durable. */
  sync(): Promise<void>;
}

/** The folders of one store. */
export interface Folders {
  /** The folder that the file at a path below the root lies in. */
  of(path: string): Folder;
}

/** Its owner's alone. */
const FOLDER_MODE = 0o700;

/** Makes `root` where it is missing. */
export async function openFolders(root: string): Promise<Folders> {
  // Where it is there it may be one that can only be read.
  await Deno.stat(root).catch(() => Deno.mkdir(root, { recursive: true, mode: FOLDER_MODE }));
  // Days of an archive: it grows by one entry an archive and day.
  const folders = new Map<string, Folder>();

  function folderAt(path: string): Folder {
    const known = folders.get(path);
    if (known !== undefined) return known;
    let made: Promise<void> | undefined;

    async function make(): Promise<void> {
      try {
        if (path === root) return;
        const parent = folderAt(parentOf(path));
        await parent.ready();
        await Deno.mkdir(path, { mode: FOLDER_MODE }).catch(ignoreExisting);
        await parent.sync();
      } catch (error) {
        made = undefined;
        throw error;
      }
    }

    const folder = {
      ready: () => made ??= make(),
      sync: coalesced(() => syncFolder(path)),
    };
    folders.set(path, folder);
    return folder;
  }

  return { of: (path) => folderAt(parentOf(path)) };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}

async function syncFolder(path: string): Promise<void> {
  // To open what exists only looks up a name at hand: a wait for a thread would cost more.
  using folder = Deno.openSync(path);
  await folder.sync();
}
