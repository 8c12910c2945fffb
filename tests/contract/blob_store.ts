/**
 * What every BlobStore does. An implementation's test calls this once with a way to register a test
 * that is run with an empty store of its own.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlobNotFoundError, type BlobStore } from "../../server/blobs/blob_store.ts";
import { pattern, put, readAll } from "../support/blob_bytes.ts";

const KEY = "default/2026-11-20/01JD4Z8QW0000000000000000A";

/** Registers the tests of one implementation, each by `register`. */
export function testBlobStore(
  name: string,
  register: (name: string, test: (store: BlobStore) => Promise<void>) => void,
): void {
  function check(does: string, test: (store: BlobStore) => Promise<void>): void {
    register(`${name}: ${does}`, test);
  }

  for (const length of [0, 1, 70_000, 3_000_001]) {
    check(`gives back ${length} bytes written in chunks of any size`, async (store) => {
      const bytes = pattern(length);
      await put(store, KEY, bytes, 65_521);
      assertEquals(await store.size(KEY), length);
      assertEquals(await readAll(store, KEY), bytes);
    });
  }

  check("opens ranges, short and long, and an empty one", async (store) => {
    const bytes = pattern(1_000_000);
    await put(store, KEY, bytes, 100_000);
    for (
      const [offset, length] of [[0, 10], [999_990, 10], [3, 900_000], [1_000_000, 0]] as const
    ) {
      const part = bytes.subarray(offset, offset + length);
      assertEquals(await readAll(store, KEY, { offset, length }), part);
      assertEquals(await store.read(KEY, { offset, length }), part);
      const target = new Uint8Array(length);
      await store.readInto(KEY, offset, target);
      assertEquals(target, part);
    }
  });

  check("says so when a range goes beyond the end", async (store) => {
    await put(store, KEY, pattern(600_000), 100_000);
    for (const range of [{ offset: 599_999, length: 2 }, { offset: 0, length: 600_001 }]) {
      await assertRejects(() => store.read(KEY, range), RangeError);
      const target = new Uint8Array(range.length);
      await assertRejects(() => store.readInto(KEY, range.offset, target), RangeError);
      await assertRejects(() => readAll(store, KEY, range), RangeError);
    }
  });

  check("knows nothing of a blob that is not there", async (store) => {
    await put(store, KEY, pattern(1), 1);
    for (const key of [`${KEY}B`, "other/2026-11-20/A"]) {
      await assertRejects(() => store.open(key), BlobNotFoundError);
      await assertRejects(() => store.read(key, { offset: 0, length: 1 }), BlobNotFoundError);
      assertEquals(await store.size(key), undefined);
      await store.delete(key);
    }
  });

  check("leaves nothing of an aborted blob, small or large", async (store) => {
    for (const length of [10, 2_000_000]) {
      const writer = await store.create(KEY);
      await writer.write(pattern(length));
      await writer.abort();
      await writer.abort();
    }
    assertEquals(await store.size(KEY), undefined);
    assertEquals(await Array.fromAsync(store.list("default/")), []);
  });

  check("does not write a key twice", async (store) => {
    await put(store, KEY, pattern(5), 5);
    await assertRejects(() => put(store, KEY, pattern(9), 9));
    assertEquals(await readAll(store, KEY), pattern(5));
  });

  check("forgets what is deleted", async (store) => {
    await put(store, KEY, pattern(5), 5);
    await store.delete(KEY);
    assertEquals(await store.size(KEY), undefined);
  });

  check("lets a reader go before the end", async (store) => {
    await put(store, KEY, pattern(2_000_000), 500_000);
    const untouched = await store.open(KEY);
    await untouched.cancel();
    const reader = (await store.open(KEY)).getReader();
    assert(!(await reader.read()).done);
    await reader.cancel();
  });

  check("lists keys and folders in the order of the keys", async (store) => {
    const keys = ["a/2026-11-19/2", "a/2026-11-20/10", "a/2026-11-20/9.header", "b-c/2026-11-20/1"];
    for (const key of keys.toReversed()) await put(store, key, pattern(1), 1);
    assertEquals(await Array.fromAsync(store.list("a/")), keys.slice(0, 3));
    assertEquals(await Array.fromAsync(store.list("a/2026-11-20/")), keys.slice(1, 3));
    assertEquals(await Array.fromAsync(store.list("")), keys);
    assertEquals(await Array.fromAsync(store.list("none/")), []);
    assertEquals(await Array.fromAsync(store.folders("")), ["a", "b-c"]);
    assertEquals(await Array.fromAsync(store.folders("a/")), ["2026-11-19", "2026-11-20"]);
  });

  check("refuses keys that are not plain paths", async (store) => {
    for (
      const key of ["a", "", "../a/b", "a/../b", "a//b", "/a/b", "a/b/", "a/b\0", "a/b c", "a/."]
    ) {
      await assertRejects(() => store.create(key), TypeError);
      await assertRejects(() => store.open(key), TypeError);
      await assertRejects(() => store.read(key, { offset: 0, length: 0 }), TypeError);
      await assertRejects(() => store.size(key), TypeError);
      await assertRejects(() => store.delete(key), TypeError);
    }
    await assertRejects(() => Array.fromAsync(store.list("../")), TypeError);
    await assertRejects(() => Array.fromAsync(store.folders("a")), TypeError);
  });

  check("takes many blobs at once", async (store) => {
    const keys = Array.from({ length: 60 }, (_, n) => `a/2026-11-${10 + n % 4}/${n}`);
    await Promise.all(keys.map((key, n) => put(store, key, pattern(n * 1000), 999)));
    for (const [n, key] of keys.entries()) {
      assertEquals(await readAll(store, key), pattern(n * 1000));
    }
  });
}
