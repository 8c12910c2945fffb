/**
 * Blobs as objects of a bucket, in any store that speaks S3: a key is the object's name below the
 * place's prefix.
 * @module
 */
import type { S3Place } from "../../lib/config/s3_place.ts";
import { BlobNotFoundError, type BlobStore, type ByteRange } from "./blob_store.ts";
import { checkKey, checkPrefix } from "./keys.ts";
import { ObjectStoreError } from "./s3_errors.ts";
import { listFolders, listKeys, listUploads } from "./s3_list.ts";
import { openReader } from "./s3_reader.ts";
import { createS3Client, type S3Options } from "./s3_request.ts";
import { createS3Uploads } from "./s3_upload.ts";
import { S3BlobWriter } from "./s3_writer.ts";

/** Opens a place in an object store; asks nothing of it yet. */
export function openS3Blobs(place: S3Place, options: S3Options = {}): BlobStore {
  const client = createS3Client(place, options);
  const uploads = createS3Uploads(client, size);
  /** Whether the bucket has answered as one that is there. */
  let isBucketThere = false;

  async function size(key: string): Promise<number | undefined> {
    checkKey(key);
    try {
      const { headers } = await client.ask({ method: "HEAD", key });
      isBucketThere = true;
      return Number(headers.get("content-length"));
    } catch (error) {
      const isMissing = error instanceof BlobNotFoundError;
      if (isMissing && isBucketThere) return undefined;
      if (!isMissing && !(error instanceof ObjectStoreError)) throw error;
      // An answer to HEAD has no body that says what is missing or denied.
      await client.ask({ method: "GET", query: { "list-type": "2", "max-keys": "1" } });
      if (!isMissing) throw error;
      isBucketThere = true;
      return undefined;
    }
  }

  /** Refuses a blob that is not there, or that an empty range lies beyond. */
  async function checkEmpty(key: string, offset: number): Promise<void> {
    const length = await size(key);
    if (length === undefined) throw new BlobNotFoundError(key);
    if (offset > length) throw new RangeError(`Blob ${key} ends ${offset - length} bytes early`);
  }

  async function readInto(
    key: string,
    offset: number,
    target: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    checkKey(key);
    if (target.length === 0) return await checkEmpty(key, offset);
    const reader = await openReader(client, key, { offset, length: target.length });
    let filled = 0;
    for (let bytes = await reader.next(); bytes !== undefined; bytes = await reader.next()) {
      target.set(bytes, filled);
      filled += bytes.length;
    }
  }

  async function open(
    key: string,
    range: ByteRange | undefined,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    checkKey(key);
    if (range?.length === 0) {
      await checkEmpty(key, range.offset);
      return ReadableStream.from([]);
    }
    const reader = await openReader(client, key, range);
    return new ReadableStream({
      async pull(controller) {
        const bytes = await reader.next();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => reader.cancel(),
    }, { highWaterMark: 0 });
  }

  return {
    create: (key) =>
      Promise.try(() => {
        checkKey(key);
        return new S3BlobWriter(key, uploads, client.limits.part);
      }),
    open,
    async read(key, { offset, length }) {
      const bytes = new Uint8Array(length);
      await readInto(key, offset, bytes);
      return bytes;
    },
    readInto,
    size,

    async delete(key) {
      checkKey(key);
      try {
        await client.ask({ method: "DELETE", key });
      } catch (error) {
        if (!(error instanceof BlobNotFoundError)) throw error;
      }
    },

    async *list(prefix) {
      checkPrefix(prefix);
      yield* listKeys(client, prefix);
    },

    async *folders(prefix) {
      checkPrefix(prefix);
      yield* listFolders(client, prefix);
    },

    async abandoned(olderThan) {
      let ended = 0;
      for await (const { key, id, begun } of listUploads(client)) {
        if (!(begun < olderThan)) continue;
        await uploads.abort(key, id);
        ended++;
      }
      return ended;
    },
  };
}
