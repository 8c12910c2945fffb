/**
 * Where servers under test keep index and objects: in their data folder, or, where a storage host
 * runs (storage_host.ts), with a remote libSQL and an object store. A data folder then stands for a
 * database and a place of its own, so that a server that is started again on it finds what it had.
 * @module
 */
import { parseEnvironment } from "../../lib/config/environment.ts";
import type { StoragePlaces } from "../../lib/config/storage.ts";
import type { BlobStore } from "../../server/blobs/blob_store.ts";
import { openDataFolder } from "../../server/data_folder.ts";
import type { Index } from "../../server/index/index.ts";
import { openBlobs, openIndex } from "../../server/machine_storage.ts";
import { IS_LONG } from "./chance.ts";

/** URL of the storage host; where there is none, everything is embedded. */
const HOST = Deno.env.get("GANTRY_TEST_STORAGE");

/** How many servers a test's server is. */
export const SERVERS = Number(Deno.env.get("GANTRY_TEST_SERVERS") ?? 1);

/** Whether index and objects of servers under test are files. */
export const IS_EMBEDDED = HOST === undefined;

/** Variables that belong to a data folder; none where everything is in it. */
export async function storageOf(data: string): Promise<Readonly<Record<string, string>>> {
  if (HOST === undefined) return {};
  const response = await fetch(`${HOST}/places`, { method: "POST", body: data });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}

/** The objects that a server has, or had, under a data folder. */
export async function blobsUnder(data: string): Promise<BlobStore> {
  const { blobs } = await placesOf(data);
  return await openBlobs(blobs, await openDataFolder(data));
}

/** Opens the index that a server has, or had, under a data folder. */
export async function openIndexUnder(data: string): Promise<Index> {
  const { index } = await placesOf(data);
  return await openIndex(index, await openDataFolder(data));
}

/** Opens it for as long as `use` runs. */
export async function withIndexUnder<Result>(
  data: string,
  use: (index: Index) => Promise<Result>,
): Promise<Result> {
  const index = await openIndexUnder(data);
  try {
    return await use(index);
  } finally {
    await index.close();
  }
}

async function placesOf(data: string): Promise<StoragePlaces> {
  const variables = await storageOf(data);
  return parseEnvironment((name) => variables[name]).settings;
}

/** What a data folder stood for is not needed any more. */
export async function dropStorage(data: string): Promise<void> {
  if (HOST === undefined) return;
  await (await fetch(`${HOST}/places`, { method: "DELETE", body: data })).body?.cancel();
}

/**
 * Registers what holds of files in a data folder, where there are some: it is no test of servers that
 * keep things elsewhere.
 */
export function embeddedTest(name: string, run: () => Promise<void>): void {
  if (IS_EMBEDDED) Deno.test(name, run);
}

/** Whether tests of servers that keep things elsewhere leave to the long ones what shows no more. */
export const IS_BRIEF = !IS_EMBEDDED && !IS_LONG;

/** Registers what a brief run leaves out. */
export function thoroughTest(name: string, run: () => Promise<void>): void {
  if (!IS_BRIEF) Deno.test(name, run);
}

/** Registers what takes several servers. */
export function togetherTest(name: string, run: () => Promise<void>): void {
  if (SERVERS > 1) Deno.test(name, run);
}
