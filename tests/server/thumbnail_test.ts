import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createReaper } from "../../server/services/reaper.ts";
import { jpegHead } from "../support/jpeg.ts";
import { ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { decodePng, grayRows } from "../support/png.ts";
import { BASE, bytesOf, withRetrieval } from "../support/retrieval.ts";

const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const SERIES = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2`;
const INSTANCE = `${SERIES}/instances/1.2.826.0.1.3680043.10.1.3`;
const THUMBNAIL = `${INSTANCE}/thumbnail`;
const PNG = "image/png";

/** Three frames of 32 × 64, one gray each. */
const IMAGE = ctInstance({
  rows: 32,
  columns: 64,
  frames: 3,
  patientName: "Thumbnail^Patient",
  pixels: [1000, 2000, 3000].map((gray) =>
    new Uint8Array(new Uint16Array(32 * 64).fill(gray).buffer)
  ),
  elements: [value(0x00281050, "DS", "2048"), value(0x00281051, "DS", "4096")],
});

async function refused(response: Response, status: number, text: string): Promise<void> {
  const { detail } = await response.json();
  assertEquals([response.status, detail.endsWith(".")], [status, true], detail);
  assertStringIncludes(detail, text);
}

Deno.test("GET thumbnail: gives one small image at each level", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(IMAGE);
    for (const path of [STUDY, SERIES, INSTANCE, `${INSTANCE}/frames/3`]) {
      for (const accept of [undefined, "*/*", "image/*", "image/jpeg"]) {
        const response = await get(`${path}/thumbnail`, accept);
        assertEquals(response.headers.get("content-type"), "image/jpeg");
        const { width, height } = jpegHead(await bytesOf(response));
        assertEquals([width, height], [160, 80]);
      }
    }
    const { width, height } = decodePng(await bytesOf(await get(THUMBNAIL, PNG)));
    assertEquals([width, height], [160, 80]);
    assertEquals((await get(THUMBNAIL, PNG)).headers.get("content-location"), BASE + THUMBNAIL);
  });
});

Deno.test("GET thumbnail: shows the frame in the middle, or the one named", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(IMAGE);
    const gray = async (path: string) =>
      grayRows(decodePng(await bytesOf(await get(`${path}/thumbnail`, PNG))))[9]![9];
    const seen = (value: number) => Math.round(255 * value / 4095);
    assertEquals(await gray(INSTANCE), seen(2000));
    assertEquals(await gray(STUDY), seen(2000));
    assertEquals(await gray(`${INSTANCE}/frames/1`), seen(1000));
    assertEquals(await gray(`${INSTANCE}/frames/3`), seen(3000));
    await refused(await get(`${INSTANCE}/frames/1,2/thumbnail`), 400, "one frame");
    await refused(await get(`${INSTANCE}/frames/4/thumbnail`), 404, "has 3 frames");
  });
});

Deno.test("GET thumbnail: has the size that is asked for, and no region", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(IMAGE);
    const { width, height } = jpegHead(await bytesOf(await get(`${THUMBNAIL}?viewport=50,50`)));
    assertEquals([width, height], [50, 25]);
    await refused(await get(`${THUMBNAIL}?viewport=50,50,1,1`), 400, "width and a height only");
    await refused(await get(`${THUMBNAIL}?anonymize=true`), 400, "anonymize");
    await refused(await get(THUMBNAIL, "image/gif"), 406, "image/jpeg, image/png");
    await refused(await get(THUMBNAIL, 'multipart/related; type="image/jpeg"'), 406, "image/jpeg");
  });
});

Deno.test("GET thumbnail: is kept beside its blob, and read from there", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(IMAGE);
    const { blobKey } = (await archive.rows())[0]!;
    const made = await bytesOf(await get(THUMBNAIL));
    const keys = (await archive.blobKeys()).filter((key) => key !== blobKey);
    assertEquals(keys.length, 1);
    assert(keys[0]!.startsWith(`${blobKey}.thumbnail-2-`), keys[0]);
    assertEquals(await archive.blobs.read(keys[0]!, { offset: 0, length: made.length }), made);
    // What is read is what lies there.
    const other = made.slice();
    other[30]! ^= 1;
    await put(archive.blobs, keys[0]!, other);
    assertEquals(await bytesOf(await get(THUMBNAIL)), other);
    // A crash cut it off.
    await put(archive.blobs, keys[0]!, made.slice(0, -10));
    assertEquals(await bytesOf(await get(THUMBNAIL)), made);
    assertEquals(await archive.blobs.size(keys[0]!), made.length);
    for (const query of ["?viewport=160,160", "?viewport=64,64"]) {
      await bytesOf(await get(THUMBNAIL + query));
    }
    await bytesOf(await get(THUMBNAIL, PNG));
    assertEquals((await archive.blobKeys()).length, 2);
    // Of the study it is the same image; of another frame it is another.
    await bytesOf(await get(`${STUDY}/thumbnail`));
    assertEquals((await archive.blobKeys()).length, 2);
    await bytesOf(await get(`${INSTANCE}/frames/1/thumbnail`));
    assertEquals((await archive.blobKeys()).length, 3);
  });
});

type Blobs = Parameters<Parameters<typeof withRetrieval>[0]>[0]["archive"]["blobs"];

async function put(blobs: Blobs, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await blobs.delete(key);
  const writer = await blobs.create(key, bytes.length);
  await writer.write(bytes);
  await writer.commit();
}

Deno.test("GET thumbnail: is made for those who wait when the first who asked has left", async () => {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const wrapBlobs = (blobs: Blobs): Blobs => ({
    ...blobs,
    async size(key) {
      begun.resolve();
      if (key.includes(".thumbnail-")) await released.promise;
      return await blobs.size(key);
    },
  });
  await withRetrieval(async ({ store, get }) => {
    await store(IMAGE);
    const leaving = new AbortController();
    const first = get(THUMBNAIL, "image/jpeg", { signal: leaving.signal });
    await begun.promise;
    const others = [get(THUMBNAIL), get(`${STUDY}/thumbnail`)];
    // They have come as far as those that are asked for behind them.
    for (let i = 0; i < 2; i++) {
      assertEquals((await get(`${STUDY}/thumbnail`, undefined, { method: "HEAD" })).status, 200);
    }
    leaving.abort();
    released.resolve();
    assertEquals((await first).status, 400);
    for (const response of await Promise.all(others)) {
      assertEquals(jpegHead(await bytesOf(response)).width, 160);
    }
  }, { wrapBlobs });
});

Deno.test("GET thumbnail: nobody's name is on it, whatever the request says", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(IMAGE);
    const plain = await bytesOf(await get(THUMBNAIL, PNG));
    const asked = await get(`${THUMBNAIL}?annotation=patient`, PNG);
    assertStringIncludes(asked.headers.get("warning") ?? "", "annotation is not supported");
    assertEquals(await bytesOf(asked), plain);
    // One gray, nothing else.
    assertEquals(new Set(decodePng(plain).data).size, 1);
    const jpeg = new TextDecoder("latin1").decode(await bytesOf(await get(THUMBNAIL)));
    assertEquals(/Thumbnail|Patient|PID1/.test(jpeg), false);
  });
});

Deno.test("GET thumbnail: answers HEAD and If-None-Match, and may be kept by clients", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(IMAGE);
    const head = await get(THUMBNAIL, undefined, { method: "HEAD" });
    assertEquals(head.status, 200);
    assertEquals(head.headers.get("cache-control"), "private, no-cache");
    assertEquals((await archive.blobKeys()).length, 1, "HEAD makes nothing");
    const headers = { "If-None-Match": head.headers.get("etag")! };
    assertEquals((await get(THUMBNAIL, undefined, { headers })).status, 304);
    const study = await get(`${STUDY}/thumbnail`);
    assertEquals(study.headers.get("cache-control"), "private, no-cache");
    await study.body?.cancel();
  });
});

Deno.test("GET thumbnail: of pixels that cannot be decoded there is none", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ctInstance({ transferSyntaxUID: SYNTAX.jpeg2000Lossless }));
    await refused(await get(THUMBNAIL), 406, "transfer-syntax=*");
    assertEquals((await archive.blobKeys()).length, 1);
  });
});

Deno.test("GET thumbnail: goes with its instance", async () => {
  const DAY = 86_400_000;
  const clock = { now: Date.UTC(2026, 0, 10, 12) };
  const now = () => clock.now;
  await withRetrieval(async ({ archive, store, get }) => {
    await store(IMAGE);
    await bytesOf(await get(THUMBNAIL));
    assertEquals((await archive.blobKeys()).length, 2);
    const reaper = createReaper({ ...archive, grace: DAY, now });
    const reap = async () => await reaper.round(new AbortController().signal);
    clock.now += 3 * DAY;
    assertEquals(await reap(), { tombstones: 0, orphans: 0, unknown: 0, brokenOff: 0 });
    await archive.index.remove("default", { StudyInstanceUID: STUDY.slice(9) }, now());
    await refused(await get(THUMBNAIL), 410, "was deleted");
    clock.now += 2 * DAY;
    assertEquals(await reap(), { tombstones: 1, orphans: 1, unknown: 0, brokenOff: 0 });
    assertEquals(await archive.blobKeys(), []);
  }, { now });
});
