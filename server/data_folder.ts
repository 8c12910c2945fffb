/**
 * The folder that holds everything that is kept on this machine: who may use it, and the secret that
 * API keys are hashed with. The index and the blobs in it belong to others.
 * @module
 */
import { randomUUID } from "node:crypto";
import { newSecret } from "./services/keys.ts";

/** Paths inside a data folder. */
export interface DataFolder {
  readonly path: string;
  /** The index's database. */
  readonly index: string;
  /** Root of the blob store. */
  readonly blobs: string;
  /** Where viewers are installed. */
  readonly viewers: string;
  /** What was read last of objects that are kept elsewhere. */
  readonly cache: string;
  /** Database of a copy of an index that is kept elsewhere. */
  readonly replica: string;
}

const SECRET = "keys.secret";

/** The folder cannot be used as it is; the message says what to do. */
export class RestoreError extends Error {
  override readonly name = "RestoreError";
}

/** Names the backup that a folder is being restored from, until that is complete. */
const RESTORING = "restoring";

/** Holds installed viewers. */
const VIEWERS = "viewer";

/** Who has it locked uses the folder. */
const LOCK = "server.lock";

/** What a folder may hold that is to be restored into: a file system of its own has a folder of its own. */
const LIKE_EMPTY = ["lost+found", VIEWERS, LOCK];

/**
 * Makes the folder, readable by its owner alone, where there is none. Throws RestoreError where a
 * restore into it is not complete.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  const folder = pathsOf(path);
  if (await readIfThere(`${path}/${RESTORING}`) !== undefined) {
    throw new RestoreError(
      `The restore into ${path} is not complete: start it again, or empty the folder`,
    );
  }
  return folder;
}

/** Makes the index's file, readable by its owner alone, where there is none. */
export async function makeIndexFile(folder: DataFolder): Promise<void> {
  // The database takes an empty file for a new one, and gives those beside it the same mode.
  (await Deno.open(folder.index, { create: true, append: true, mode: 0o600 })).close();
}

/** Makes the folder of the index's copy, readable by its owner alone, where there is none. */
export async function makeReplicaFolder(folder: DataFolder): Promise<void> {
  // The database would make its files readable by all.
  await Deno.mkdir(folder.replica.slice(0, folder.replica.lastIndexOf("/")), {
    recursive: true,
    mode: 0o700,
  });
}

function pathsOf(path: string): DataFolder {
  return {
    path,
    index: `${path}/index.db`,
    blobs: `${path}/blobs`,
    viewers: `${path}/${VIEWERS}`,
    cache: `${path}/cache`,
    replica: `${path}/replica/index.db`,
  };
}

/**
 * Takes a folder that is empty, not there, or half restored from the same backup, to restore into
 * it. Throws RestoreError for any other.
 */
export async function beginRestore(
  path: string,
  backup: string,
): Promise<{ readonly folder: DataFolder; readonly lock: Deno.FsFile }> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  const folder = pathsOf(path);
  await refuseForeign(path, backup);
  const lock = await lockDataFolder(folder);
  if (lock === undefined) throw new RestoreError(`Another process uses ${path}: wait for it`);
  try {
    // Again: whoever had it meanwhile must not find it marked as half restored.
    await refuseForeign(path, backup);
    await writeDurably(folder, RESTORING, new TextEncoder().encode(backup));
    return { folder, lock };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Throws RestoreError where a folder holds something that is not of this backup. */
async function refuseForeign(path: string, backup: string): Promise<void> {
  const begun = await readIfThere(`${path}/${RESTORING}`);
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name)
    .filter((name) => !LIKE_EMPTY.includes(name) && !name.startsWith(RESTORING));
  const isSame = begun !== undefined && new TextDecoder().decode(begun) === backup;
  if (names.length > 0 && !isSame) {
    const found = begun === undefined ? "is not empty" : "is half restored from another backup";
    throw new RestoreError(`The data folder ${path} ${found}: empty it, or choose another`);
  }
}

/** The folder is complete. */
export async function endRestore(folder: DataFolder): Promise<void> {
  await Deno.remove(`${folder.path}/${RESTORING}`);
  await syncDataFolder(folder);
}

/** Puts down the secret of the folder's API keys, as another folder had it. */
export function writeSecret(folder: DataFolder, secret: Uint8Array): Promise<void> {
  return writeDurably(folder, SECRET, secret);
}

/** A file of the folder appears under its name whole, or stays what it was. */
export async function writeDurably(
  folder: DataFolder,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const path = `${folder.path}/${name}`;
  const draft = `${path}.${randomUUID()}.tmp`;
  {
    using file = await Deno.open(draft, { createNew: true, write: true, mode: 0o600 });
    file.writeSync(bytes);
    await file.sync();
  }
  await Deno.rename(draft, path);
  await syncDataFolder(folder);
}

/**
 * Takes the folder for this process alone; the system lets go when the process ends, however it
 * ends. The file says which process it is. Resolves to undefined where another has the folder.
 */
export async function lockDataFolder(folder: DataFolder): Promise<Deno.FsFile | undefined> {
  const file = await locked(folder, LOCK, true);
  if (file === undefined) return undefined;
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

/**
 * Keeps the index's file what it is while commands work on it, which may be many at once beside a
 * server: `shared` with each other, or `alone` for who puts another in its place. Resolves to
 * undefined where others hold it otherwise.
 */
export function holdIndex(
  folder: DataFolder,
  how: "shared" | "alone",
): Promise<Deno.FsFile | undefined> {
  return locked(folder, "index.lock", how === "alone");
}

/**
 * Keeps two migrations of one folder from each other: what one takes for a copy that broke off is the
 * other's. Resolves to undefined where one is under way.
 */
export function holdMigration(folder: DataFolder): Promise<Deno.FsFile | undefined> {
  return locked(folder, "migration.lock", true);
}

async function locked(
  { path }: DataFolder,
  name: string,
  isAlone: boolean,
): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(`${path}/${name}`, { create: true, write: true, mode: 0o600 });
  if (await file.tryLock(isAlone)) return file;
  file.close();
  return undefined;
}

/**
 * The secret of the folder's API keys, made on first use. It appears under its name whole or not
 * at all, so that two processes that start together agree.
 */
export async function keySecret(
  folder: DataFolder,
  make: () => Uint8Array = newSecret,
): Promise<Uint8Array> {
  const path = `${folder.path}/${SECRET}`;
  const existing = await readIfThere(path);
  if (existing !== undefined) return existing;
  const draft = `${path}.${randomUUID()}.tmp`;
  using file = await Deno.open(draft, { createNew: true, write: true, mode: 0o600 });
  file.writeSync(make());
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

/** A file's bytes; undefined where there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
