/**
 * What every Index does. An implementation's test calls this once with a way to register a test that
 * is run with an index of its own, which is empty but for the archives `default` and `other`.
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { Index, InstanceRow, KeyRow } from "../../server/index/index.ts";
import {
  addAll,
  ARCHIVE,
  collect,
  newInstance,
  numbersOf,
  revisionOf,
  uids,
} from "../support/index_data.ts";

/** Registers a test. */
export type RegisterIndexTest = (name: string, test: (index: Index) => Promise<void>) => void;

/** Registers the tests of one implementation. `headerSizes`: of headers that do not fit into one page. */
export function testIndex(
  name: string,
  register: RegisterIndexTest,
  headerSizes: readonly number[],
): void {
  function check(does: string, test: (index: Index) => Promise<void>): void {
    register(`${name}: ${does}`, test);
  }

  check("gives back what was added, with its revision", async (index) => {
    const instance = newInstance([1, 1, 1], { NumberOfFrames: "7" });
    const revision = revisionOf(await index.add(instance));
    const expected: InstanceRow = {
      ...instance.object,
      revision,
      NumberOfFrames: 7,
      headerVersion: 3,
    };
    const scope = uids([1, 1, 1]);
    assertEquals(await index.places(ARCHIVE, scope), {
      ...expected,
      places: instance.header.places,
    });
    assertEquals(await collect(index.instances(ARCHIVE, scope)), [expected]);
    assertEquals(await collect(index.metadata(ARCHIVE, { StudyInstanceUID: "2.25.1" })), [
      { ...expected, pieces: instance.header.pieces },
    ]);
    assertEquals(await index.places("other", scope), undefined);
    assertEquals(await index.places(ARCHIVE, { ...scope, StudyInstanceUID: "2.25.2" }), undefined);
  });

  check("adds the same SOP Instance UID once, wherever it lies", async (index) => {
    const [revision] = await addAll(index, [newInstance([1, 1, 1])]);
    const elsewhere = newInstance([2, 1, 1]);
    const again = {
      ...elsewhere,
      object: { ...elsewhere.object, ...{ SOPInstanceUID: "2.25.1.1.1" } },
    };
    const outcomes = await Promise.all([index.add(newInstance([1, 1, 1])), index.add(again)]);
    for (const outcome of outcomes) {
      assert(outcome.kind === "exists");
      assertEquals(outcome.existing.revision, revision);
      assertEquals(outcome.existing.StudyInstanceUID, "2.25.1");
    }
    // Nothing of the study that would have held it is seen.
    assertEquals((await index.state(ARCHIVE, { StudyInstanceUID: "2.25.2" })).kind, "unknown");
    const other = { ...newInstance([1, 1, 1]), archive: "other" };
    assertEquals((await index.add(other)).kind, "added");
  });

  check("adds one of many that arrive together with the same UID", async (index) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => index.add(newInstance([1, 1, 1]))),
    );
    assertEquals(outcomes.filter(({ kind }) => kind === "added").length, 1);
    assertEquals(outcomes.filter(({ kind }) => kind === "exists").length, 19);
  });

  check("lets a bad instance fail alone", async (index) => {
    const good = newInstance([1, 1, 1]);
    const sameBlob = newInstance([1, 1, 2]);
    const [first, second, third] = await Promise.all([
      index.add(good),
      index.add({ ...sameBlob, object: { ...sameBlob.object, blobKey: good.object.blobKey } }),
      index.add({ ...newInstance([3, 1, 1]), archive: "unknown" }),
    ]);
    assertEquals(first.kind, "added");
    assert(second.kind === "failed" && third.kind === "failed");
    assertInstanceOf(second.error, Error);
    assertEquals(await index.state(ARCHIVE, {}), { kind: "present", revision: 1, instances: 1 });
  });

  check("names the attributes in which an instance disagrees with its study", async (index) => {
    await addAll(index, [newInstance([1, 1, 1], { StudyDescription: "HEAD", StudyID: null })]);
    const outcome = await index.add(
      newInstance([1, 2, 1], { PatientID: "P2", StudyDescription: "NECK", Modality: "MR" }),
    );
    assert(outcome.kind === "added");
    assertEquals(outcome.disagrees, ["PatientID", "StudyDescription"]);
    const patients = await index.search(ARCHIVE, PATIENTS);
    assertEquals(patients.rows.map(({ values }) => values.PatientID), ["P1"]);
  });

  check("replaces a revision and keeps its blob until the reaper comes", async (index) => {
    const old = newInstance([1, 1, 1]);
    const [revision = 0] = await addAll(index, [old]);
    const replacement = newInstance([1, 1, 1], { PatientName: "ROE^JANE" });
    const next = revisionOf(await index.replace(revision, replacement, 5_000));
    assert(next > revision);
    const [row] = await collect(index.instances(ARCHIVE, uids([1, 1, 1])));
    assertEquals(row?.blobKey, replacement.object.blobKey);
    assertEquals(await index.removed(ARCHIVE, uids([1, 1, 1])), []);
    assertEquals(await index.reap(5_000, 10), []);
    assertEquals(await index.reap(5_001, 10), [old.object.blobKey]);
    // Who comes second finds that the revision is not there any more.
    const late = await index.replace(revision, newInstance([1, 1, 1]), 5_002);
    assert(late.kind === "exists" && late.existing.revision === next);
  });

  check("takes a newer scanner's header without a new revision", async (index) => {
    const [revision = 0] = await addAll(index, [newInstance([1, 1, 1])]);
    const pieces = new Uint8Array([1, 2, 3]);
    await index.setHeader(revision, { version: 4, pieces, places: pieces });
    await index.setHeader(revision, { version: 2, pieces: new Uint8Array(1), places: pieces });
    const [row] = await collect(index.metadata(ARCHIVE, {}));
    assertEquals([row?.revision, row?.headerVersion, row?.pieces], [revision, 4, pieces]);
  });

  check("keeps what the scan found wrong with an object, until a newer scan", async (index) => {
    const { header, ...instance } = newInstance([1, 1, 1]);
    const damage = "The object ends 7 bytes before the end of (7FE0,0010)";
    const [revision = 0] = await addAll(index, [
      { ...instance, header: { ...header, damage } },
      newInstance([1, 1, 2]),
    ]);
    const damages = async () =>
      (await collect(index.instances(ARCHIVE, {}))).map((row) => row.damage);
    assertEquals(await damages(), [damage, undefined]);
    await index.setHeader(revision, { ...header, version: header.version + 1 });
    assertEquals(await damages(), [undefined, undefined]);
  });

  check("counts what an archive holds as it comes and goes", async (index) => {
    const nothing = { studies: 0, series: 0, instances: 0, bytes: 0 };
    assertEquals(await index.totals("unknown"), nothing);
    const added = [newInstance([1, 1, 1]), newInstance([1, 2, 1]), newInstance([2, 1, 1])];
    const [revision = 0] = await addAll(index, added);
    const sizes = added.map(({ object }) => object.size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assertEquals(await index.totals(ARCHIVE), { studies: 2, series: 3, instances: 3, bytes });
    const other = newInstance([1, 1, 1]);
    const replacement = { ...other, object: { ...other.object, size: sizes[0]! + 7 } };
    await index.replace(revision, replacement, 1);
    assertEquals((await index.totals(ARCHIVE)).bytes, bytes + 7);
    await index.remove(ARCHIVE, { StudyInstanceUID: "2.25.1" }, 2);
    const left = { studies: 1, series: 1, instances: 1, bytes: sizes[2]! };
    assertEquals(await index.totals(ARCHIVE), left);
    assertEquals(await index.totals("other"), nothing);
  });

  check("pages rows by series and instance number, however many", async (index) => {
    const added = [];
    for (let number = 1; number <= 1_203; number++) added.push(newInstance([1, 10, number]));
    added.push(newInstance([1, 9, 2]), newInstance([1, 9, 10]), newInstance([1, 9, 1]));
    added.push(newInstance([1, 11, 5], { InstanceNumber: "" }), newInstance([1, 11, 4]));
    await addAll(index, added);
    const expected = ["1.9.1", "1.9.2", "1.9.10"];
    for (let number = 1; number <= 1_203; number++) expected.push(`1.10.${number}`);
    expected.push("1.11.5", "1.11.4");
    const study = { StudyInstanceUID: "2.25.1" };
    assertEquals(numbersOf(await collect(index.instances(ARCHIVE, study))), expected);
    assertEquals(numbersOf(await collect(index.metadata(ARCHIVE, study))), expected);
    const series = { ...study, SeriesInstanceUID: "2.25.1.9" };
    assertEquals(numbersOf(await collect(index.metadata(ARCHIVE, series))), expected.slice(0, 3));
    const long = { ...study, SeriesInstanceUID: "2.25.1.10" };
    assertEquals(numbersOf(await collect(index.instances(ARCHIVE, long))), expected.slice(3, -2));
    assertEquals(numbersOf(await collect(index.instances(ARCHIVE, {}))), expected);
    const everything = await collect(index.everything(ARCHIVE));
    assertEquals(everything.length, added.length);
    assertEquals(everything.map((row) => row.revision), added.map((_, at) => at + 1));
  });

  check("keeps headers of any size apart from each other", async (index) => {
    await addAll(
      index,
      headerSizes.map((size, at) => newInstance([1, 1, at], {}, new Uint8Array(size).fill(at))),
    );
    const pages = await Array.fromAsync(index.metadata(ARCHIVE, { StudyInstanceUID: "2.25.1" }));
    assert(pages.length > 1);
    const headers = pages.flat().map(({ pieces }) => pieces);
    assertEquals(headers.map((pieces) => pieces.byteLength), headerSizes);
    headers.forEach((pieces, at) => assert(pieces.every((byte) => byte === at)));
  });

  check("changes the revision of a study with everything in it", async (index) => {
    const study = { StudyInstanceUID: "2.25.1" };
    const revisions: number[] = [];
    const note = async (instances: number) => {
      const state = await index.state(ARCHIVE, study);
      assert(state.kind === "present");
      assertEquals(state.instances, instances);
      assert(state.revision > (revisions.at(-1) ?? 0));
      revisions.push(state.revision);
    };
    await addAll(index, [newInstance([1, 1, 1]), newInstance([1, 1, 2])]);
    await note(2);
    await addAll(index, [newInstance([1, 2, 1])]);
    await note(3);
    await index.remove(ARCHIVE, uids([1, 1, 2]), 1);
    await note(2);
    await index.remove(ARCHIVE, study, 1);
    await addAll(index, [newInstance([1, 1, 1])]);
    await note(1);
    assertEquals(
      (await index.state(ARCHIVE, { ...study, SeriesInstanceUID: "2.25.1.1" })).kind,
      "present",
    );
  });

  check("removes instances, series and studies, and remembers them", async (index) => {
    await addAll(index, [
      newInstance([1, 1, 1]),
      newInstance([1, 1, 2]),
      newInstance([1, 2, 1], { Modality: "MR" }),
      newInstance([2, 1, 1], { PatientID: "P2" }),
    ]);
    assertEquals(await index.remove(ARCHIVE, uids([1, 1, 1]), 10), 1);
    assertEquals(await index.remove(ARCHIVE, uids([1, 1, 1]), 11), 0);
    assertEquals(await index.state(ARCHIVE, uids([1, 1, 1])), { kind: "deleted" });
    const { SOPInstanceUID: _, ...series } = uids([1, 2, 1]);
    assertEquals(await index.remove(ARCHIVE, series, 12), 1);
    const [study] = (await index.search(ARCHIVE, STUDIES)).rows
      .filter(({ values }) => values.StudyInstanceUID === "2.25.1");
    assertEquals(study?.values.ModalitiesInStudy, "CT");
    assertEquals(study?.values.NumberOfStudyRelatedSeries, "1");
    assertEquals(study?.values.NumberOfStudyRelatedInstances, "1");
    assertEquals(await index.remove(ARCHIVE, { StudyInstanceUID: "2.25.1" }, 13), 1);
    assertEquals(await index.state(ARCHIVE, { StudyInstanceUID: "2.25.1" }), { kind: "deleted" });
    assertEquals(await index.state(ARCHIVE, { StudyInstanceUID: "2.25.9" }), { kind: "unknown" });
    assertEquals(await index.state("other", { StudyInstanceUID: "2.25.1" }), { kind: "unknown" });
    const patients = await index.search(ARCHIVE, PATIENTS);
    assertEquals(patients.rows.map(({ values }) => values.PatientID), ["P2"]);
    const removed = await index.removed(ARCHIVE, { StudyInstanceUID: "2.25.1" });
    assertEquals(removed.map(({ removedAt }) => removedAt), [13, 12, 10]);
    assertEquals(await collect(index.instances(ARCHIVE, { StudyInstanceUID: "2.25.1" })), []);
  });

  check("reaps in order of removal and still knows what was deleted", async (index) => {
    const instances = [1, 2, 3].map((number) => newInstance([1, 1, number]));
    await addAll(index, instances);
    const keys = instances.map(({ object }) => object.blobKey);
    for (const [at, number] of [[30, 1], [10, 2], [20, 3]] as const) {
      await index.remove(ARCHIVE, uids([1, 1, number]), at);
    }
    const [first = "", second = "", third = ""] = keys;
    const standings = async () => [...await index.known([...keys, "nowhere"])].sort();
    assertEquals(await standings(), [[first, "kept"], [second, "kept"], [third, "kept"]]);
    assertEquals(await index.reap(30, 1), [second]);
    assertEquals(await index.reap(30, 10), [third]);
    assertEquals(await index.reap(30, 10), []);
    assertEquals(await standings(), [[first, "kept"], [second, "reaped"], [third, "reaped"]]);
    // Whoever still holds its tombstone comes too late: the blob is about to go.
    assertEquals((await index.add(instances[1]!)).kind, "failed");
    assertEquals((await index.removed(ARCHIVE, {})).map(({ blobKey }) => blobKey), [keys[0]]);
    assertEquals(await index.state(ARCHIVE, uids([1, 1, 3])), { kind: "deleted" });
  });

  check("takes what was deleted again", async (index) => {
    const instance = newInstance([1, 1, 1]);
    const [first = 0] = await addAll(index, [instance]);
    await index.remove(ARCHIVE, {}, 1);
    // The same blob lives again: it is not to be reaped any more.
    const [second = 0] = await addAll(index, [instance]);
    assert(second > first);
    assertEquals(await index.reap(10, 10), []);
    await index.remove(ARCHIVE, {}, 2);
    const [third = 0] = await addAll(index, [newInstance([1, 1, 1])]);
    assert(third > second);
    assertEquals((await index.state(ARCHIVE, uids([1, 1, 1]))).kind, "present");
  });

  check("keeps keys", async (index) => {
    const key: KeyRow = {
      id: "k1",
      name: "o'clock; DROP TABLE api_keys",
      hash: "00",
      scopes: ["read", "write"],
      createdAt: 1,
      revokedAt: undefined,
    };
    await index.addKey(key);
    await index.addKey({ ...key, id: "k2", scopes: [], createdAt: 2 });
    assertEquals(await index.keys(), [key, { ...key, id: "k2", scopes: [], createdAt: 2 }]);
    assertEquals(await index.revokeKey("k1", 9), true);
    assertEquals(await index.revokeKey("k1", 10), false);
    assertEquals(await index.revokeKey("k3", 9), false);
    assertEquals((await index.keys()).map(({ revokedAt }) => revokedAt), [9, undefined]);
  });

  check("makes archives once", async (index) => {
    await index.ensureArchives(["default", "third"]);
    await index.ensureArchives([]);
    assertEquals((await index.add({ ...newInstance([1, 1, 1]), archive: "third" })).kind, "added");
  });
}

const ALL = {
  scope: {},
  conditions: [],
  include: [],
  orderBy: [],
  limit: 100,
  offset: 0,
  after: undefined,
  count: false,
} as const;
const STUDIES = { ...ALL, level: "study" } as const;
const PATIENTS = { ...ALL, level: "patient" } as const;
