/**
 * Keys as paths, and what the file system says in the words of the BlobStore.
 * @module
 */
import { BlobNotFoundError, OutOfSpaceError } from "./blob_store.ts";
import { checkKey, checkPrefix } from "./keys.ts";

/**
 * Path of a blob's file.
 * @throws {TypeError} where the key is none
 */
export function blobPath(root: string, key: string): string {
  checkKey(key);
  return `${root}/${key}`;
}

/**
 * Path of the folder of a prefix that ends in `/` or is empty.
 * @throws {TypeError} where the prefix is none
 */
export function folderPath(root: string, prefix: string): string {
  checkPrefix(prefix);
  return prefix === "" ? root : `${root}/${prefix.slice(0, -1)}`;
}

/** The error of reading a blob's file as the BlobStore's contract has it; others as they are. */
export function asReadError(error: unknown, key: string): unknown {
  return error instanceof Deno.errors.NotFound ? new BlobNotFoundError(key) : error;
}

/** The error of writing a file as the BlobStore's contract has it; others as they are. */
export function asWriteError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT" ? new OutOfSpaceError() : error;
}
