/**
 * One blob from store to store.
 * @module
 */
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";

/** From where to where. */
export interface CopyPlaces {
  readonly source: BlobStore;
  /** Has nothing under the key. */
  readonly target: BlobStore;
}

/** Copies a blob, showing its bytes on their way; false where the source has not got it. */
export async function copyBlob(
  { source, target }: CopyPlaces,
  key: string,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<boolean> {
  let stream;
  try {
    stream = await source.open(key);
  } catch (error) {
    if (error instanceof BlobNotFoundError) return false;
    throw error;
  }
  const writer = await target.create(key);
  try {
    for await (const chunk of stream) {
      onChunk(chunk);
      await writer.write(chunk);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.commit();
  return true;
}
