import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { S3Place } from "../../../lib/config/s3_place.ts";
import { OutOfSpaceError } from "../../../server/blobs/blob_store.ts";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { ObjectStoreError } from "../../../server/blobs/s3_errors.ts";
import { testBlobStore } from "../../contract/blob_store.ts";
import { pattern, put, readAll } from "../../support/blob_bytes.ts";
import { withStoreFront } from "../../support/store_front.ts";
import type { SwiftProcess } from "../../support/swift.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const KEY = "default/2026-11-20/01JD4Z8QW0000000000000000A";
/** Two parts of the real size. */
const LARGE = 9_000_000;

const swiftTest = shareSwift();

testBlobStore(
  "openS3Blobs",
  (name, test) =>
    swiftTest(name, async (swift, bucket) => await test(openS3Blobs(swift.place(bucket)))),
);

testBlobStore(
  "openS3Blobs below a prefix",
  (name, test) =>
    swiftTest(name, async (swift, bucket) => {
      const place = { ...swift.place(bucket), prefix: "archives/north/" };
      await test(openS3Blobs(place));
    }),
);

swiftTest("openS3Blobs: finds its bucket in the host's name", async (swift, bucket) => {
  await withStoreFront(swift.endpoint, async (front) => {
    // No name leads to a test's Swift: the front is asked as a proxy, which takes every host to it.
    using client = Deno.createHttpClient({ proxy: { url: front.url } });
    const endpoint = swift.endpoint.replace("127.0.0.1", swift.domain);
    const store = openS3Blobs({ ...swift.place(bucket), endpoint, addressing: "virtual" }, {
      fetch: (url, init) => fetch(url, { ...init, client }),
    });
    await put(store, KEY, pattern(100), 100);
    await put(store, `${KEY}L`, pattern(LARGE), 1_000_000);
    assertEquals(await readAll(store, `${KEY}L`), pattern(LARGE));
    assertEquals(await store.size(KEY), 100);
    assertEquals(await Array.fromAsync(store.list("")), [KEY, `${KEY}L`]);
    assertEquals(await readAll(openS3Blobs(swift.place(bucket)), KEY), pattern(100));
    for (const { target, headers } of front.requests) {
      assert(!target.includes(bucket), target);
      assert(headers.get("host")?.startsWith(`${bucket}.${swift.domain}`));
    }
  });
});

swiftTest(
  "openS3Blobs: stores what curl reads, and reads what curl stores",
  async (swift, bucket) => {
    const store = openS3Blobs({ ...swift.place(bucket), prefix: "p/" });
    for (const length of [70_000, LARGE]) {
      await put(store, `a/${length}`, pattern(length), 500_000);
      assertEquals(await curl(swift, `${bucket}/p/a/${length}`), pattern(length));
    }
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, pattern(300_000));
      await curl(swift, `${bucket}/p/a/curl`, "--upload-file", file);
    } finally {
      await Deno.remove(file);
    }
    assertEquals(await readAll(store, "a/curl"), pattern(300_000));
    assertEquals(
      await Array.fromAsync(store.list("a/")),
      ["a/70000", `a/${LARGE}`, "a/curl"].sort(),
    );
  },
  ["curl"],
);

swiftTest("openS3Blobs: lists page by page, and only keys of its own", async (swift, bucket) => {
  const store = openS3Blobs({ ...swift.place(bucket), prefix: "p/" });
  const keys = Array.from({ length: 1_203 }, (_, n) => `a/d${n % 3}/${String(n).padStart(5, "0")}`);
  for (let at = 0; at < keys.length; at += 40) {
    await Promise.all(keys.slice(at, at + 40).map((key) => put(store, key, pattern(1), 1)));
  }
  for (const stranger of ["p/one", "p/a/b%20c/x", "p/a/%C3%A4%26%3C%2B/y", "p2/a/b", "q/a/b"]) {
    await curl(swift, `${bucket}/${stranger}`, "--data-binary", "x", "--request", "PUT");
  }
  assertEquals(await Array.fromAsync(store.list("")), keys.toSorted());
  assertEquals((await Array.fromAsync(store.list("a/d1/"))).length, 401);
  assertEquals(await Array.fromAsync(store.folders("a/")), ["d0", "d1", "d2"]);
}, ["curl"]);

swiftTest("openS3Blobs: says what is wrong with its place", async (swift, bucket) => {
  const place = swift.place(bucket);
  const wrong: readonly (readonly [Partial<S3Place>, RegExp])[] = [
    [{ secretAccessKey: "not-this-secret" }, /signature.*AWS_SECRET_ACCESS_KEY/],
    [{ accessKeyId: "test:nobody" }, /AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY/],
    [{ bucket: "never-made" }, /no bucket never-made.*Create it/],
    [{ region: "mars-1" }, /region mars-1.*AWS_REGION/],
  ];
  for (const [change, message] of wrong) {
    const store = openS3Blobs({ ...place, ...change });
    const calls = {
      put: () => put(store, KEY, pattern(10), 10),
      large: () => put(store, KEY, pattern(LARGE), 1_000_000),
      open: () => store.open(KEY),
      read: () => store.read(KEY, { offset: 0, length: 1 }),
      empty: () => store.read(KEY, { offset: 0, length: 0 }),
      size: () => store.size(KEY),
      delete: () => store.delete(KEY),
      list: () => Array.fromAsync(store.list("")),
      folders: () => Array.fromAsync(store.folders("")),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await assertRejects(call, ObjectStoreError, undefined, name);
      assertMatch(error.message, message);
      assert(!`${error.stack}${error.cause}`.includes("not-this-secret"));
    }
  }
});

