/**
 * Bytes that lie in blobs, to be read when they are sent: whole, in part, from several places in a
 * row. Nothing is opened before it is read, and an abandoned reading closes what it opened.
 * @module
 */
import type { Place } from "../../lib/dicom/dataset.ts";
import { alignBits } from "../../lib/dicom/frames.ts";
import { swapWords, type WordBytes } from "../../lib/dicom/value_layout.ts";
import type { BlobStore, ByteRange } from "../blobs/blob_store.ts";

/** A run of bytes. */
export type Chunk = Uint8Array<ArrayBuffer>;

/** Bytes of known number. */
export interface ByteSource {
  readonly length: number;
  /** The bytes of a range that lies within; the whole without one. Rejects as BlobStore does. */
  read(range?: ByteRange): AsyncGenerator<Chunk>;
  /** Reads all of it into `target`, which is as long, at once; only where that saves a copy. */
  readonly fill?: (target: Chunk) => Promise<void>;
}

/** Up to here, one read into memory beats a stream of reads: opening costs as much as 100 KB. */
export const WHOLE_READ_BYTES = 1024 * 1024;

/** Bytes at hand. */
export function bytesSource(bytes: Chunk): ByteSource {
  return {
    length: bytes.length,
    async *read({ offset, length } = { offset: 0, length: bytes.length }) {
      yield await Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

/** The bytes at these places of a blob, one after another. */
export function placesSource(
  blobs: Pick<BlobStore, "open" | "read" | "readInto">,
  key: string,
  places: readonly Place[],
): ByteSource {
  const [only] = places;
  const length = places.reduce((sum, place) => sum + place.length, 0);
  const isOneRead = only !== undefined && places.length === 1 && length <= WHOLE_READ_BYTES;
  return {
    length,
    ...(isOneRead ? { fill: (target) => blobs.readInto(key, only.offset, target) } : {}),
    async *read(range) {
      for (const run of neighbours(range === undefined ? places : within(places, range))) {
        const { offset } = run[0]!;
        const last = run.at(-1)!;
        const length = last.offset + last.length - offset;
        if (length > WHOLE_READ_BYTES) {
          yield* await blobs.open(key, { offset, length });
          continue;
        }
        const bytes = await blobs.read(key, { offset, length });
        if (run.length === 1) yield bytes;
        else {for (const p of run) {
            yield bytes.subarray(p.offset - offset, p.offset - offset + p.length);
          }}
      }
    },
  };
}

/** Cuts places to a range of their concatenation. */
function within(places: readonly Place[], range: ByteRange): Place[] {
  const cut: Place[] = [];
  let before = range.offset;
  let left = range.length;
  for (const place of places) {
    const length = Math.min(place.length - before, left);
    if (length > 0) {
      cut.push({ offset: place.offset + before, length });
      left -= length;
    }
    before = Math.max(0, before - place.length);
  }
  return cut;
}

/** Bytes between two places that it is cheaper to read along than to begin anew: item headers. */
const GAP_BYTES = 64;

/** Places that one read covers; one that is too large for a read stays alone. */
function* neighbours(places: readonly Place[]): Generator<readonly Place[]> {
  let run: Place[] = [];
  for (const place of places) {
    if (place.length === 0) continue;
    const first = run[0];
    const last = run.at(-1);
    if (first !== undefined && last !== undefined) {
      const gap = place.offset - (last.offset + last.length);
      const span = place.offset + place.length - first.offset;
      if (gap < 0 || gap > GAP_BYTES || span > WHOLE_READ_BYTES) {
        yield run;
        run = [];
      }
    }
    run.push(place);
  }
  if (run.length > 0) yield run;
}

/** `bits` bits of a source from bit `firstBit` (0 to 7) on, moved to start on a byte. */
export function alignedSource(source: ByteSource, firstBit: number, bits: number): ByteSource {
  if (firstBit === 0 && bits % 8 === 0) return source;
  const length = Math.ceil(bits / 8);
  return {
    length,
    async *read(range = { offset: 0, length }) {
      const end = range.offset + range.length;
      for (let at = range.offset; at < end; at += WHOLE_READ_BYTES) {
        const step = Math.min(WHOLE_READ_BYTES * 8, bits - at * 8);
        const part = { offset: at, length: Math.ceil((firstBit + step) / 8) };
        const bytes = alignBits(await collect(partOf(source, part)), firstBit, step);
        yield bytes.subarray(0, end - at);
      }
    },
  };
}

/** All bytes of a source in one array. */
export async function collect(source: ByteSource): Promise<Chunk> {
  const bytes = new Uint8Array(source.length);
  if (source.fill !== undefined) {
    await source.fill(bytes);
    return bytes;
  }
  let at = 0;
  for await (const chunk of source.read()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Part of a source. */
export function partOf(source: ByteSource, part: ByteRange): ByteSource {
  if (part.offset === 0 && part.length === source.length) return source;
  return {
    length: part.length,
    read: ({ offset, length } = { offset: 0, length: part.length }) =>
      source.read({ offset: part.offset + offset, length }),
  };
}

/** A value of big endian words as little endian; a last incomplete word stays as it is. */
export function swappedSource(source: ByteSource, width: WordBytes): ByteSource {
  if (width === 1) return source;
  return {
    length: source.length,
    async *read({ offset, length } = { offset: 0, length: source.length }) {
      // Words are swapped whole, whatever part of the value is asked for.
      const from = offset - offset % width;
      const to = Math.min(source.length, Math.ceil((offset + length) / width) * width);
      let skip = offset - from;
      let left = length;
      for await (
        const words of wholeWords(source.read({ offset: from, length: to - from }), width)
      ) {
        const bytes = (swapWords(words, width) as Chunk).subarray(skip, skip + left);
        skip = 0;
        left -= bytes.length;
        yield bytes;
      }
    },
  };
}

/** The same bytes in runs of whole words; a last incomplete word ends the last run. */
async function* wholeWords(
  chunks: AsyncGenerator<Chunk>,
  width: number,
): AsyncGenerator<Chunk> {
  let rest: Chunk = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
    const whole = bytes.length - bytes.length % width;
    rest = bytes.subarray(whole);
    if (whole > 0) yield bytes.subarray(0, whole);
  }
  if (rest.length > 0) yield rest;
}

/** One run of both. */
export function joined(first: Uint8Array, second: Uint8Array): Chunk {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
