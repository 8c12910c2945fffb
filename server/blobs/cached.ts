/**
 * A store whose blobs are far away, with a cache of their blocks on this machine's disk. Blobs never
 * change, so that what is in it is right for as long as it is there.
 * @module
 */
import type { BlobStore } from "./blob_store.ts";
import { type BlockCache, openBlockCache } from "./block_cache.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the cache is, and how large it gets. */
export interface CacheOptions {
  readonly folder: string;
  readonly maxBytes: number;
}

/** Bytes of a block. */
export const BLOCK_BYTES = 1024 * 1024;

/** Bytes up to which a range is fetched as the blocks that it touches; longer ones are streamed. */
const SPAN_BYTES = 2 * BLOCK_BYTES;

/** Part of the cache that one stream may fill. */
const STREAM_SHARE = 16;

/** Streams whose bytes are gathered into blocks at once; each holds one. */
const MAX_GATHERING = 16;

/** A fetch whose blocks are to be kept unless their blob is removed meanwhile. */
interface Fetch {
  readonly key: string;
  isStale: boolean;
}

/**
 * Opens the cache before a store.
 * @throws where the folder cannot be made or read
 */
export async function openCachedBlobs(
  store: BlobStore,
  { folder, maxBytes }: CacheOptions,
): Promise<BlobStore> {
  const cache: BlockCache = await openBlockCache(folder, maxBytes);
  /** Blocks that are being fetched, by key and number. */
  const coming = new Map<string, Promise<Bytes>>();
  const fetches = new Set<Fetch>();
  let gathering = 0;

  async function keepWhile<T>(key: string, run: (fetch: Fetch) => Promise<T>): Promise<T> {
    const fetch = { key, isStale: false };
    fetches.add(fetch);
    try {
      return await run(fetch);
    } finally {
      fetches.delete(fetch);
    }
  }

  async function drop(key: string): Promise<void> {
    for (const fetch of fetches) {
      if (fetch.key === key) fetch.isStale = true;
    }
    await cache.drop(key);
  }

  async function keep(fetch: Fetch, block: number, bytes: Uint8Array): Promise<void> {
    if (!fetch.isStale) await cache.set(fetch.key, block, bytes);
    if (fetch.isStale) await cache.drop(fetch.key);
  }

  /** Fetches blocks `first` to `last` by one request, and shares each with whoever asks for it. */
  function fetchBlocks(key: string, first: number, last: number): Promise<Bytes>[] {
    const offset = first * BLOCK_BYTES;
    const span = store.readUpTo(key, offset, (last + 1) * BLOCK_BYTES - offset);
    return Array.from({ length: last - first + 1 }, (_, n) => {
      const id = `${key} ${first + n}`;
      const block = keepWhile(key, async (fetch) => {
        const bytes = (await span).slice(n * BLOCK_BYTES, (n + 1) * BLOCK_BYTES);
        await keep(fetch, first + n, bytes);
        return bytes;
      }).finally(() => coming.delete(id));
      // Nobody may wait for one of them when the first fails.
      block.catch(() => {});
      coming.set(id, block);
      return block;
    });
  }

  /** Blocks `first` to `last`, of which those that are missing are fetched at once. */
  async function blocksOf(key: string, first: number, last: number): Promise<Bytes[]> {
    const numbers = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    const blocks = await Promise.all(numbers.map((n) => cache.get(key, n)));
    const missing = numbers.filter((n) =>
      blocks[n - first] === undefined && !coming.has(`${key} ${n}`)
    );
    const [low] = missing;
    const high = missing.at(-1);
    const fetched = low === undefined || high === undefined ? [] : fetchBlocks(key, low, high);
    return await Promise.all(
      numbers.map((n) =>
        blocks[n - first] ?? fetched[n - (low ?? 0)] ?? coming.get(`${key} ${n}`)!
      ),
    );
  }

  /** The parts of a range out of its blocks, one block in memory after the other. */
  async function* fromBlocks(key: string, offset: number, length: number): AsyncGenerator<Bytes> {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const block = Math.floor(at / BLOCK_BYTES);
      const [bytes] = await blocksOf(key, block, block);
      const part = bytes!.subarray(at - block * BLOCK_BYTES, end - block * BLOCK_BYTES);
      if (part.length === 0) throw endsEarly(key, end - at);
      at += part.length;
      yield part;
    }
  }

  /** A range by one request of its own, whose whole blocks are kept as they come. */
  async function* fromStore(
    key: string,
    offset: number,
    length: number | undefined,
  ): AsyncGenerator<Bytes> {
    const first = Math.floor(offset / BLOCK_BYTES);
    const skip = offset - first * BLOCK_BYTES;
    const range = length === undefined
      ? undefined
      : { offset: first * BLOCK_BYTES, length: length + skip };
    const isGathered = gathering < MAX_GATHERING && (length ?? 0) <= maxBytes / STREAM_SHARE;
    const gatherer = isGathered ? gather(key, first) : undefined;
    let passed = 0;
    try {
      for await (const bytes of await store.open(key, range)) {
        await gatherer?.take(bytes);
        const part = bytes.subarray(Math.max(0, skip - passed));
        passed += bytes.length;
        if (part.length > 0) yield part;
      }
      if (length === undefined) await gatherer?.end();
    } finally {
      gatherer?.stop();
    }
  }

  /** Keeps the bytes of a stream, which begins with block `first`, as blocks. */
  function gather(key: string, first: number) {
    gathering++;
    const buffer = new Uint8Array(BLOCK_BYTES);
    const fetch = { key, isStale: false };
    fetches.add(fetch);
    let filled = 0;
    let block = first;
    const isFull = () => (block - first) * BLOCK_BYTES > maxBytes / STREAM_SHARE;
    return {
      async take(bytes: Uint8Array) {
        for (let taken = 0; taken < bytes.length && !isFull();) {
          const part = bytes.subarray(taken, taken + BLOCK_BYTES - filled);
          buffer.set(part, filled);
          filled += part.length;
          taken += part.length;
          if (filled < BLOCK_BYTES) continue;
          filled = 0;
          await keep(fetch, block++, buffer);
        }
      },
      /** The stream came to the blob's end: the last block is short, and says so. */
      async end() {
        if (!isFull()) await keep(fetch, block, buffer.subarray(0, filled));
      },
      stop() {
        gathering--;
        fetches.delete(fetch);
      },
    };
  }

  /** Whether a range is in the cache, as far as is known without a look at the disk. */
  function isCached(key: string, offset: number, length: number): boolean {
    const end = offset + length;
    for (let block = Math.floor(offset / BLOCK_BYTES); block * BLOCK_BYTES < end; block++) {
      const needed = Math.min(BLOCK_BYTES, end - block * BLOCK_BYTES);
      if ((cache.length(key, block) ?? -1) < needed) return false;
    }
    return true;
  }

  /** Bytes of a blob that is in the cache from its first to its last block. */
  function cachedLength(key: string): number | undefined {
    for (let block = 0;; block++) {
      const length = cache.length(key, block);
      if (length === undefined) return undefined;
      if (length < BLOCK_BYTES) return block * BLOCK_BYTES + length;
    }
  }

  /** A range in parts, with at most one request to the store unless the cache fails. */
  async function* partsOf(key: string, offset: number, length: number): AsyncGenerator<Bytes> {
    if (isCached(key, offset, length)) return yield* fromBlocks(key, offset, length);
    if (length > SPAN_BYTES) return yield* fromStore(key, offset, length);
    const end = offset + length;
    const first = Math.floor(offset / BLOCK_BYTES);
    const blocks = await blocksOf(key, first, Math.ceil(end / BLOCK_BYTES) - 1);
    for (const [n, block] of blocks.entries()) {
      const begin = (first + n) * BLOCK_BYTES;
      const part = block.subarray(Math.max(0, offset - begin), Math.max(0, end - begin));
      const isShort = begin + block.length < Math.min(end, begin + BLOCK_BYTES);
      if (isShort) throw endsEarly(key, end - begin - block.length);
      yield part;
    }
  }

  async function readInto(key: string, offset: number, target: Bytes): Promise<void> {
    if (target.length === 0) return await store.readInto(key, offset, target);
    let filled = 0;
    for await (const part of partsOf(key, offset, target.length)) {
      target.set(part, filled);
      filled += part.length;
    }
  }

  return {
    ...store,

    async create(key, sizeHint) {
      await drop(key);
      return await store.create(key, sizeHint);
    },

    async open(key, range) {
      if (range?.length === 0) return await store.open(key, range);
      const length = cachedLength(key);
      const parts = range !== undefined
        ? partsOf(key, range.offset, range.length)
        : length === undefined
        ? fromStore(key, 0, undefined)
        : fromBlocks(key, 0, length);
      // What is not there is told now, as the contract has it.
      const first = await parts.next();
      return new ReadableStream({
        async pull(controller) {
          const { value } = first.value === undefined ? await parts.next() : first;
          first.value = undefined;
          if (value === undefined) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => void await parts.return(undefined),
      }, { highWaterMark: 0 });
    },

    async read(key, { offset, length }) {
      const bytes = new Uint8Array(length);
      await readInto(key, offset, bytes);
      return bytes;
    },

    readInto,

    async delete(key) {
      try {
        await store.delete(key);
      } finally {
        await drop(key);
      }
    },
  };
}

function endsEarly(key: string, bytes: number): RangeError {
  return new RangeError(`Blob ${key} ends ${bytes} bytes early`);
}
