/**
 * Bytes in and out of a store of blobs.
 * @module
 */
import type { BlobStore, ByteRange } from "../../server/blobs/blob_store.ts";

/** Bytes of which each range is another. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

/** Writes a blob in chunks of so many bytes. */
export async function put(
  store: BlobStore,
  key: string,
  bytes: Uint8Array,
  chunk: number,
): Promise<void> {
  const writer = await store.create(key);
  try {
    for (let at = 0; at < bytes.length; at += chunk) {
      await writer.write(bytes.subarray(at, at + chunk));
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.commit();
}

/** A blob, or a range of it, as its stream gives it. */
export async function readAll(
  store: BlobStore,
  key: string,
  range?: ByteRange,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await store.open(key, range)).arrayBuffer());
}
