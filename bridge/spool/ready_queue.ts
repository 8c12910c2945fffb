/**
 * Instances that are acknowledged and wait for one archive: files in folders of bounded size, taken
 * in the order in which they arrived. Only the files of the folder that is being read and of the one
 * that is being filled are known, so that a million of them take no more memory than thousands.
 * @module
 */
import { createFolderSync, type FolderSync, syncFolder } from "./folder_sync.ts";
import type { Destination } from "./incoming_file.ts";

/** Files of one folder: as many names as are held, and listed, at once. */
export const FOLDER_FILES = 10_000;

/** A file that waits. */
export interface Entry {
  readonly path: string;
  /** Makes durable which files are in its folder. */
  readonly sync: FolderSync;
  /** Says that the file has been moved or removed; to be called once. */
  settled(): void;
}

/** A place for a new file. */
export interface Place extends Destination {
  /** Says what became of the file: it lies there durably, or never will. To be called once. */
  filled(isThere: boolean): void;
}

interface Folder {
  readonly path: string;
  readonly sync: FolderSync;
  /** Names in order, from `next` on still to be taken; undefined until they are asked of the disk. */
  names: string[] | undefined;
  next: number;
  /** Places given of which nothing has been heard. */
  filling: number;
  given: number;
  /** Entries taken and not settled. */
  taken: number;
  /** Nothing more is to come out of it. */
  isPassed: boolean;
}

/** The files that wait, and places for more. */
export class ReadyQueue {
  readonly #root: string;
  readonly #newName: () => string;
  #onFilled = () => {};
  /** In order; the first is read, the last may be filled. */
  readonly #folders: Folder[];
  #filling: Folder | undefined;
  #making: Promise<Folder> | undefined;

  private constructor(
    root: string,
    newName: () => string,
    folders: Folder[],
  ) {
    this.#root = root;
    this.#newName = newName;
    this.#folders = folders;
  }

  /**
   * Opens what is at `root`, which is made where it is missing: files that were put into it itself
   * come first.
   *
   * @param newName names that are never given twice and sort in their order
   */
  static async open(root: string, newName: () => string): Promise<ReadyQueue> {
    await Deno.mkdir(root, { recursive: true, mode: 0o700 });
    const names: string[] = [];
    for await (const entry of Deno.readDir(root)) if (entry.isDirectory) names.push(entry.name);
    const paths = [root, ...names.sort().map((name) => `${root}/${name}`)];
    return new ReadyQueue(root, newName, paths.map((path) => folder(path, undefined)));
  }

  /** Calls `listener` when there may be something to take. */
  onFilled(listener: () => void): void {
    this.#onFilled = listener;
  }

  /** A place for a new file, behind all others. Rejects where its folder cannot be made. */
  async place(): Promise<Place> {
    const folder = this.#folderToFill() ?? await this.#makeFolder();
    const name = `${this.#newName()}.dcm`;
    return {
      path: `${folder.path}/${name}`,
      sync: folder.sync,
      filled: (isThere) => {
        folder.filling--;
        if (isThere) folder.names?.push(name);
        // Also where nothing came: what lies behind may have waited for this.
        this.#onFilled();
      },
    };
  }

  /** The next file; undefined where none waits. Not to be called again before it resolves. */
  async take(): Promise<Entry | undefined> {
    for (;;) {
      const [folder] = this.#folders;
      if (folder === undefined) return undefined;
      if (folder.names === undefined) {
        // What is being filled meanwhile might be listed, or might not.
        if (folder.filling > 0) return undefined;
        folder.names = await fileNames(folder.path);
      }
      const name = folder.names[folder.next];
      if (name !== undefined) {
        folder.next++;
        folder.taken++;
        const { path, sync } = folder;
        return { path: `${path}/${name}`, sync, settled: () => this.#settle(folder) };
      }
      if (folder === this.#filling || folder.filling > 0) return undefined;
      this.#folders.shift();
      folder.isPassed = true;
      this.#removeIfDone(folder);
    }
  }

  /** About how many files wait; those in folders that have not been read are not counted. */
  get waiting(): number {
    const [first] = this.#folders;
    return first?.names === undefined ? 0 : first.names.length - first.next;
  }

  /** The folder that takes one more, which is then counted. */
  #folderToFill(): Folder | undefined {
    const folder = this.#filling;
    if (folder === undefined || folder.given === FOLDER_FILES) return undefined;
    folder.given++;
    folder.filling++;
    return folder;
  }

  async #makeFolder(): Promise<Folder> {
    this.#making ??= this.#makeNext().finally(() => this.#making = undefined);
    await this.#making;
    return this.#folderToFill() ?? await this.#makeFolder();
  }

  async #makeNext(): Promise<Folder> {
    const made = folder(`${this.#root}/${this.#newName()}`, []);
    await Deno.mkdir(made.path, { mode: 0o700 });
    await syncFolder(this.#root);
    const full = this.#filling;
    // It will be read later, from the disk.
    if (full !== undefined && full !== this.#folders[0]) full.names = undefined;
    this.#folders.push(made);
    return this.#filling = made;
  }

  #settle(folder: Folder): void {
    folder.taken--;
    this.#removeIfDone(folder);
  }

  #removeIfDone(folder: Folder): void {
    if (!folder.isPassed || folder.taken > 0 || folder.path === this.#root) return;
    try {
      Deno.removeSync(folder.path);
    } catch {
      // Somebody has put a file into it: it is found at the next start.
    }
  }
}

function folder(path: string, names: string[] | undefined): Folder {
  return {
    path,
    sync: createFolderSync(path),
    names,
    next: 0,
    filling: 0,
    given: 0,
    taken: 0,
    isPassed: false,
  };
}

async function fileNames(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) if (entry.isFile) names.push(entry.name);
  } catch (error) {
    // Somebody has taken the folder away.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}
