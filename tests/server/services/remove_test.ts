import { assertEquals, assertRejects } from "@std/assert";
import Database from "libsql";
import { Problem } from "../../../server/http/problem.ts";
import { createReaper, GRACE_MARGIN } from "../../../server/services/reaper.ts";
import { createRemoveService, type RemoveService } from "../../../server/services/remove.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Parts extends TestArchive {
  readonly clock: { now: number };
  readonly service: RemoveService;
  store(...files: Uint8Array[]): Promise<void>;
  /** One round of a reaper: removed tombstones and orphans, and what it kept. */
  reap(): Promise<readonly [tombstones: number, orphans: number, unknown: number]>;
  /** A blob of its own making. */
  put(key: string): Promise<void>;
  present(): Promise<number>;
  forget(): void;
}

/** Begins at noon, so that an hour more or less is the same day. */
async function withService(run: (parts: Parts) => Promise<void>): Promise<void> {
  const clock = { now: Date.UTC(2026, 0, 10, 12) };
  const now = () => clock.now;
  await withArchive(async (archive) => {
    const reaper = createReaper({ ...archive, grace: DAY, now });
    await run({
      ...archive,
      clock,
      forget: reaper.forget,
      service: createRemoveService({ ...archive, grace: DAY, now }),
      async store(...files) {
        const init = multipart(files.map((body) => ({ body })));
        const response = await archive.fetch("/studies", { method: "POST", ...init });
        assertEquals(response.status, 200, await response.text());
      },
      async reap() {
        const { tombstones, orphans, unknown } = await reaper.round(new AbortController().signal);
        return [tombstones, orphans, unknown];
      },
      async put(key) {
        const writer = await archive.blobs.create(key);
        await writer.write(new Uint8Array(8));
        await writer.commit();
      },
      async present() {
        return (await archive.rows()).length;
      },
    });
  }, { now });
}

const STUDY = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
const SERIES = { ...STUDY, SeriesInstanceUID: "1.2.826.0.1.3680043.10.1.2" };
const instance = (number: number) => ({ ...SERIES, SOPInstanceUID: `2.25.${number}` });
const file = (number: number) => ctInstance({ sopInstanceUID: `2.25.${number}` });

async function statusOf(promise: Promise<unknown>): Promise<number> {
  return (await assertRejects(() => promise, Problem)).status;
}

Deno.test("remove: takes what its scope names, and tells unknown from deleted", () =>
  withService(async ({ service, store, present }) => {
    await store(file(1), file(2), file(3));
    assertEquals(await service.remove("default", instance(1)), 1);
    assertEquals(await present(), 2);
    assertEquals(await statusOf(service.remove("default", instance(1))), 410);
    assertEquals(await statusOf(service.remove("default", instance(9))), 404);
    assertEquals(await statusOf(service.remove("elsewhere", STUDY)), 404);
    assertEquals(await service.remove("default", SERIES), 2);
    assertEquals(await statusOf(service.remove("default", STUDY)), 410);
    assertEquals(await statusOf(service.remove("default", { StudyInstanceUID: "1.2" })), 404);
  }));

Deno.test("undelete: brings back each level, and whole", () =>
  withService(async ({ service, store, rows }) => {
    await store(file(1), file(2));
    const before = await rows();
    for (const scope of [instance(1), SERIES, STUDY]) {
      const removed = await service.remove("default", scope);
      assertEquals(await service.undelete("default", scope), removed);
    }
    const after = await rows();
    const content = (all: typeof before) =>
      all.map(({ blobKey, dataSetDigest, NumberOfFrames }) =>
        [blobKey, dataSetDigest, NumberOfFrames].join()
      ).sort();
    assertEquals(content(after), content(before));
    assertEquals(await statusOf(service.undelete("default", STUDY)), 404);
  }));

Deno.test("undelete: leaves what was stored anew as it is", () =>
  withService(async ({ service, store, rows }) => {
    await store(file(1), file(2));
    await service.remove("default", STUDY);
    await store(file(1));
    const [anew] = await rows();
    assertEquals(await service.undelete("default", STUDY), 1);
    assertEquals((await rows()).find((row) => row.SOPInstanceUID === "2.25.1"), anew);
  }));

