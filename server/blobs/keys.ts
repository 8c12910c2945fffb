/**
 * What keys and prefixes look like, wherever the blobs lie.
 * @module
 */

const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;

/** Whether a name may be part of a key; others, as `lost+found`, are none of the store's. */
export function isPlainName(name: string): boolean {
  return SEGMENT.test(name);
}

/** Whether a text is a key: a path of two or more plain names. */
export function isKey(text: string): boolean {
  const segments = text.split("/");
  return segments.length >= 2 && segments.every(isPlainName);
}

/**
 * Refuses what is no key; it could lead out of the store.
 * @throws {TypeError}
 */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new TypeError("A blob's key is a path of two or more plain names");
}

/**
 * Refuses what is no prefix: empty, or plain names that each end in a slash.
 * @throws {TypeError}
 */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split("/");
  if (segments.pop() !== "" || !segments.every(isPlainName)) {
    throw new TypeError("A prefix is a path of plain names that ends in a slash");
  }
}
