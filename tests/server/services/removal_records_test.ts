import { assert, assertEquals, assertRejects } from "@std/assert";
import type { BlobStore } from "../../../server/blobs/blob_store.ts";
import { createIds } from "../../../server/services/ids.ts";
import {
  createRemovalRecords,
  decodeRecord,
  encodeRecord,
  readRecord,
  recordKeys,
} from "../../../server/services/removal_records.ts";
import { createRemoveService, type RemoveService } from "../../../server/services/remove.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const STUDY = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
const SERIES = { ...STUDY, SeriesInstanceUID: "1.2.826.0.1.3680043.10.1.2" };
const instance = (number: number) => ({ ...SERIES, SOPInstanceUID: `2.25.${number}` });
const file = (number: number, rows = 2) =>
  ctInstance({ sopInstanceUID: `2.25.${number}`, rows, pixels: [new Uint8Array(rows * 4)] });

interface Parts extends TestArchive {
  readonly service: RemoveService;
  store(...files: Uint8Array[]): Promise<void>;
  /** "reason UID" of everything that the records tell of, and how many records there are. */
  told(): Promise<{ removals: string[]; files: number }>;
}

function withService(
  run: (parts: Parts) => Promise<void>,
  options: Parameters<typeof withArchive>[1] = {},
): Promise<void> {
  return withArchive((archive) =>
    run({
      ...archive,
      service: createRemoveService({ ...archive, grace: 86_400_000 }),
      async store(...files) {
        const init = multipart(files.map((body) => ({ body })));
        const response = await archive.fetch("/studies", { method: "POST", ...init });
        assertEquals(response.status, 200, await response.text());
      },
      async told() {
        const keys = await Array.fromAsync(recordKeys(archive.blobs));
        const read = await Promise.all(keys.map((key) => readRecord(archive.blobs, key)));
        const removals = read.flatMap((removals) => {
          assert(removals !== undefined, "a record is not whole");
          return removals.map(({ reason, SOPInstanceUID }) => `${reason} ${SOPInstanceUID}`);
        });
        return { removals: removals.sort(), files: keys.length };
      },
    }), options);
}

Deno.test("removal records: one file tells of all that a removal took, and undelete takes it back", () =>
  withService(async ({ service, store, told, index, blobs }) => {
    await store(file(1), file(2), file(3));
    await service.remove("default", STUDY);
    const all = ["deleted 2.25.1", "deleted 2.25.2", "deleted 2.25.3"];
    assertEquals(await told(), { removals: all, files: 1 });
    const [key = ""] = await Array.fromAsync(recordKeys(blobs));
    const removals = await readRecord(blobs, key) ?? [];
    const removal = removals.find(({ SOPInstanceUID }) => SOPInstanceUID === "2.25.1");
    const [tombstone] = await index.removed("default", instance(1));
    assertEquals(removal, {
      ...tombstone!.object,
      removedAt: tombstone!.removedAt,
      reason: "deleted",
    });
    await service.undelete("default", instance(2));
    assertEquals(await told(), { removals: ["deleted 2.25.1", "deleted 2.25.3"], files: 1 });
    await service.undelete("default", STUDY);
    assertEquals(await told(), { removals: [], files: 0 });
    assertEquals(await index.staleRecords(), []);
  }));

Deno.test("removal records: tell of what was replaced", () =>
  withService(async ({ store, told }) => {
    await store(file(1, 2));
    await store(file(1, 4));
    assertEquals(await told(), { removals: ["replaced 2.25.1"], files: 1 });
  }, { conflict: "replace" }));

Deno.test("removal records: a removal without one is not acknowledged, and is by the next that asks", () => {
  let isFull = false;
  const wrapBlobs = (blobs: BlobStore): BlobStore => ({
    ...blobs,
    create: (key) => isFull ? Promise.reject(new Error("full")) : blobs.create(key),
  });
  return withService(async ({ service, store, told }) => {
    await store(file(1), file(2));
    isFull = true;
    await assertRejects(() => service.remove("default", instance(1)), Error, "full");
    assertEquals(await told(), { removals: [], files: 0 });
    isFull = false;
    await assertRejects(() => service.remove("default", instance(1)), Error, "deleted before");
    assertEquals(await told(), { removals: ["deleted 2.25.1"], files: 1 });
  }, { wrapBlobs });
});

