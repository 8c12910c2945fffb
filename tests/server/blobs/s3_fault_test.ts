import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertRejects } from "@std/assert";
import type { BlobStore } from "../../../server/blobs/blob_store.ts";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { UnavailableError } from "../../../server/unavailable.ts";
import { pattern, put, readAll } from "../../support/blob_bytes.ts";
import { type FrontRequest, type StoreFault, withStoreFront } from "../../support/store_front.ts";
import { shareSwift } from "../../support/swift_tests.ts";

/** Long enough for Swift on a busy machine; a part is what Swift is told to take, and large. */
const LIMITS = {
  firstByte: 2_000,
  stall: 500,
  total: 4_000,
  backOff: 5,
  part: 256 * 1024,
  large: 100_000,
};
const KEY = "default/2026-11-20/01JD4Z8QW0000000000000000A";
const LARGE = 1_000_000;

const swiftTest = shareSwift({ minimumPart: LIMITS.part });

/** What a test has: a store behind a front, and the same store without. */
interface Setting {
  readonly store: BlobStore;
  readonly direct: BlobStore;
  readonly requests: FrontRequest[];
  /** Requests that were sent again, as the store tells it. */
  retries(): number;
  /** The first `times` requests that `matches` get the fault. */
  spoil(fault: StoreFault, times?: number, matches?: (request: FrontRequest) => boolean): void;
  /** Decides about each request. */
  spoilBy(fault: (request: FrontRequest) => StoreFault | undefined): void;
}

function faultTest(name: string, run: (setting: Setting) => Promise<void>, limits = LIMITS): void {
  swiftTest(`openS3Blobs: ${name}`, async (swift, bucket) => {
    await withStoreFront(swift.endpoint, async (front) => {
      let retries = 0;
      const place = swift.place(bucket);
      const options = { limits, onRetry: () => void retries++ };
      await run({
        store: openS3Blobs({ ...place, endpoint: front.url }, options),
        direct: openS3Blobs(place, options),
        requests: front.requests,
        retries: () => retries,
        spoil(fault, times = 1, matches = () => true) {
          let left = times;
          front.fault = (request) => matches(request) && left-- > 0 ? fault : undefined;
        },
        spoilBy: (fault) => front.fault = fault,
      });
    });
  });
}

/** Runs each operation with the fault before it; what it gives must be as without. */
async function inTrouble({ store, direct, spoil }: Setting, fault: StoreFault): Promise<void> {
  const bytes = pattern(200_000);
  spoil(fault, 2);
  await put(store, KEY, bytes, 65_536);
  assertEquals(await readAll(direct, KEY), bytes);
  spoil(fault, 2);
  assertEquals(await readAll(store, KEY), bytes);
  spoil(fault, 2);
  assertEquals(await store.read(KEY, { offset: 7, length: 9 }), bytes.subarray(7, 16));
  spoil(fault, 2);
  assertEquals(await store.size(KEY), bytes.length);
  spoil(fault, 2);
  assertEquals(await Array.fromAsync(store.list("default/")), [KEY]);
  spoil(fault, 2);
  assertEquals(await Array.fromAsync(store.folders("")), ["default"]);
  spoil(fault, 2);
  await store.delete(KEY);
  assertEquals(await direct.size(KEY), undefined);
}

const SLOW_DOWN = `<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>`;

for (const status of [429, 500, 502, 503, 504]) {
  faultTest(`absorbs answers of ${status}`, async (setting) => {
    await inTrouble(setting, { kind: "answer", status, body: status === 503 ? SLOW_DOWN : "busy" });
    assertEquals(setting.retries(), 14);
  });
}

faultTest("absorbs connections that end before a request is passed on", async (setting) => {
  await inTrouble(setting, { kind: "reset" });
});

faultTest("absorbs answers that are lost", async (setting) => {
  await inTrouble(setting, { kind: "lose" });
});

faultTest("absorbs requests that are never answered", async (setting) => {
  await inTrouble(setting, { kind: "silence" });
}, { ...LIMITS, firstByte: 400 });

faultTest("waits as long as Retry-After says", async ({ store, spoil }) => {
  spoil({ kind: "answer", status: 503, headers: { "retry-after": "1" }, body: SLOW_DOWN });
  const begun = performance.now();
  assertEquals(await store.size(KEY), undefined);
  assertGreaterOrEqual(performance.now() - begun, 1_000);
});

faultTest("does not wait longer than a client would", async ({ store, spoil, requests }) => {
  spoil({ kind: "answer", status: 503, headers: { "retry-after": "60" } });
  const begun = performance.now();
  await assertRejects(() => store.size(KEY), UnavailableError);
  assertLess(performance.now() - begun, 1_000);
  assertEquals(requests.length, 1);
});

const DOWN: readonly (readonly [string, StoreFault])[] = [
  ["is busy", { kind: "answer", status: 503, body: SLOW_DOWN }],
  ["ends connections", { kind: "reset" }],
  ["never answers", { kind: "silence" }],
  ["stalls in every body", { kind: "stall", after: 100 }],
  ["cuts every body", { kind: "cut", after: 0 }],
];
const SHORT = { ...LIMITS, firstByte: 200, stall: 200, total: 600 };