swiftTest("openS3Blobs: knows a store that is full", async (swift, bucket) => {
  const store = openS3Blobs(swift.place(bucket));
  await swift.setQuota(bucket, 1_000);
  await put(store, KEY, pattern(900), 900);
  // Swift learns what a bucket holds a moment after it was written.
  await swift.setQuota(bucket, 1);
  await assertRejects(() => put(store, `${KEY}B`, pattern(900), 900), OutOfSpaceError);
  assertEquals(await Array.fromAsync(store.list("")), [KEY]);
});

swiftTest("openS3Blobs: ends uploads that broke off, of its own prefix", async (swift, bucket) => {
  const [own, other] = ["p/", "q/"].map((prefix) =>
    openS3Blobs({ ...swift.place(bucket), prefix })
  );
  for (const store of [own!, other!]) {
    const writer = await store.create(KEY);
    for (let n = 0; n < 5; n++) await writer.write(pattern(4_000_000));
    // As a crash leaves it: neither committed nor aborted.
  }
  const now = Date.now();
  assertEquals(await own!.abandoned(new Date(now - 60_000)), 0);
  assertEquals(await own!.abandoned(new Date(now + 60_000)), 1);
  assertEquals(await own!.abandoned(new Date(now + 60_000)), 0);
  assertEquals(await other!.abandoned(new Date(now + 60_000)), 1);
});

swiftTest(
  "openS3Blobs: goes on when the store was killed and comes back",
  async (swift, bucket) => {
    const store = openS3Blobs(swift.place(bucket));
    const bytes = pattern(12_000_000);
    await put(store, KEY, bytes, 1_000_000);
    const reader = (await store.open(KEY)).getReader();
    const first = (await reader.read()).value!;
    const writer = await store.create(`${KEY}B`);
    await writer.write(bytes.subarray(0, 9_000_000));
    await swift.kill();
    const writing = writer.write(bytes.subarray(9_000_000)).then(() => writer.commit());
    const rest = (async () => {
      const pieces = [first];
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        pieces.push(read.value);
      }
      return new Uint8Array(await new Blob(pieces).arrayBuffer());
    })();
    await swift.restart();
    await writing;
    assertEquals(await rest, bytes);
    assertEquals(await readAll(store, `${KEY}B`), bytes);
  },
);

swiftTest("openS3Blobs: asks as little as it can", async (swift, bucket) => {
  await withStoreFront(swift.endpoint, async ({ url, requests }) => {
    const store = openS3Blobs({ ...swift.place(bucket), endpoint: url });
    // Finds out that Swift takes no condition, which stores that do are asked with every object.
    await put(store, "first/x", pattern(1), 1);
    const asked = async (call: () => Promise<unknown>) => {
      requests.length = 0;
      await call();
      return requests.map(({ method }) => method);
    };
    assertEquals(await asked(() => put(store, KEY, pattern(500_000), 99_999)), ["HEAD", "PUT"]);
    assertEquals(await asked(() => put(store, `${KEY}L`, pattern(LARGE), 1_000_000)), [
      "HEAD",
      "POST",
      "PUT",
      "PUT",
      "POST",
    ]);
    assertEquals(await asked(() => store.read(KEY, { offset: 9, length: 9 })), ["GET"]);
    assertEquals(await asked(() => store.readInto(KEY, 9, new Uint8Array(9))), ["GET"]);
    assertEquals(await asked(() => readAll(store, KEY, { offset: 9, length: 400_000 })), ["GET"]);
    assertEquals(await asked(() => readAll(store, KEY)), ["GET"]);
    assertEquals(await asked(() => store.size(KEY)), ["HEAD"]);
    assertEquals(await asked(() => Array.fromAsync(store.list("default/"))), ["GET"]);
    assertEquals(await asked(() => Array.fromAsync(store.folders("default/"))), ["GET"]);
    assertEquals(await asked(() => store.delete(KEY)), ["DELETE"]);
    assertEquals(await asked(() => store.size("default/none")), ["HEAD"]);
  });
});

/** What curl, with signatures of its own, gets from Swift. */
async function curl(swift: SwiftProcess, path: string, ...options: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command("curl", {
    args: [
      "--silent",
      "--show-error",
      "--fail",
      "--aws-sigv4",
      `aws:amz:${swift.region}:s3`,
      "--user",
      `${swift.accessKeyId}:${swift.secretAccessKey}`,
      "--header",
      "x-amz-content-sha256: UNSIGNED-PAYLOAD",
      ...options,
      `${swift.endpoint}/${path}`,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return stdout;
}
