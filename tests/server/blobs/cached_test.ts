import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import type { BlobStore } from "../../../server/blobs/blob_store.ts";
import { BLOCK_BYTES, openCachedBlobs } from "../../../server/blobs/cached.ts";
import { openFsBlobs } from "../../../server/blobs/fs.ts";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { testBlobStore } from "../../contract/blob_store.ts";
import { pattern, put, readAll } from "../../support/blob_bytes.ts";
import { withStoreFront } from "../../support/store_front.ts";
import { shareSwift } from "../../support/swift_tests.ts";
import { smallDiskTest } from "../../support/tmpfs.ts";

const KEY = "default/2026-11-20/01JD4Z8QW0000000000000000A";
const MIB = 1024 * 1024;
const swiftTest = shareSwift();

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-cache-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testBlobStore(
  "openCachedBlobs",
  (name, test) =>
    swiftTest(name, (swift, bucket) =>
      withFolder(async (folder) => {
        const store = openS3Blobs(swift.place(bucket));
        await test(await openCachedBlobs(store, { folder, maxBytes: 64 * MIB }));
      })),
);

/** A cache before a store on this machine, which counts what is read of it. */
interface Setting {
  readonly store: BlobStore;
  /** The store behind, whose blobs can go without the cache knowing. */
  readonly behind: BlobStore;
  readonly folder: string;
  readonly reads: () => number;
  /** The same cache as another process would open it. */
  reopen(maxBytes: number): Promise<BlobStore>;
}

function cacheTest(name: string, maxBytes: number, run: (setting: Setting) => Promise<void>): void {
  Deno.test(`openCachedBlobs: ${name}`, () =>
    withFolder(async (root) => {
      const behind = await openFsBlobs(`${root}/blobs`);
      let reads = 0;
      const counted: BlobStore = {
        ...behind,
        open: (...args) => (reads++, behind.open(...args)),
        read: (...args) => (reads++, behind.read(...args)),
        readInto: (...args) => (reads++, behind.readInto(...args)),
        readUpTo: (...args) => (reads++, behind.readUpTo(...args)),
      };
      const folder = `${root}/cache`;
      const reopen = (maxBytes: number) => openCachedBlobs(counted, { folder, maxBytes });
      const store = await reopen(maxBytes);
      await run({ store, behind, folder, reads: () => reads, reopen });
    }));
}

swiftTest(
  "openCachedBlobs: asks the store once for what it has not",
  (swift, bucket) =>
    withFolder((folder) =>
      withStoreFront(swift.endpoint, async ({ url, requests }) => {
        const place = { ...swift.place(bucket), endpoint: url };
        const options = { folder, maxBytes: 512 * MIB };
        const store = await openCachedBlobs(openS3Blobs(place), options);
        const bytes = pattern(7 * BLOCK_BYTES + 1_000);
        await put(store, KEY, bytes, 1_000_000);
        const check = async (asked: (string | null)[], offset: number, length: number) => {
          const part = bytes.subarray(offset, offset + length);
          requests.length = 0;
          assertEquals(await store.read(KEY, { offset, length }), part);
          assertEquals(requests.map(({ headers }) => headers.get("range")), asked);
          // What was read stays.
          assertEquals(await readAll(store, KEY, { offset, length }), part);
          assertEquals(requests.length, asked.length);
        };
        await check(["bytes=0-1048575"], 500, 100_000);
        await check([], 900_000, 100_000);
        await check(["bytes=1048576-3145727"], 1_000_000, 1_500_000);
        await check(["bytes=7340032-8388607"], 7 * BLOCK_BYTES + 10, 990);

        requests.length = 0;
        const reads = Array.from(
          { length: 20 },
          () => store.read(KEY, { offset: 4 * MIB, length: 9 }),
        );
        await Promise.all(reads);
        assertEquals(requests.length, 1);

        // Longer than what is fetched as blocks: streamed, and kept as it passes.
        requests.length = 0;
        const range = { offset: 10, length: 5 * MIB };
        const part = bytes.subarray(10, 10 + 5 * MIB);
        assertEquals(await readAll(store, KEY, range), part);
        assertEquals(requests.map(({ headers }) => headers.get("range")), ["bytes=0-5242889"]);

        requests.length = 0;
        assertEquals(await readAll(store, KEY), bytes);
        assertEquals(requests.map(({ method }) => method), ["GET"]);
        assertEquals(await readAll(store, KEY), bytes);
        assertEquals(await readAll(store, KEY, range), part);
        assertEquals(requests.length, 1);
      })
    ),
);

cacheTest("gives what it has without the store", 64 * MIB, async ({ store, behind, reads }) => {
  for (const [key, length] of [["a/empty", 0], ["a/small", 10], ["a/whole", 2 * MIB]] as const) {
    await put(store, key, pattern(length), 1_000_000);
    assertEquals(await readAll(store, key), pattern(length));
    await behind.delete(key);
    assertEquals(await readAll(store, key), pattern(length));
  }
  assertEquals(reads(), 3);
});