for (const [state, fault] of DOWN) {
  faultTest(`is out of reach in bounded time where the store ${state}`, async (setting) => {
    const { store, direct, spoil } = setting;
    await put(direct, KEY, pattern(100_000), 50_000);
    spoil(fault, Infinity);
    const calls: Record<string, () => Promise<unknown>> = {
      open: () => readAll(store, KEY),
      range: () => readAll(store, KEY, { offset: 0, length: 50_000 }),
      read: () => store.read(KEY, { offset: 1, length: 50_000 }),
      list: () => Array.fromAsync(store.list("default/")),
    };
    if (fault.kind !== "cut" && fault.kind !== "stall") {
      Object.assign(calls, {
        size: () => store.size(KEY),
        delete: () => store.delete(KEY),
        put: () => put(store, `${KEY}B`, pattern(100), 100),
        "put large": () => put(store, `${KEY}C`, pattern(LARGE), 50_000),
      });
    }
    for (const [name, call] of Object.entries(calls)) {
      const begun = performance.now();
      await assertRejects(call, UnavailableError, undefined, name);
      // With 2 s to tidy up after a failed write.
      assertLess(performance.now() - begun, 4_000, name);
    }
  }, SHORT);
}

faultTest("goes on from where a body broke off", async ({ store, direct, requests, spoil }) => {
  const bytes = pattern(400_000);
  await put(direct, KEY, bytes, 100_000);
  for (const kind of ["cut", "stall"] as const) {
    for (const read of [() => readAll(store, KEY), () => store.read(KEY, ALL)]) {
      requests.length = 0;
      spoil({ kind, after: 150_000 }, 2);
      assertEquals(await read(), bytes);
      assertEquals(requests.map(({ headers }) => headers.get("range")?.split("-")[0]).slice(1), [
        "bytes=150000",
        "bytes=300000",
      ]);
    }
  }
});
const ALL = { offset: 0, length: 400_000 };

faultTest("ends a body that is broken off again and again", async ({ store, direct, spoil }) => {
  await put(direct, KEY, pattern(100_000), 100_000);
  spoil({ kind: "cut", after: 1 }, Infinity);
  await assertRejects(() => readAll(store, KEY), UnavailableError);
});

faultTest("sends again what was damaged on the way", async ({ store, direct, spoil, retries }) => {
  const bytes = pattern(LARGE);
  spoil({ kind: "damage request" }, 1, ({ method }) => method === "PUT");
  await put(store, KEY, bytes.subarray(0, 200_000), 50_000);
  assertEquals(await readAll(direct, KEY), bytes.subarray(0, 200_000));
  assertEquals(retries(), 1);
  spoil({ kind: "damage request" }, 2, ({ target }) => target.includes("partNumber=2"));
  await put(store, `${KEY}B`, bytes, 50_000);
  assertEquals(await readAll(direct, `${KEY}B`), bytes);
  assertEquals(retries(), 3);
});

faultTest("does not end a body as whole that comes back damaged", async (setting) => {
  const { store, direct, spoil } = setting;
  await put(direct, KEY, pattern(200_000), 50_000);
  spoil({ kind: "damage answer" });
  const error = await assertRejects(() => readAll(store, KEY), Error);
  assert(error.message.includes("damaged"), error.message);
});

const isComplete = ({ method, target }: FrontRequest) =>
  method === "POST" && target.includes("uploadId");

faultTest("completes an upload whose answer was lost", async ({ store, direct, spoil }) => {
  spoil({ kind: "lose" }, 1, isComplete);
  await put(store, KEY, pattern(LARGE), 100_000);
  assertEquals(await readAll(direct, KEY), pattern(LARGE));
});

const errorBody = (code: string) => `<?xml version="1.0"?>\n\n<Error><Code>${code}</Code></Error>`;

faultTest("knows a complete upload whose store forgot it", async ({ store, direct, spoilBy }) => {
  let completions = 0;
  spoilBy((request) => {
    if (!isComplete(request)) return undefined;
    if (completions++ === 0) return { kind: "lose" };
    return { kind: "answer", status: 404, body: errorBody("NoSuchUpload") };
  });
  await put(store, KEY, pattern(LARGE), 100_000);
  assertEquals(completions, 2);
  assertEquals(await readAll(direct, KEY), pattern(LARGE));
});

faultTest("reads an error in an answer that began with success", async (setting) => {
  const { store, direct, spoil, retries } = setting;
  spoil({ kind: "answer", status: 200, body: errorBody("InternalError") }, 1, isComplete);
  await put(store, KEY, pattern(LARGE), 100_000);
  assertEquals(await direct.size(KEY), LARGE);
  assertEquals(retries(), 1);

  spoil({ kind: "answer", status: 200, body: errorBody("InvalidPart") }, 1, isComplete);
  const error = await assertRejects(() => put(store, `${KEY}B`, pattern(LARGE), 100_000), Error);
  assert(error.message.includes("InvalidPart"), error.message);
  assertEquals(await direct.size(`${KEY}B`), undefined);
  assertEquals(await direct.abandoned(new Date(Date.now() + 60_000)), 0);
});

faultTest("tells a failed part, and leaves nothing of it", async ({ store, direct, spoil }) => {
  const isPart = ({ target }: FrontRequest) => target.includes("partNumber=2");
  spoil({ kind: "answer", status: 503 }, Infinity, isPart);
  await assertRejects(() => put(store, KEY, pattern(LARGE), 100_000), UnavailableError);
  assertEquals(await direct.size(KEY), undefined);
  assertEquals(await direct.abandoned(new Date(Date.now() + 60_000)), 0);
}, { ...LIMITS, total: 600 });