Deno.test("undelete: ends with the grace, and deletion stays known", () =>
  withService(async ({ service, store, clock, reap, blobKeys, present }) => {
    await store(file(1));
    await service.remove("default", STUDY);
    clock.now += DAY - 1;
    assertEquals(await reap(), [0, 0, 0]);
    assertEquals(await service.undelete("default", STUDY), 1);
    await service.remove("default", STUDY);
    clock.now += DAY;
    assertEquals(await statusOf(service.undelete("default", STUDY)), 410);
    clock.now += GRACE_MARGIN + 1;
    assertEquals((await blobKeys()).length, 1);
    assertEquals(await reap(), [1, 0, 0]);
    assertEquals(await blobKeys(), []);
    assertEquals(await statusOf(service.undelete("default", STUDY)), 410);
    assertEquals(await statusOf(service.remove("default", STUDY)), 410);
    assertEquals(await present(), 0);
  }));

Deno.test("undelete: a blob that lives again is not reaped", () =>
  withService(async ({ service, store, clock, reap, blobKeys, rows }) => {
    await store(file(1));
    await service.remove("default", STUDY);
    await service.undelete("default", STUDY);
    clock.now += 3 * DAY;
    assertEquals(await reap(), [0, 0, 0]);
    assertEquals(await blobKeys(), (await rows()).map((row) => row.blobKey));
    assertEquals((await rows()).length, 1);
  }));

Deno.test("undelete: one that the reaper overtakes brings no row back whose blob is gone", () =>
  withService(
    async ({ index, rescan, records, store, service, clock, reap, blobKeys, present }) => {
      await store(file(1));
      await service.remove("default", STUDY);
      const overtaken = createRemoveService({
        index,
        records,
        grace: DAY,
        now: () => clock.now,
        rescan: {
          async revive(tombstone) {
            const revived = await rescan.revive(tombstone);
            clock.now += 2 * DAY;
            assertEquals(await reap(), [1, 0, 0]);
            return revived;
          },
        },
      });
      await assertRejects(() => overtaken.undelete("default", STUDY));
      assertEquals([await blobKeys(), await present()], [[], 0]);
      assertEquals(await statusOf(service.undelete("default", STUDY)), 410);
    },
  ));

Deno.test("reaper: removes what lies between known blobs of settled days, with what was derived", () =>
  withService(async ({ put, store, clock, reap, blobKeys, rows }) => {
    await store(file(1));
    await store(file(2));
    const [first = "", second = ""] = (await rows()).map(({ blobKey }) => blobKey);
    const derived = `${first}.inflated`;
    await put(derived);
    await put(`${first}0`);
    await put(`${first}0.inflated`);
    clock.now += DAY;
    assertEquals(await reap(), [0, 0, 0]);
    clock.now += DAY;
    assertEquals(await reap(), [0, 2, 0]);
    assertEquals(await blobKeys(), [first, derived, second]);
  }));

Deno.test("reaper: keeps blobs that an index which was lost, or is a copy of earlier, may have known", () =>
  withService(async ({ put, store, clock, reap, blobKeys, rows }) => {
    await store(file(1));
    const [row] = await rows();
    const folder = row!.blobKey.replace(/[^/]+$/, "");
    const others = [`${folder}0`, `${folder}Z`, "default/2026-01-09/0", "elsewhere/2026-01-10/0"];
    for (const key of others) await put(key);
    clock.now += 2 * DAY;
    assertEquals(await reap(), [0, 0, 4]);
    assertEquals((await blobKeys()).sort(), [row!.blobKey, ...others].sort());
  }));

Deno.test("reaper: keeps an instance whose row the index has lost, with what was derived", () =>
  withService(async ({ put, store, clock, reap, blobKeys, rows, folder }) => {
    for (const number of [1, 2, 3]) await store(file(number));
    const [first = "", lost = "", third = ""] = (await rows()).map(({ blobKey }) => blobKey);
    await put(`${lost}.derived`);
    const database = new Database(`${folder}/../index.db`, { timeout: 5000 });
    database.exec("DELETE FROM instances WHERE SOPInstanceUID = '2.25.2'");
    database.close();
    clock.now += 2 * DAY;
    assertEquals(await reap(), [0, 0, 2]);
    assertEquals(await blobKeys(), [first, lost, `${lost}.derived`, third]);
  }));

