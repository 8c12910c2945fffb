/**
 * Keys as paths, and what the file system says in the words of the BlobStore.
 * @module
 */
import { BlobNotFoundError, OutOfSpaceError } from "./blob_store.ts";

const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;

/** Whether a name may be part of a key; others, as `lost+found`, are none of the store's. */
export function isPlainName(name: string): boolean {
  return SEGMENT.test(name);
}

/**
 * Path of a blob's file.
 * @throws {TypeError} where the key is not a path of plain names; it could lead out of the store
 */
export function blobPath(root: string, key: string): string {
  const segments = key.split("/");
  if (segments.length < 2 || !segments.every(isPlainName)) {
    throw new TypeError("A blob's key is a path of two or more plain names");
  }
  return `${root}/${key}`;
}

/**
 * Path of the folder of a prefix that ends in `/` or is empty.
 * @throws {TypeError} as {@linkcode blobPath}
 */
export function folderPath(root: string, prefix: string): string {
  if (prefix === "") return root;
  const segments = prefix.split("/");
  if (segments.pop() !== "" || !segments.every(isPlainName)) {
    throw new TypeError("A prefix is a path of plain names that ends in a slash");
  }
  return `${root}/${segments.join("/")}`;
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
