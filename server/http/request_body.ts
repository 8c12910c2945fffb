/**
 * The body of a request as chunks, pulled by who reads it.
 * @module
 */

/**
 * Bytes of one read where the length of the body is not known, which is how chunked requests come.
 * Deno 2.9 reads as much again from the socket at every boundary of HTTP's chunks, even while it
 * holds more than was asked for: with its default of 64 KiB and a sender that is faster than the
 * reader and uses smaller chunks, it holds the whole body, and moves it with every read.
 */
const READ_BYTES = 4096;
/** Bytes gathered from reads that follow each other at once. */
const CHUNK_BYTES = 64 * 1024;

/** Bytes of one read where the length is known: fewer chunks, each of which everything below handles once. */
const SIZED_READ_BYTES = 256 * 1024;

/**
 * The body's chunks; undefined where the request has no body. A chunk is good until the next is
 * asked for: its memory is used again. Ending early cancels the body.
 */
export function requestBody(request: Request): AsyncIterable<Uint8Array> | undefined {
  const { body } = request;
  if (body === null) return undefined;
  const length = request.headers.get("content-length");
  if (length === null) return smallReads(body);
  return sizedReads(body, Math.max(1, Math.min(Number(length) || 0, SIZED_READ_BYTES)));
}

async function* sizedReads(
  body: ReadableStream<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array, void> {
  const reader = byteReader(body);
  if (reader === undefined) return yield* body;
  let read = new Uint8Array(bytes);
  try {
    for (;;) {
      const { done, value } = await reader.read(read);
      if (done) break;
      yield value;
      read = new Uint8Array(value.buffer);
    }
  } finally {
    // A body that failed rejects once more with what was thrown above.
    await reader.cancel().catch(() => {});
  }
}

async function* smallReads(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = byteReader(body);
  if (reader === undefined) return yield* body;
  let read = new Uint8Array(READ_BYTES);
  let gathered = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read(read);
      if (done) break;
      gathered.set(value, filled);
      filled += value.length;
      if (filled + READ_BYTES > CHUNK_BYTES) {
        yield gathered.subarray(0, filled);
        gathered = new Uint8Array(CHUNK_BYTES);
        filled = 0;
      } else if (value.length < READ_BYTES) {
        // More may be long in coming.
        yield gathered.slice(0, filled);
        filled = 0;
      }
      read = new Uint8Array(value.buffer, 0, READ_BYTES);
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
