import { assert, assertEquals, assertRejects } from "@std/assert";
import type { BlobStore } from "../../../server/blobs/blob_store.ts";
import type { Index } from "../../../server/index/index.ts";
import { foundNothing, type MigrationEnd } from "../../../server/services/migrate.ts";
import { createIds } from "../../../server/services/ids.ts";
import { createReaper } from "../../../server/services/reaper.ts";
import { createRemoveService } from "../../../server/services/remove.ts";
import { createRemovalRecords } from "../../../server/services/removal_records.ts";
import { createRescan } from "../../../server/services/rescan.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { collect } from "../../support/index_data.ts";
import { assertSameEnds, pass, settle, withFileEnd } from "../../support/migration.ts";
import { ctInstance, type CtOptions, value } from "../../support/part10_builder.ts";

const DAY = 86_400_000;

/** An instance of a study; what is not said is the same in all of them. */
const file = (study: number, number: number, options: CtOptions = {}) =>
  ctInstance({
    studyInstanceUID: `2.25.${study}`,
    seriesInstanceUID: `2.25.${study}.1`,
    sopInstanceUID: `2.25.${study}.1.${number}`,
    patientID: `P${study}`,
    instanceNumber: number,
    ...options,
  });

async function store(archive: TestArchive, ...files: Uint8Array[]): Promise<void> {
  const init = multipart(files.map((body) => ({ body })));
  const response = await archive.fetch("/studies", { method: "POST", ...init });
  // Or 202, where one differs from its study.
  assert(response.ok, await response.text());
}

const removal = (archive: TestArchive) => createRemoveService({ ...archive, grace: DAY });
const study = (number: number) => ({ StudyInstanceUID: `2.25.${number}` });
const instance = (number: number, of: number) => ({
  ...study(number),
  SOPInstanceUID: `2.25.${number}.1.${of}`,
});

/** Runs `use` with an archive that replaces, and an empty place for it. */
function withEnds(
  use: (archive: TestArchive, target: MigrationEnd) => Promise<void>,
): Promise<void> {
  return withArchive((archive) => withFileEnd((target) => use(archive, target)), {
    conflict: "replace",
  });
}

Deno.test("migratePass: brings all that an archive holds, once", () =>
  withEnds(async (archive, target) => {
    const { index } = archive;
    await index.ensureArchives(["other", "empty"]);
    await store(archive, file(1, 1), file(1, 2), file(2, 1), file(3, 1));
    // Another content, one that is deleted, one that was and is there again, a damaged one.
    await store(archive, file(1, 2, { rows: 8 }));
    await removal(archive).remove("default", study(2));
    await removal(archive).remove("default", study(3));
    await removal(archive).undelete("default", study(3));
    await store(archive, file(4, 1).subarray(0, -5));
    assert((await archive.rows()).some(({ damage }) => damage !== undefined));
    const key = { id: "k1", name: "k", hash: "00", scopes: ["read"], createdAt: 1 };
    await index.addKey({ ...key, revokedAt: undefined });
    await index.addKey({ ...key, id: "k2", revokedAt: 5 });
    const last = await index.lastRevision();

    const first = await pass(archive, target);
    assertEquals([first.instances, first.copied > 0, first.faults], [4, true, 0]);
    await assertSameEnds(target, archive);
    assert(foundNothing(await pass(archive, target)));
    // No number is given twice, so that no ETag stands for other bytes.
    const numbers = (await collect(target.index.everything("default"))).map(({ revision }) =>
      revision
    );
    assert(numbers.every((number) => number > last));

    // What was deleted there can be brought back here.
    const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
    const service = createRemoveService({
      index: target.index,
      rescan: createRescan({ ...target, ids }),
      records: createRemovalRecords({ ...target, ids }),
      grace: DAY,
    });
    assertEquals(await service.undelete("default", study(2)), 1);
    assertEquals((await target.index.state("default", study(2))).kind, "present");
  }));

Deno.test("migratePass: follows what changes at the source", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1), file(1, 2), file(2, 1), file(3, 1), file(4, 1));
    await removal(archive).remove("default", study(4));
    await settle(archive, target);
    await archive.index.addKey({
      id: "k1",
      name: "k",
      hash: "00",
      scopes: [],
      createdAt: 1,
      revokedAt: undefined,
    });
    await removal(archive).remove("default", instance(1, 1));
    await removal(archive).undelete("default", study(4));
    await store(archive, file(2, 1, { rows: 8 }), file(5, 1));
    // The same instance, in another study.
    await removal(archive).remove("default", study(3));
    await store(archive, file(3, 1, { studyInstanceUID: "2.25.33" }));
    await settle(archive, target);
    await assertSameEnds(target, archive);
    await archive.index.revokeKey("k1", 9);
    const reaper = createReaper({ ...archive, grace: -DAY });
    assert((await reaper.round(new AbortController().signal)).tombstones > 0);
    await settle(archive, target);
    await assertSameEnds(target, archive);
    assert(foundNothing(await pass(archive, target)));
  }));

