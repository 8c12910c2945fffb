/**
 * The blob store from outside: how long each operation takes, and what is read and written.
 * @module
 */
import type { BlobStore, BlobWriter } from "../blobs/blob_store.ts";
import { passing } from "../http/traffic.ts";
import { counter, type Family, histogram, STORAGE_SECONDS } from "./instruments.ts";
import { timed } from "./timed.ts";

/** The store, metered. */
export function meterBlobs(blobs: BlobStore): { blobs: BlobStore; families: readonly Family[] } {
  const duration = histogram({
    name: "gantry_blob_operation_duration_seconds",
    help: "From a call of the blob store to its answer; commit is until the bytes are durable.",
    labels: ["operation"],
  }, STORAGE_SECONDS);
  const errors = counter({
    name: "gantry_blob_errors_total",
    help: "Calls of the blob store that failed.",
    labels: ["operation"],
  });
  const bytesRead = counter({
    name: "gantry_blob_read_bytes_total",
    help: "Bytes asked of the blob store.",
  });
  const bytesWritten = counter({
    name: "gantry_blob_written_bytes_total",
    help: "Bytes given to the blob store.",
  });
  const [read, written] = [bytesRead.of(), bytesWritten.of()];
  const observer = {
    begun() {},
    ended(operation: string, seconds: number, failed: boolean) {
      duration.of(operation).observe(seconds);
      if (failed) errors.of(operation).add(1);
    },
  };
  const store = timed(blobs, observer);

  function counting(writer: BlobWriter): BlobWriter {
    const { commit } = timed({ commit: () => writer.commit() }, observer);
    return {
      write(chunk) {
        written.add(chunk.length);
        return writer.write(chunk);
      },
      commit,
      abort: () => writer.abort(),
    };
  }

  return {
    blobs: {
      ...store,
      list: blobs.list,
      folders: blobs.folders,
      create: async (key, sizeHint) => counting(await blobs.create(key, sizeHint)),
      async open(key, range) {
        const stream = await store.open(key, range);
        if (range === undefined) return passing(stream, read.add);
        read.add(range.length);
        return stream;
      },
      read(key, range) {
        read.add(range.length);
        return store.read(key, range);
      },
      readInto(key, offset, target) {
        read.add(target.length);
        return store.readInto(key, offset, target);
      },
      async readUpTo(key, offset, length) {
        const bytes = await store.readUpTo(key, offset, length);
        read.add(bytes.length);
        return bytes;
      },
    },
    families: [duration, errors, bytesRead, bytesWritten],
  };
}
