import { assertEquals, assertRejects } from "@std/assert";
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
  /** One round of a reaper: removed tombstones and orphans. */
  reap(): Promise<readonly [number, number]>;
  present(): Promise<number>;
}

/** Begins at noon, so that an hour more or less is the same day. */
async function withService(run: (parts: Parts) => Promise<void>): Promise<void> {
  const clock = { now: Date.UTC(2026, 0, 10, 12) };
  const now = () => clock.now;
  await withArchive(async (archive) => {
    const reaper = createReaper({ index: archive.index, blobs: archive.blobs, grace: DAY, now });
    await run({
      ...archive,
      clock,
      service: createRemoveService({ ...archive, grace: DAY, now }),
      async store(...files) {
        const init = multipart(files.map((body) => ({ body })));
        const response = await archive.fetch("/studies", { method: "POST", ...init });
        assertEquals(response.status, 200, await response.text());
      },
      async reap() {
        const { tombstones, orphans } = await reaper.round(new AbortController().signal);
        return [tombstones, orphans];
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
    assertEquals(await reap(), [0, 0]);
    assertEquals(await service.undelete("default", STUDY), 1);
    await service.remove("default", STUDY);
    clock.now += DAY;
    assertEquals(await statusOf(service.undelete("default", STUDY)), 410);
    clock.now += GRACE_MARGIN + 1;
    assertEquals((await blobKeys()).length, 1);
    assertEquals(await reap(), [1, 0]);
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
    assertEquals(await reap(), [0, 0]);
    assertEquals(await blobKeys(), (await rows()).map((row) => row.blobKey));
    assertEquals((await rows()).length, 1);
  }));

Deno.test("reaper: removes orphans of settled days, with what was derived, and nothing else", () =>
  withService(async ({ blobs, store, clock, reap, blobKeys, rows }) => {
    const put = async (key: string) => {
      const writer = await blobs.create(key);
      await writer.write(new Uint8Array(8));
      await writer.commit();
    };
    await store(file(1));
    const [row] = await rows();
    const derived = `${row!.blobKey}.inflated`;
    const orphan = row!.blobKey.replace(/[^/]+$/, "ORPHAN");
    await put(derived);
    await put(orphan);
    await put(`${orphan}.inflated`);
    clock.now += DAY;
    assertEquals(await reap(), [0, 0]);
    clock.now += DAY;
    assertEquals(await reap(), [0, 2]);
    assertEquals(await blobKeys(), [row!.blobKey, derived]);
  }));

Deno.test("reaper: what was derived from a reaped blob goes as well", () =>
  withService(async ({ service, blobs, store, clock, reap, blobKeys, rows }) => {
    await store(file(1));
    const [row] = await rows();
    const writer = await blobs.create(`${row!.blobKey}.inflated`);
    await writer.commit();
    clock.now += 3 * DAY;
    assertEquals(await reap(), [0, 0]);
    await service.remove("default", STUDY);
    clock.now += 2 * DAY;
    assertEquals(await reap(), [1, 1]);
    assertEquals(await blobKeys(), []);
  }));
