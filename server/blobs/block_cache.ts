/**
 * Blocks of blobs as files of one folder, up to a size: those that were not asked for longest go
 * first. Nothing here fails: what the disk does not take or give is not there.
 * @module
 */
import { createHash } from "node:crypto";

type Bytes = Uint8Array<ArrayBuffer>;

/** Blocks of a fixed size out of blobs; a blob's last one is shorter, be it empty. */
export interface BlockCache {
  /** Bytes of a block that is there, without a look at the disk; undefined where it is not. */
  length(key: string, block: number): number | undefined;
  /** The block, or undefined where it is not there or was damaged. */
  get(key: string, block: number): Promise<Bytes | undefined>;
  /** Keeps it, as far as there is room. */
  set(key: string, block: number, bytes: Uint8Array): Promise<void>;
  /** Removes all blocks of a blob. */
  drop(key: string): Promise<void>;
}

/** A block on the disk. */
interface Entry {
  readonly bytes: number;
  /** When its file last said that it was used, in milliseconds since 1970. */
  used: number;
}

/** Blocks at most, whatever their size: what is known of each takes memory. */
const MAX_BLOCKS = 200_000;

/** Milliseconds after which a use is told to the disk, so that the order survives a restart. */
const TOUCH_AFTER = 60_000;

/** SHA-256 of key, number and bytes, before them. */
const SEAL_BYTES = 32;

const FILE_NAME = /^[0-9a-f]{40}\.\d{1,9}$/;

/**
 * Opens (and makes, where it is missing) the folder with what an earlier process left in it.
 * @throws where the folder cannot be made or read
 */
export async function openBlockCache(folder: string, maxBytes: number): Promise<BlockCache> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  /** By file name, least recently used first. */
  const entries = new Map<string, Entry>();
  /** By the name that a blob's files begin with: how many there are, and the number after the highest. */
  const blobs = new Map<string, { readonly count: number; readonly end: number }>();
  let total = 0;

  const pathOf = (name: string) => `${folder}/${name.slice(0, 2)}/${name}`;

  function add(name: string, entry: Entry): void {
    forget(name);
    entries.set(name, entry);
    total += entry.bytes;
    const [blob = "", block] = name.split(".");
    const { count, end } = blobs.get(blob) ?? { count: 0, end: 0 };
    blobs.set(blob, { count: count + 1, end: Math.max(end, Number(block) + 1) });
  }

  function forget(name: string): void {
    const entry = entries.get(name);
    if (entry === undefined) return;
    total -= entry.bytes;
    entries.delete(name);
    const [blob = ""] = name.split(".");
    const { count = 1, end = 0 } = blobs.get(blob) ?? {};
    if (count > 1) blobs.set(blob, { count: count - 1, end });
    else blobs.delete(blob);
  }

  async function remove(name: string): Promise<void> {
    forget(name);
    await Deno.remove(pathOf(name)).catch(() => {});
  }

  async function makeRoom(): Promise<void> {
    for (const name of entries.keys()) {
      if (total <= maxBytes && entries.size <= MAX_BLOCKS) return;
      await remove(name);
    }
  }

  for (const { name, entry } of await filesOf(folder)) add(name, entry);
  await makeRoom();

  return {
    length(key, block) {
      const entry = entries.get(nameOf(key, block));
      return entry === undefined ? undefined : entry.bytes - SEAL_BYTES;
    },

    async get(key, block) {
      const name = nameOf(key, block);
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const file = await Deno.readFile(pathOf(name)).catch(() => new Uint8Array());
      const bytes = file.subarray(SEAL_BYTES);
      const isWhole = file.length === entry.bytes &&
        sealOf(key, block, bytes).equals(file.subarray(0, SEAL_BYTES));
      if (!isWhole) {
        await remove(name);
        return undefined;
      }
      if (entries.delete(name)) entries.set(name, entry);
      const now = Date.now();
      if (now - entry.used > TOUCH_AFTER) {
        entry.used = now;
        await Deno.utime(pathOf(name), new Date(now), new Date(now)).catch(() => {});
      }
      return bytes;
    },

    async set(key, block, bytes) {
      const name = nameOf(key, block);
      const size = SEAL_BYTES + bytes.length;
      if (size > maxBytes) return;
      const file = new Uint8Array(size);
      file.set(sealOf(key, block, bytes));
      file.set(bytes, SEAL_BYTES);
      // Counted before it is there, so that many at once do not overfill the disk.
      add(name, { bytes: size, used: Date.now() });
      await makeRoom();
      try {
        await Deno.mkdir(`${folder}/${name.slice(0, 2)}`, { recursive: true, mode: 0o700 });
        await Deno.writeFile(pathOf(name), file, { mode: 0o600 });
        // Another may have made room of it meanwhile.
        if (!entries.has(name)) await remove(name);
      } catch {
        await remove(name);
      }
    },

    async drop(key) {
      const blob = blobOf(key);
      const end = blobs.get(blob)?.end ?? 0;
      for (let block = 0; block < end; block++) {
        const name = `${blob}.${block}`;
        if (entries.has(name)) await remove(name);
      }
    },
  };
}

/** What the folder holds, least recently used first. */
async function filesOf(
  folder: string,
): Promise<{ readonly name: string; readonly entry: Entry }[]> {
  const files = [];
  for await (const { name: part, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory || !/^[0-9a-f]{2}$/.test(part)) continue;
    for await (const { name } of Deno.readDir(`${folder}/${part}`)) {
      if (!FILE_NAME.test(name)) continue;
      const { size, mtime } = await Deno.stat(`${folder}/${part}/${name}`);
      files.push({ name, entry: { bytes: size, used: mtime?.getTime() ?? 0 } });
    }
  }
  return files.sort((a, b) => a.entry.used - b.entry.used);
}

/** What the names of a blob's blocks begin with. */
function blobOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 40);
}

function nameOf(key: string, block: number): string {
  return `${blobOf(key)}.${block}`;
}

function sealOf(key: string, block: number, bytes: Uint8Array) {
  return createHash("sha256").update(`${key} ${block} `).update(bytes).digest();
}
