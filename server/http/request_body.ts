/**
 * The body of a request as chunks, pulled by who reads it.
 * @module
 */
import { type Traffic, trafficOf } from "./traffic.ts";

/**
 * Bytes of one read of a chunked body, and of a short one. With every read Deno 2.9 takes as much
 * from the socket as the largest read on the connection ever asked for, even while it holds enough:
 * where that is more than one of HTTP's chunks has and the sender is faster than the reader, it
 * holds the whole body, and moves it with every read.
 */
const READ_BYTES = 4096;
/** Bytes gathered from reads that follow each other at once. */
const CHUNK_BYTES = 64 * 1024;

/** Bytes up to which a body of known length is short. */
const SHORT_BYTES = 64 * 1024;
/** Bytes of one read of a longer one: fewer chunks, each of which everything below handles once. */
const LARGE_READ_BYTES = 256 * 1024;

/** Whether reading the body with large reads leaves a connection that is not fit for a chunked one. */
export function wearsConnectionOut(request: Request): boolean {
  return Number(request.headers.get("content-length")) > SHORT_BYTES;
}

/**
 * The body's chunks; undefined where the request has no body. A chunk is good until the next is
 * asked for: its memory is used again. Ending early cancels the body.
 */
export function requestBody(request: Request): AsyncIterable<Uint8Array> | undefined {
  const { body } = request;
  if (body === null) return undefined;
  const traffic = trafficOf(request);
  if (wearsConnectionOut(request)) return largeReads(body, traffic);
  const length = Number(request.headers.get("content-length") ?? CHUNK_BYTES);
  return smallReads(body, traffic, Math.max(1, Math.min(length || 0, CHUNK_BYTES)));
}

async function* largeReads(
  body: ReadableStream<Uint8Array>,
  traffic: Traffic,
): AsyncGenerator<Uint8Array, void> {
  const reader = byteReader(body);
  if (reader === undefined) return yield* body;
  let read = new Uint8Array(LARGE_READ_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.read(read);
      if (done) break;
      traffic.received += value.length;
      yield value;
      read = new Uint8Array(value.buffer);
    }
  } finally {
    // A body that failed rejects once more with what was thrown above.
    await reader.cancel().catch(() => {});
  }
}

async function* smallReads(
  body: ReadableStream<Uint8Array>,
  traffic: Traffic,
  chunkBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const reader = byteReader(body);
  if (reader === undefined) return yield* body;
  const readBytes = Math.min(READ_BYTES, chunkBytes);
  let read = new Uint8Array(readBytes);
  const gathered = new Uint8Array(chunkBytes);
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read(read);
      if (done) break;
      traffic.received += value.length;
      gathered.set(value, filled);
      filled += value.length;
      // Where less came than was asked for, more may be long in coming.
      if (value.length < readBytes || filled + readBytes > chunkBytes) {
        yield gathered.subarray(0, filled);
        filled = 0;
      }
      read = new Uint8Array(value.buffer);
    }
    if (filled > 0) yield gathered.subarray(0, filled);
  } catch (error) {
    // What came before the failure may hold the end of a part.
    if (filled > 0) yield gathered.subarray(0, filled);
    throw error;
  } finally {
    // A body that failed rejects once more with what was thrown above.
    await reader.cancel().catch(() => {});
  }
}

/** Undefined for a stream that is not one of bytes: no request that came over the network has such a body. */
function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
