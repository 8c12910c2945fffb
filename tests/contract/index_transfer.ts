/**
 * What every Index does for another that takes its place. An implementation's test calls this once
 * with what registers a test that gets an index of its own, with the archives `default` and `other`.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Index, NewInstance, Tombstone } from "../../server/index/index.ts";
import { addAll, ARCHIVE, collect, newInstance, revisionOf, uids } from "../support/index_data.ts";
import type { RegisterIndexTest } from "./index.ts";

/** Registers the tests of one implementation. */
export function testIndexTransfer(name: string, register: RegisterIndexTest): void {
  function check(does: string, test: (index: Index) => Promise<void>): void {
    register(`${name}: ${does}`, test);
  }

  check("gives whole instances with what their study and series show", async (index) => {
    const first = newInstance([1, 1, 1], { StudyDescription: "first", SeriesDescription: "one" });
    const second = newInstance([1, 1, 2], { StudyDescription: "second", NumberOfFrames: "7" });
    const damaged = newInstance([1, 2, 1], { PatientName: "DOE^JANE\\X", SeriesNumber: "02" });
    const instances = [
      first,
      second,
      { ...damaged, header: { ...damaged.header, damage: "cut off" } },
    ];
    const revisions = await addAll(index, instances);
    const whole = await index.whole(ARCHIVE, [...revisions, 999]);
    assertEquals(whole.map(({ object }) => object), instances.map(({ object }) => object));
    assertEquals(whole.map(({ header }) => header), instances.map(({ header }) => header));
    assertEquals(
      whole.map(({ attributes }) => [
        attributes.StudyDescription,
        attributes.SeriesDescription,
        attributes.SeriesNumber,
        attributes.NumberOfFrames,
        attributes.PatientName,
      ]),
      [
        ["first", "one", "1", "", "DOE^JANE"],
        ["first", "one", "1", "7", "DOE^JANE"],
        ["first", "", "02", "", "DOE^JANE"],
      ],
    );
    assertEquals(await index.whole("other", revisions), []);
  });

  check(
    "gives and takes what the first study says of a patient, whether it is still there",
    async (index) => {
      const first = newInstance([1, 1, 1], { PatientName: "FIRST^NAME" });
      const [, revision = 0] = await addAll(index, [
        first,
        newInstance([2, 1, 1], { PatientName: "Second^Näme", PatientSex: "F" }),
      ]);
      await index.remove(ARCHIVE, { StudyInstanceUID: "2.25.1" }, 1);
      const [whole] = await index.whole(ARCHIVE, [revision]);
      assertEquals([whole?.attributes.PatientName, whole?.patient?.PatientName], [
        "Second^Näme",
        "FIRST^NAME",
      ]);
      await index.add(moved(whole!));
      for (const level of ["patient", "study"] as const) {
        for (const PatientName of ["FIRST^NAME", "SECOND^NAME"]) {
          const path = [0x00100010];
          const conditions = [{ path, match: { kind: "single", value: PatientName } as const }];
          const [other, own] = await Promise.all(
            ["other", ARCHIVE].map(async (archive) =>
              (await index.search(archive, { ...SERIES, level, conditions })).rows
            ),
          );
          assertEquals(other, own);
          assertEquals(
            own?.length,
            (level === "patient") === (PatientName === "FIRST^NAME") ? 1 : 0,
          );
        }
      }
    },
  );

  check("gives more whole instances than one statement does, in order", async (index) => {
    const instances = Array.from({ length: 40 }, (_, i) => newInstance([1, 1, i + 1]));
    const revisions = await addAll(index, instances);
    const whole = await index.whole(ARCHIVE, revisions);
    assertEquals(
      whole.map(({ object }) => object.blobKey),
      instances.map(({ object }) => object.blobKey),
    );
  });

  check("adds whole instances of another archive so that both say the same", async (index) => {
    const revisions = await addAll(index, [
      newInstance([1, 1, 1], { StudyTime: "1015", ModalitiesInStudy: null }),
      newInstance([1, 2, 1], { Modality: "MR", BodyPartExamined: "CHEST" }),
    ]);
    for (const instance of await index.whole(ARCHIVE, revisions)) {
      revisionOf(await index.add(moved(instance)));
    }
    const shown = async (archive: string) =>
      (await index.search(archive, SERIES)).rows.map(({ values }) => values);
    assertEquals(await shown("other"), await shown(ARCHIVE));
  });

  check("withdraws a row for the tombstone that another index has", async (index) => {
    const instance = newInstance([1, 1, 1]);
    await addAll(index, [instance, newInstance([1, 1, 2])]);
    const tombstone = tombstoneOf(instance, 7);
    await index.withdraw([tombstone]);
    assertEquals(await index.state(ARCHIVE, uids([1, 1, 1])), { kind: "deleted" });
    assertEquals(await index.buried([instance.object.blobKey, "x"]), [tombstone]);
    assertEquals((await index.totals(ARCHIVE)).instances, 1);
    assertEquals(await index.audit(ARCHIVE), []);
    // It can be undone, as it can be there.
    assertEquals((await index.add(instance)).kind, "added");
    assertEquals(await index.buried([instance.object.blobKey]), []);
  });

  check("withdraws blobs that it never had, and for a later removal", async (index) => {
    const [first, second] = [newInstance([1, 1, 1]), newInstance([1, 1, 2])];
    await index.withdraw([tombstoneOf(first, 1), tombstoneOf(second, 1)]);
    await index.beginRecord("record");
    await index.endRecord("record", [first, second].map(({ object }) => object.blobKey));
    const later = tombstoneOf(first, 2);
    await index.withdraw([later, tombstoneOf(second, 1)]);
    // A record that told of another removal is not what the tombstones are.
    assertEquals(await index.staleRecords(), ["record"]);
    const all = await collect(index.tombstones());
    assertEquals(all.map(({ removedAt, record }) => [removedAt, record]), [[2, ""], [1, ""]]);
    await index.withdraw([{ ...later, reaped: true }]);
    await index.withdraw([later]);
    // What is given up is not brought back.
    assertEquals((await index.buried([first.object.blobKey]))[0]?.reaped, true);
    assert((await index.add(first)).kind === "failed");
  });
}

function moved({ object, ...instance }: NewInstance): NewInstance {
  return {
    ...instance,
    archive: "other",
    object: { ...object, blobKey: object.blobKey.replace(ARCHIVE, "other") },
  };
}

function tombstoneOf({ archive, object }: NewInstance, removedAt: number): Tombstone {
  const { blobKey } = object;
  return { archive, blobKey, object, removedAt, reason: "deleted", record: "", reaped: false };
}

const SERIES = {
  level: "series",
  scope: {},
  conditions: [],
  include: [],
  orderBy: [],
  limit: 100,
  offset: 0,
  after: undefined,
  count: false,
} as const;