cacheTest("survives a restart, with what was used last", 64 * MIB, async (setting) => {
  const { store, reads, folder, reopen } = setting;
  for (const n of [0, 1, 2, 3]) {
    await put(store, `a/${n}`, pattern(MIB - n), MIB);
    await readAll(store, `a/${n}`);
  }
  // As if hours had passed between them; the first was used last.
  const names = [...await filesIn(folder)];
  for (const { path, size } of names) {
    const age = size === MIB + 32 || size === 32 ? 0 : 1 + MIB + 32 - size;
    await Deno.utime(path, new Date(1e12 - age), new Date(1e12 - age));
  }
  const again = await reopen(2 * MIB + 1_000);
  assertEquals(reads(), 4);
  await readAll(again, "a/0");
  await readAll(again, "a/1");
  assertEquals(reads(), 4);
  await readAll(again, "a/3");
  assertEquals(reads(), 5);
});

cacheTest("stays within its size, and keeps what is used", 4 * MIB, async (setting) => {
  const { store, reads, folder } = setting;
  await put(store, "a/used", pattern(1_000), 1_000);
  for (let n = 0; n < 12; n++) {
    await put(store, `a/${n}`, pattern(900_000), 900_000);
    assertEquals(await store.read(`a/${n}`, { offset: 0, length: 9 }), pattern(9));
    await store.read("a/used", { offset: 1, length: 9 });
    assertLessOrEqual(await bytesIn(folder), 4 * MIB);
  }
  assertEquals(reads(), 13);
});

cacheTest("lets a long stream pass by", 16 * MIB, async ({ store, folder, reads }) => {
  await put(store, KEY, pattern(10 * MIB), MIB);
  for (const range of [undefined, { offset: 0, length: 10 * MIB }]) {
    assertEquals(await readAll(store, KEY, range), pattern(10 * MIB));
    assertLessOrEqual(await bytesIn(folder), 3 * MIB);
  }
  assertEquals(reads(), 2);
});

cacheTest("reads from the store what is damaged", 64 * MIB, async ({ store, folder, reads }) => {
  const bytes = pattern(3 * MIB + 5);
  await put(store, KEY, bytes, MIB);
  assertEquals(await readAll(store, KEY), bytes);
  const damages: readonly ((path: string) => Promise<void>)[] = [
    async (path) => {
      const file = await Deno.readFile(path);
      file[file.length >> 1]! ^= 1;
      await Deno.writeFile(path, file);
    },
    (path) => Deno.truncate(path, 40),
    (path) => Deno.truncate(path, 0),
    (path) => Deno.remove(path),
    async (path) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    },
  ];
  for (const damage of damages) {
    const files = await filesIn(folder);
    assertEquals(files.length, 4);
    await damage(files[1]!.path);
    const before = reads();
    assertEquals(await readAll(store, KEY), bytes);
    assertEquals(reads(), before + 1);
    assertEquals(await readAll(store, KEY), bytes);
  }
});

cacheTest("forgets what is deleted", 64 * MIB, async ({ store, folder }) => {
  await put(store, KEY, pattern(3 * MIB), MIB);
  await readAll(store, KEY);
  assertEquals((await filesIn(folder)).length, 4);
  await store.delete(KEY);
  assertEquals(await filesIn(folder), []);

  // A file that is open is read to its end, after its name is gone.
  await put(store, `${KEY}B`, pattern(3 * MIB), MIB);
  const reader = (await store.open(`${KEY}B`)).getReader();
  await reader.read();
  await store.delete(`${KEY}B`);
  while (!(await reader.read()).done);
  assertEquals(await filesIn(folder), []);

  await put(store, KEY, pattern(100), 100);
  assertEquals(await readAll(store, KEY), pattern(100));
});

cacheTest("keeps its files for their owner alone", 64 * MIB, async ({ store, folder }) => {
  await put(store, KEY, pattern(100), 100);
  await readAll(store, KEY);
  const [file] = await filesIn(folder);
  const folders = [folder, file!.path.slice(0, file!.path.lastIndexOf("/"))];
  const modes = [file!.path, ...folders].map((path) => (Deno.statSync(path).mode ?? 0) & 0o777);
  assertEquals(modes, [0o600, 0o700, 0o700]);
});

smallDiskTest(
  "openCachedBlobs: reads on where its disk is full",
  2,
  (disk) =>
    withFolder(async (root) => {
      const behind = await openFsBlobs(root);
      const store = await openCachedBlobs(behind, { folder: `${disk}/cache`, maxBytes: 64 * MIB });
      for (let n = 0; n < 5; n++) {
        await put(store, `a/${n}`, pattern(MIB + n), MIB);
        assertEquals(await readAll(store, `a/${n}`), pattern(MIB + n));
        assertEquals(
          await store.read(`a/${n}`, { offset: 5, length: MIB - 9 }),
          pattern(MIB).subarray(5, MIB - 4),
        );
      }
      assert((await filesIn(`${disk}/cache`)).length > 0);
    }),
);

/** Files of a cache, in the order of their names. */
async function filesIn(
  folder: string,
): Promise<{ readonly path: string; readonly size: number }[]> {
  const files = [];
  for await (const part of Deno.readDir(folder)) {
    for await (const { name } of Deno.readDir(`${folder}/${part.name}`)) {
      const path = `${folder}/${part.name}/${name}`;
      files.push({ path, size: (await Deno.stat(path)).size });
    }
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function bytesIn(folder: string): Promise<number> {
  return (await filesIn(folder)).reduce((sum, { size }) => sum + size, 0);
}
