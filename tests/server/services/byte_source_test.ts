import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { alignBits } from "../../../lib/dicom/frames.ts";
import { swapWords } from "../../../lib/dicom/value_layout.ts";
import type { ByteRange } from "../../../server/blobs/blob_store.ts";
import {
  alignedSource,
  type ByteSource,
  type Chunk,
  collect,
  partOf,
  placesSource,
  swappedSource,
  WHOLE_READ_BYTES,
} from "../../../server/services/byte_source.ts";

const BLOB = new Uint8Array(3 * WHOLE_READ_BYTES);
for (let i = 0; i < BLOB.length; i++) BLOB[i] = (i * 2654435761) >>> 13;

/** One blob; a stream of it comes in odd chunks. */
const BLOBS = {
  read: (_key: string, { offset, length }: ByteRange) =>
    Promise.resolve(BLOB.slice(offset, offset + length)),
  readInto: (_key: string, offset: number, target: Chunk) => {
    target.set(BLOB.subarray(offset, offset + target.length));
    return Promise.resolve();
  },
  open: (_key: string, range?: ByteRange) => {
    const { offset, length } = range ?? { offset: 0, length: BLOB.length };
    return Promise.resolve(ReadableStream.from(oddChunks(BLOB.slice(offset, offset + length))));
  },
};

function* oddChunks(bytes: Chunk): Generator<Chunk> {
  for (let at = 0; at < bytes.length; at += 99_991) yield bytes.subarray(at, at + 99_991);
}

async function read(source: ByteSource, range?: ByteRange): Promise<Uint8Array> {
  return await new Blob(await Array.fromAsync(source.read(range))).bytes();
}

/** A source and a range that lies in it. */
async function assertReads(
  source: ByteSource,
  expected: Uint8Array,
  from: number,
  to: number,
): Promise<void> {
  assertEquals(source.length, expected.length);
  assertEquals(await read(source), new Uint8Array(expected));
  if (source.fill !== undefined) {
    const target = new Uint8Array(expected.length);
    await source.fill(target);
    assertEquals(target, new Uint8Array(expected));
  }
  const offset = Math.min(from, to) % (expected.length + 1);
  const length = Math.min(Math.max(from, to), expected.length) - offset;
  if (length > 0) {
    assertEquals(await read(source, { offset, length }), expected.slice(offset, offset + length));
  }
}

const bound = fc.nat(2000);
const smallPlace = fc.record({ offset: fc.nat(5000), length: fc.nat(300) });

Deno.test("placesSource: joins places in any order, whole and in ranges", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(smallPlace, { maxLength: 8 }), bound, bound, async (places, a, b) => {
      const bytes = places.flatMap((
        { offset, length },
      ) => [...BLOB.slice(offset, offset + length)]);
      await assertReads(placesSource(BLOBS, "key", places), Uint8Array.from(bytes), a, b);
    }),
    { seed: 6 },
  );
});

Deno.test("placesSource: streams places that are too large for one read", async () => {
  const length = WHOLE_READ_BYTES + 12_345;
  const places = [{ offset: 7, length: 5 }, { offset: 20, length }, { offset: 9, length: 1 }];
  const expected = Uint8Array.from([
    ...BLOB.slice(7, 12),
    ...BLOB.slice(20, 20 + length),
    BLOB[9]!,
  ]);
  await assertReads(placesSource(BLOBS, "key", places), expected, 3, length + 6);
});

Deno.test("swappedSource: equals swapping the whole, for every width and range", async () => {
  await fc.assert(
    fc.asyncProperty(
      smallPlace,
      fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
      bound,
      bound,
      async (place, width, a, b) => {
        const whole = BLOB.slice(place.offset, place.offset + place.length);
        const source = swappedSource(placesSource(BLOBS, "key", [place]), width);
        await assertReads(source, swapWords(whole, width), a, b);
      },
    ),
    { seed: 7 },
  );
});

Deno.test("swappedSource: swaps words that lie across the chunks of a stream", async () => {
  const place = { offset: 1, length: 2 * WHOLE_READ_BYTES };
  const source = swappedSource(placesSource(BLOBS, "key", [place]), 8);
  const expected = swapWords(BLOB.slice(1, 1 + place.length), 8);
  await assertReads(source, expected, 99_990, WHOLE_READ_BYTES + 3);
});

Deno.test("alignedSource: equals aligning the whole, for every start and range", async () => {
  await fc.assert(
    fc.asyncProperty(
      smallPlace,
      fc.nat(7),
      fc.nat(2400),
      bound,
      bound,
      async (place, first, wish, a, b) => {
        const bits = Math.max(0, Math.min(wish, place.length * 8 - first));
        const length = Math.ceil((first + bits) / 8);
        const whole = BLOB.slice(place.offset, place.offset + length);
        const source = placesSource(BLOBS, "key", [{ offset: place.offset, length }]);
        const expected = alignBits(whole, first, bits).slice(0, Math.ceil(bits / 8));
        await assertReads(alignedSource(source, first, bits), expected, a, b);
      },
    ),
    { seed: 8 },
  );
});

Deno.test("alignedSource: aligns more than one step", async () => {
  const length = 2 * WHOLE_READ_BYTES + 5;
  const source = placesSource(BLOBS, "key", [{ offset: 3, length }]);
  const bits = (length - 1) * 8 + 2;
  const expected = alignBits(BLOB.slice(3, 3 + length), 5, bits);
  await assertReads(alignedSource(source, 5, bits), expected, WHOLE_READ_BYTES - 1, length);
});

Deno.test("partOf: reads a part, and a part of a part", async () => {
  const source = placesSource(BLOBS, "key", [{ offset: 0, length: 1000 }]);
  const part = partOf(partOf(source, { offset: 100, length: 500 }), { offset: 10, length: 50 });
  assertEquals(await collect(part), BLOB.slice(110, 160));
});
