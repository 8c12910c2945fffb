/**
 * The folder that holds everything an installation on one machine keeps: who may use it, and the
 * secret that its API keys are hashed with. The index and the blobs in it belong to others.
 * @module
 */
import { randomBytes, randomUUID } from "node:crypto";

/** Paths inside a data folder. */
export interface DataFolder {
  readonly path: string;
  /** The index's database. */
  readonly index: string;
  /** Root of the blob store. */
  readonly blobs: string;
  /** Where viewers are installed. */
  readonly viewers: string;
}

/** Bytes of the secret: as many as HMAC-SHA-256 can use. */
const SECRET_BYTES = 32;

/** Makes the folder and the index's file, readable by their owner alone, where there are none. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  const index = `${path}/index.db`;
  // The database takes an empty file for a new one, and gives those beside it the same mode.
  (await Deno.open(index, { create: true, append: true, mode: 0o600 })).close();
  return { path, index, blobs: `${path}/blobs`, viewers: `${path}/viewer` };
}

/**
 * Takes the folder for this process alone; the system lets go when the process ends, however it
 * ends. The file says which process it is. Resolves to undefined where another has the folder.
 */
export async function lockDataFolder(folder: DataFolder): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(`${folder.path}/server.lock`, {
    create: true,
    write: true,
    mode: 0o600,
  });
  if (!await file.tryLock(true)) {
    file.close();
    return undefined;
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

/**
 * The secret of the folder's API keys, made on first use. It appears under its name whole or not
 * at all, so that two processes that start together agree.
 */
export async function keySecret(folder: DataFolder): Promise<Uint8Array> {
  const path = `${folder.path}/keys.secret`;
  const existing = await readIfThere(path);
  if (existing !== undefined) return existing;
  const draft = `${path}.${randomUUID()}.tmp`;
  using file = await Deno.open(draft, { createNew: true, write: true, mode: 0o600 });
  file.writeSync(randomBytes(SECRET_BYTES));
  await file.sync();
  try {
    await Deno.link(draft, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(draft);
  }
  await syncDataFolder(folder);
  return await Deno.readFile(path);
}

/** Resolves when the names that the folder holds survive a power cut. */
export async function syncDataFolder(folder: DataFolder): Promise<void> {
  using handle = await Deno.open(folder.path);
  await handle.sync();
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
