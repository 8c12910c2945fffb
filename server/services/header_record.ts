/**
 * What the scan recorded of an instance, in the index where it is small and in a blob beside the
 * instance's where it is not: a slide's places or a long report may be larger than a value that
 * the index should carry. The index then holds a marker with the key of that blob.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import type { HeaderRecord } from "../index/index.ts";

/** Largest value kept in the index, in bytes: a remote libSQL takes 5 MB, a row is read with its neighbours. */
export const INDEX_VALUE_MAX = 1_000_000;

/**
 * Zeros that no packed value begins with: pieces begin with their count (4 bytes, at least 1),
 * places with four numbers and the NumberOfFrames, which is at least 1.
 */
const MARKER_BYTES = 5;

/**
 * The record as the index is to hold it. What is too large is durable in blobs of its own when
 * this resolves, under the instance's key and a name of their own: `{blobKey}.{name}`.
 */
export async function saveHeader(
  blobs: BlobStore,
  blobKey: string,
  newName: () => string,
  header: HeaderRecord,
): Promise<HeaderRecord> {
  async function save(value: Uint8Array): Promise<Uint8Array> {
    if (value.length <= INDEX_VALUE_MAX) return value;
    const key = `${blobKey}.${newName()}`;
    const writer = await blobs.create(key, value.length);
    try {
      await writer.write(value);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.commit();
    return new TextEncoder().encode("\0".repeat(MARKER_BYTES) + key);
  }
  const [pieces, places] = await Promise.all([save(header.pieces), save(header.places)]);
  return { ...header, pieces, places };
}

/** Keys of the blobs that hold what of a record is too large for the index. */
export function headerFiles({ pieces, places }: HeaderRecord): string[] {
  return [pieces, places].map(fileOf).filter((key) => key !== undefined);
}

/** The packed pieces or places that the index holds, or that the blob holds which it names. */
export async function loadHeaderValue(blobs: BlobStore, value: Uint8Array): Promise<Uint8Array> {
  const key = fileOf(value);
  if (key === undefined) return value;
  return new Uint8Array(await new Response(await blobs.open(key)).arrayBuffer());
}

/** The key that stands in a value's place, where one does. */
function fileOf(value: Uint8Array): string | undefined {
  for (let i = 0; i < MARKER_BYTES; i++) if (value[i] !== 0) return undefined;
  return new TextDecoder().decode(value.subarray(MARKER_BYTES));
}
