/**
 * Files whose instances the server has, kept for a moment to be written over: that takes half the
 * time of making new ones, since inode and blocks are there. A file is given away only once it is
 * gone from the ready ones for good, so that no crash brings it back there with other bytes in it.
 * @module
 */
import type { FolderSync } from "./folder_sync.ts";

/** Files kept with their bytes: more than are under way at a time. */
const FULL = 128;
/** Bytes of a file up to which it is kept so: those that are larger are rare. */
const FULL_BYTES = 1024 * 1024;
/** Milliseconds without another file after which none is kept so: images do not lie around. */
const IDLE_MS = 10_000;
/** Files kept at most, all others empty: some file systems are slow where many were just removed. */
const FILES = 4_000;

/** A file that is no longer needed where it is. */
export interface SpentFile {
  readonly path: string;
  readonly size: number;
  /** Makes durable that it is gone from its folder. */
  readonly sync: FolderSync;
}

/** A file to be written over. */
export interface FileToReuse {
  readonly path: string;
  readonly size: number;
}

/** The files that are kept in one folder. */
export class SpentFiles {
  readonly #folder: string;
  readonly #newName: () => string;
  readonly #full: FileToReuse[] = [];
  readonly #empty: FileToReuse[] = [];
  /** Files on their way here. */
  #coming = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param folder is there, and empty
   * @param newName names that are never given twice
   */
  constructor(folder: string, newName: () => string) {
    this.#folder = folder;
    this.#newName = newName;
  }

  /** A file to be written over by so many bytes: one of about as many, or an empty one; undefined where there is none. */
  take(length: number): FileToReuse | undefined {
    const last = this.#full.at(-1);
    const fits = last !== undefined && last.size <= 2 * length && length <= 2 * last.size;
    return fits ? this.#full.pop() : this.#empty.pop();
  }

  /** Takes files from where they are. Throws as the system does: each is then gone, or still there. */
  async add(files: readonly SpentFile[]): Promise<void> {
    const room = FILES - this.#empty.length - this.#full.length - this.#coming;
    const kept = files.slice(0, room);
    this.#coming += kept.length;
    try {
      await Promise.all(files.slice(room).map(({ path }) => Deno.remove(path)));
      const moved = kept.map(({ path, size }) => ({ path: this.#move(path), size }));
      await Promise.all([...new Set(kept.map(({ sync }) => sync))].map((sync) => sync()));
      await Promise.all(moved.map((file) => this.#keep(file)));
    } finally {
      this.#coming -= kept.length;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear(), IDLE_MS);
  }

  /** Keeps no bytes any longer. */
  clear(): void {
    clearTimeout(this.#timer);
    for (const { path } of this.#full.splice(0)) {
      try {
        Deno.truncateSync(path, 0);
        this.#empty.push({ path, size: 0 });
      } catch {
        // Then it is removed at the next start.
      }
    }
  }

  async #keep(file: FileToReuse): Promise<void> {
    if (file.size <= FULL_BYTES && this.#full.length < FULL) this.#full.push(file);
    else {
      await Deno.truncate(file.path, 0);
      this.#empty.push({ path: file.path, size: 0 });
    }
  }

  #move(path: string): string {
    const moved = `${this.#folder}/${this.#newName()}`;
    Deno.renameSync(path, moved);
    return moved;
  }
}