Deno.test("migratePass: a study that was emptied and came anew is what it became, whenever that was", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1, { patientName: "Before^It" }), file(2, 1));
    await settle(archive, target);
    let isDone = false;
    // After the removals were brought and before the rows are.
    const everything: Index["everything"] = async function* (name) {
      if (!isDone) {
        isDone = true;
        await removal(archive).remove("default", study(1));
        await store(archive, file(1, 2, { patientName: "After^It" }));
      }
      yield* archive.index.everything(name);
    };
    const source = { ...archive, index: { ...archive.index, everything } };
    await pass(source, target);
    await settle(archive, target);
    await assertSameEnds(target, archive);
  }));

Deno.test("migratePass: a study keeps what its first instance said of it, though that is deleted", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1, { patientName: "First^Name" }));
    await store(archive, file(1, 2, { patientName: "Second^Name" }));
    await removal(archive).remove("default", instance(1, 1));
    await settle(archive, target);
    await assertSameEnds(target, archive);
  }));

Deno.test("migratePass: what is too large for the index is there before its row", () =>
  withEnds(async (archive, target) => {
    const elements = Array.from({ length: 40 }, (_, n) => {
      const noise = crypto.getRandomValues(new Uint8Array(45_000)).toBase64();
      return value(0x00091010 + n, "UT", noise);
    });
    await store(archive, file(1, 1, { elements }));
    assertEquals((await archive.blobKeys()).length, 2);
    await settle(archive, target);
    await assertSameEnds(target, archive);
    assertEquals(await Array.fromAsync(target.blobs.list("")), await archive.blobKeys());
    // Whoever moved away may have made room; the index says still that all was there.
    for (const key of await archive.blobKeys()) await target.blobs.delete(key);
    await settle(archive, target);
    assertEquals(await Array.fromAsync(target.blobs.list("")), await archive.blobKeys());
  }));

Deno.test("migratePass: names what is not what was acknowledged; what is missing comes when it is there", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1), file(1, 2), file(1, 3));
    const [flipped, lost] = await archive.rows();
    const path = (key: string) => `${archive.folder}/${key}`;
    const bytes = await Deno.readFile(path(flipped!.blobKey));
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path(flipped!.blobKey), bytes);
    await Deno.rename(path(lost!.blobKey), path("aside"));
    const { named } = await pass(archive, target);
    assertEquals(named.map(({ kind, SOPInstanceUID }) => [kind, SOPInstanceUID]).sort(), [
      ["data set", flipped!.SOPInstanceUID],
      ["missing", lost!.SOPInstanceUID],
    ]);
    // As it is; and no row without an object.
    assertEquals((await collect(target.index.everything("default"))).length, 2);
    assertEquals(
      await new Response(await target.blobs.open(flipped!.blobKey)).bytes(),
      bytes,
    );
    await Deno.rename(path("aside"), path(lost!.blobKey));
    assertEquals((await pass(archive, target)).named, []);
    assertEquals((await collect(target.index.everything("default"))).length, 3);
  }));

Deno.test("migratePass: copies again what broke off; what is there is read again where that is asked for", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1), file(1, 2));
    const [cut] = await archive.rows();
    await put(target.blobs, cut!.blobKey, new Uint8Array(cut!.size));
    await settle(archive, target);
    await assertSameEnds(target, archive);
    await target.blobs.delete(cut!.blobKey);
    await put(target.blobs, cut!.blobKey, new Uint8Array(cut!.size));
    assert(foundNothing(await pass(archive, target)));
    assertEquals((await pass(archive, target, { rereads: true })).copied, 1);
    await assertSameEnds(target, archive);
  }));

async function put(blobs: BlobStore, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await blobs.create(key);
  await writer.write(bytes);
  await writer.commit();
}

Deno.test("migratePass: moves the index or the objects alone", () =>
  withEnds(async (archive, target) => {
    await store(archive, file(1, 1), file(1, 2), file(2, 1), file(3, 1, { frames: 2 }));
    await removal(archive).remove("default", study(2));
    await put(archive.blobs, `${(await archive.rows())[0]!.blobKey}.01HEADER`, new Uint8Array(3));
    const objects = { index: archive.index, blobs: target.blobs };
    const first = await pass(archive, objects);
    assertEquals([first.changed, first.copied], [0, 6]);
    await assertSameEnds(objects, archive);
    assert(foundNothing(await pass(archive, objects)));
    const index = { index: target.index, blobs: archive.blobs };
    assertEquals((await pass(archive, index)).copied, 0);
    await assertSameEnds(index, archive);
    assert(foundNothing(await pass(archive, index)));
    await removal(archive).remove("default", instance(1, 1));
    await removal(archive).undelete("default", study(2));
    await settle(archive, objects);
    await assertSameEnds(objects, archive);
    await settle(archive, index);
    await assertSameEnds(index, archive);
  }));

Deno.test("migratePass: an aborted one ends between two objects, and is gone on with", () =>
  withEnds(async (archive, target) => {
    await store(archive, ...Array.from({ length: 60 }, (_, i) => file(1, i + 1)));
    const stop = new AbortController();
    const create: BlobStore["create"] = (key) => {
      stop.abort();
      return target.blobs.create(key);
    };
    const stopping = { ...target, blobs: { ...target.blobs, create } };
    const { signal } = stop;
    await assertRejects(() => pass(archive, stopping, { signal }), DOMException);
    assertEquals(await collect(target.index.everything("default")), []);
    await settle(archive, target);
    await assertSameEnds(target, archive);
  }));
