/**
 * The folder of a backup: blobs, an index, the secret of the API keys, and a manifest that is written
 * last and makes a backup of them. The manifest names the index by a name of its own, so that the
 * backup of yesterday is one until that of today is complete.
 * @module
 */
import { createHash } from "node:crypto";
import type { Totals } from "./index/index.ts";

/** Paths inside a backup's folder. */
export interface BackupFolder {
  readonly path: string;
  readonly blobs: string;
}

/** What a backup is. */
export interface Manifest {
  readonly version: typeof VERSION;
  /** ISO 8601: everything acknowledged before is in it. */
  readonly begun: string;
  readonly finished: string;
  readonly index: IndexFile;
  readonly archives: Readonly<Record<string, Totals>>;
  /** Objects that were not what was acknowledged when they were copied. */
  readonly faults: number;
}

/** The file of a backup's index. */
export interface IndexFile {
  readonly name: string;
  readonly size: number;
  /** Of its bytes, hex. */
  readonly sha256: string;
}

/** There is no backup that could be read; the message says what to do. */
export class NoBackupError extends Error {
  override readonly name = "NoBackupError";
}

const VERSION = 1;
const MANIFEST = "manifest.json";
const LOCK = "backup.lock";
const INDEX_NAME = /^index-[0-9A-Z]{26}\.db$/;

/** Bytes read at a time. */
const READ_BYTES = 1024 * 1024;

/** The paths of a backup's folder, whether it is there or not. */
export function backupFolder(path: string): BackupFolder {
  return { path, blobs: `${path}/blobs` };
}

/**
 * Makes the folder where it is missing and takes it for this process alone. Throws NoBackupError
 * where it holds something else, or another process has it.
 */
export async function takeBackupFolder({ path }: BackupFolder): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new NoBackupError(`The folder that ${path} is to be in is not there: make it first`);
    }
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const names = await namesIn(path);
  if (names.length > 0 && !names.includes(LOCK)) {
    throw new NoBackupError(`${path} holds something that is no backup: choose another folder`);
  }
  const lock = await Deno.open(`${path}/${LOCK}`, { create: true, write: true, mode: 0o600 });
  if (await lock.tryLock(true)) return lock;
  lock.close();
  throw new NoBackupError(`Another process is making a backup in ${path}: wait for it`);
}

/** Reads the manifest. Throws NoBackupError where there is none, or none that this program can read. */
export async function readManifest({ path }: BackupFolder): Promise<Manifest> {
  let text;
  try {
    text = await Deno.readTextFile(`${path}/${MANIFEST}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NoBackupError(
      `${path} has no ${MANIFEST}: it is no backup, or one that broke off; make it again`,
    );
  }
  const manifest = parse(text);
  if (manifest?.version !== VERSION || !INDEX_NAME.test(manifest.index?.name ?? "")) {
    throw new NoBackupError(
      `${path}/${MANIFEST} is not one that this version can read: use the one that made it, or another folder`,
    );
  }
  return manifest as Manifest;
}

function parse(text: string): Partial<Manifest> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes an empty file for a new index of the folder, readable by its owner alone; resolves to its path. */
export async function makeIndexFile({ path }: BackupFolder, ulid: string): Promise<string> {
  const file = `${path}/index-${ulid}.db`;
  (await Deno.open(file, { createNew: true, write: true, mode: 0o600 })).close();
  return file;
}

/** Makes the index's file durable; resolves to what the manifest says of it. */
export async function sealIndex(path: string): Promise<IndexFile> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
  const sha256 = await digestOf(file);
  const { size } = await file.stat();
  return { name: path.slice(path.lastIndexOf("/") + 1), size, sha256 };
}

/** Ends a backup: when it resolves, a power cut leaves this one. Removes indexes of others. */
export async function finishBackup(
  folder: BackupFolder,
  secret: Uint8Array,
  manifest: Omit<Manifest, "version">,
): Promise<void> {
  const { path } = folder;
  await writeDurably(folder, "keys.secret", secret);
  const text = JSON.stringify({ version: VERSION, ...manifest }, null, 2);
  await writeDurably(folder, MANIFEST, new TextEncoder().encode(`${text}\n`));
  for (const name of await namesIn(path)) {
    if (name.startsWith("index-") && name !== manifest.index.name) {
      await Deno.remove(`${path}/${name}`);
    }
  }
}

/**
 * Removes an index that will not be the backup's, and those that earlier runs left behind. Throws
 * NoBackupError where the manifest that says which is which cannot be read.
 */
export async function removeStrayIndexes(folder: BackupFolder): Promise<void> {
  const names = await namesIn(folder.path);
  const kept = names.includes(MANIFEST) ? (await readManifest(folder)).index.name : undefined;
  for (const name of names) {
    if (name.startsWith("index-") && name !== kept) await Deno.remove(`${folder.path}/${name}`);
  }
}

/** Copies the backup's index to a path. Throws NoBackupError where it is not what the manifest says. */
export async function copyIndex(
  { path }: BackupFolder,
  { name, sha256 }: IndexFile,
  to: string,
): Promise<void> {
  using source = await Deno.open(`${path}/${name}`);
  using target = await Deno.open(to, { createNew: true, write: true, mode: 0o600 });
  const found = await digestOf(source, async (chunk) => {
    for (let written = 0; written < chunk.length;) {
      written += await target.write(chunk.subarray(written));
    }
  });
  if (found !== sha256) {
    throw new NoBackupError(`${path}/${name} is damaged: it is not what the manifest says`);
  }
  await target.sync();
}

/** The secret of a backup's API keys. */
export function readSecret({ path }: BackupFolder): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(`${path}/keys.secret`);
}

/** The file appears under its name whole, or stays what it was. */
async function writeDurably(
  { path }: BackupFolder,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const draft = `${path}/${name}.part`;
  {
    using file = await Deno.open(draft, { create: true, truncate: true, write: true, mode: 0o600 });
    file.writeSync(bytes);
    await file.sync();
  }
  await Deno.rename(draft, `${path}/${name}`);
  using folder = await Deno.open(path);
  await folder.sync();
}

async function digestOf(
  file: Deno.FsFile,
  onChunk: (chunk: Uint8Array) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const digest = createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    const chunk = buffer.subarray(0, read);
    digest.update(chunk);
    await onChunk(chunk);
  }
  return digest.digest("hex");
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
}
