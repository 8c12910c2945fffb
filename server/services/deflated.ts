/**
 * Deflating a data set (PS3.5 A.5) while it is sent.
 * @module
 */
import type { Chunk } from "./byte_source.ts";

/** The bytes as a raw deflate stream, padded to an even length. Ending it early ends `bytes`. */
export async function* deflated(bytes: AsyncGenerator<Chunk>): AsyncGenerator<Chunk> {
  let length = 0;
  const stream = ReadableStream.from(bytes).pipeThrough(new CompressionStream("deflate-raw"));
  for await (const chunk of stream) {
    length += chunk.length;
    yield chunk;
  }
  if (length % 2 === 1) yield new Uint8Array(1);
}