Deno.test("reaper: keeps instances that an index put back from a copy of earlier does not know", () =>
  withService(async ({ store, clock, reap, blobKeys, rows, folder }) => {
    for (const number of [1, 2, 3]) await store(file(number));
    const keys = (await rows()).map(({ blobKey }) => blobKey);
    const database = new Database(`${folder}/../index.db`, { timeout: 5000 });
    database.exec("DELETE FROM instances WHERE SOPInstanceUID = '2.25.2'");
    database.exec("DELETE FROM changes WHERE SOPInstanceUID = '2.25.2'");
    database.close();
    clock.now += 2 * DAY;
    assertEquals(await reap(), [0, 0, 1]);
    assertEquals(await blobKeys(), keys);
  }));

Deno.test("reaper: frees a disk that is too full for a record", () =>
  withService(async ({ index, blobs, underWay, store, service, clock, blobKeys }) => {
    await store(file(1));
    await service.remove("default", STUDY);
    clock.now += 2 * DAY;
    const records = { keep: () => Promise.reject(new Error("full")) };
    const reaper = createReaper({
      index,
      blobs,
      underWay,
      records,
      grace: DAY,
      now: () => clock.now,
    });
    await assertRejects(() => reaper.round(new AbortController().signal), Error, "full");
    assertEquals(await blobKeys(), []);
  }));

Deno.test("reaper: ends writings that were begun a day ago", () =>
  withService(async (archive) => {
    const { clock } = archive;
    const ended: Date[] = [];
    const blobs = {
      ...archive.blobs,
      abandoned: (olderThan: Date) => Promise.resolve(ended.push(olderThan)),
    };
    const reaper = createReaper({ ...archive, blobs, grace: DAY, now: () => clock.now });
    const { brokenOff } = await reaper.round(new AbortController().signal);
    assertEquals(brokenOff, 1);
    assertEquals(ended, [new Date(clock.now - DAY)]);
  }));

Deno.test("reaper: what another server gave up and did not come to remove goes when its turn is over", () =>
  withService(async ({ index, store, service, clock, reap, blobKeys, forget }) => {
    await store(file(1));
    clock.now += 3 * DAY;
    assertEquals(await reap(), [0, 0, 0]);
    await service.remove("default", STUDY);
    clock.now += 2 * DAY;
    // The other dies here.
    assertEquals((await index.reap(clock.now - DAY, 500)).length, 1);
    forget();
    assertEquals(await reap(), [0, 1, 0]);
    assertEquals(await blobKeys(), []);
  }));

Deno.test("reaper: walks past folders that are none of the store's", () =>
  withService(async ({ store, clock, reap, folder }) => {
    await store(file(1));
    await Deno.mkdir(`${folder}/lost+found`);
    await Deno.mkdir(`${folder}/default/a folder`);
    clock.now += 2 * DAY;
    assertEquals(await reap(), [0, 0, 0]);
  }));

Deno.test("reaper: keeps off a store under way, however far the clock is put forward", () =>
  withService(async ({ fetch, store, clock, reap, blobs, rows, underWay }) => {
    await store(file(1));
    const bytes = file(2);
    const body = new TransformStream<Uint8Array<ArrayBuffer>>();
    const storing = fetch("/studies", {
      method: "POST",
      headers: { "Content-Type": "application/dicom" },
      body: body.readable,
    });
    const writer = body.writable.getWriter();
    // Enough that the blob's file is there.
    const padding = new Uint8Array(2 ** 21);
    await writer.write(bytes.slice(0, 132));
    await writer.write(bytes.slice(132));
    await writer.write(padding);
    await store(file(3));
    clock.now += 3 * DAY;
    assertEquals(await reap(), [0, 0, 0]);
    await writer.close();
    const answer = await storing;
    assertEquals(answer.status, 200, await answer.text());
    for (const row of await rows()) assertEquals(await blobs.size(row.blobKey), row.size);
    assertEquals((await rows()).length, 3);
    assertEquals(underWay.size, 0);
  }));

Deno.test("reaper: what was derived from a reaped blob goes as well", () =>
  withService(async ({ service, blobs, store, clock, reap, blobKeys, rows }) => {
    await store(file(1));
    const [row] = await rows();
    const writer = await blobs.create(`${row!.blobKey}.inflated`);
    await writer.commit();
    clock.now += 3 * DAY;
    assertEquals(await reap(), [0, 0, 0]);
    await service.remove("default", STUDY);
    clock.now += 2 * DAY;
    assertEquals(await reap(), [1, 1, 0]);
    assertEquals(await blobKeys(), []);
  }));