Deno.test("removal records: what lives again while its record is written is in none", () => {
  let between = () => Promise.resolve();
  const wrapBlobs = (blobs: BlobStore): BlobStore => ({
    ...blobs,
    async create(key) {
      if (key.includes("/removals/")) await between();
      return await blobs.create(key);
    },
  });
  return withService(async ({ index, rescan, records, store, told }) => {
    await store(file(1), file(2));
    await index.remove("default", STUDY, 1);
    const [tombstone] = await index.removed("default", instance(1));
    between = async () => {
      between = () => Promise.resolve();
      await index.add(await rescan.revive(tombstone!));
    };
    await records.keep();
    assertEquals((await index.staleRecords()).length, 1);
    await records.keep();
    assertEquals(await told(), { removals: ["deleted 2.25.2"], files: 1 });
    assertEquals(await index.staleRecords(), []);
  }, { wrapBlobs });
});

Deno.test("removal records: whatever step a crash falls on, the next round ends with what the index says", async () => {
  for (let steps = 0; steps < 12; steps++) {
    await withService(async ({ index, blobs, service, records, store, told, rescan }) => {
      await store(file(1), file(2), file(3));
      await service.remove("default", STUDY);
      const [tombstone] = await index.removed("default", instance(3));
      await index.add(await rescan.revive(tombstone!));
      // The third is back and the others wait for a new record; the process ends on the way to it.
      let left = steps;
      const dying =
        <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
        async (...args: Args): Promise<Result> => {
          if (left-- === 0) throw new Error("killed");
          return await work(...args);
        };
      const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
      const crashing = createRemovalRecords({
        ids,
        index: {
          unrecorded: dying(index.unrecorded),
          condemnRecords: dying(index.condemnRecords),
          beginRecord: dying(index.beginRecord),
          endRecord: dying(index.endRecord),
          forgetRecord: dying(index.forgetRecord),
        },
        blobs: { ...blobs, create: dying(blobs.create), delete: dying(blobs.delete) },
      });
      await crashing.keep().catch(() => {});
      const { removals } = await told();
      for (const each of ["deleted 2.25.1", "deleted 2.25.2"]) {
        assert(removals.includes(each), `${each} is not told of after ${steps} steps`);
      }
      await records.keep();
      assertEquals(await told(), { removals: ["deleted 2.25.1", "deleted 2.25.2"], files: 1 });
      assertEquals(await index.staleRecords(), []);
    });
  }
});

Deno.test("removal records: two processes that keep them at once leave each removal in one", () =>
  withService(async ({ index, blobs, records, store, told }) => {
    const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
    const others = createRemovalRecords({ index, blobs, ids });
    for (let number = 1; number <= 20; number++) {
      await store(file(number));
      await index.remove("default", instance(number), number);
      await Promise.all([records.keep(), others.keep()]);
      const { removals } = await told();
      for (let each = 1; each <= number; each++) {
        assert(removals.includes(`deleted 2.25.${each}`), `${each} of ${number} is not told of`);
      }
    }
    await records.keep();
    assertEquals((await told()).removals.length, 20);
    assertEquals(await index.unrecorded(100), []);
    for await (const keys of index.records()) {
      for (const key of keys) assert(await blobs.size(key) !== undefined);
    }
  }));

Deno.test("decodeRecord: takes no record that is cut off or changed", () =>
  withService(async ({ index, store }) => {
    await store(file(1));
    await index.remove("default", STUDY, 1);
    const bytes = encodeRecord(await index.removed("default", STUDY));
    assertEquals(decodeRecord(bytes)?.length, 1);
    for (const length of [0, 1, bytes.length - 66, bytes.length - 1]) {
      assertEquals(decodeRecord(bytes.subarray(0, length)), undefined);
    }
    for (const at of [0, 40, bytes.length - 2]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      assertEquals(decodeRecord(changed), undefined);
    }
  }));
