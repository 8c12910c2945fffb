/**
 * Data sets have an even number of bytes (PS3.5 7.1.1, A.5), and peers abort where a fragment has
 * not (PS3.8 D.1): one that is stored with an odd number, as deflated ones often are, is padded.
 * @module
 */
import type { DataSetSource } from "../net/association.ts";

/** The same bytes, and a NUL behind them where their number is odd. */
export function evenLength(source: DataSetSource): DataSetSource {
  if (!(source instanceof Uint8Array)) return padded(source);
  return source.length % 2 === 0 ? source : padded([source]);
}

async function* padded(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    yield piece;
  }
  if (length % 2 === 1) yield new Uint8Array(1);
}
