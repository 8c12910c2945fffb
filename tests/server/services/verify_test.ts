import { assertEquals } from "@std/assert";
import Database from "libsql";
import { type Fault, verify } from "../../../server/services/verify.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const DAY = 86_400_000;

interface Parts extends TestArchive {
  /** Paths of the blobs' files by SOP Instance UID. */
  readonly files: ReadonlyMap<string, string>;
  readonly clock: { now: number };
  verified(): Promise<{ faults: string[]; pending: number; instances: number; bytes: number }>;
}

const UIDS = ["2.25.1", "2.25.2", "2.25.3", "2.25.4"];

/** An archive of four instances. */
async function withStored(run: (parts: Parts) => Promise<void>): Promise<void> {
  const clock = { now: Date.UTC(2026, 0, 10, 12) };
  await withArchive(async (archive) => {
    const parts = UIDS.map((uid) => ({ body: ctInstance({ sopInstanceUID: uid }) }));
    const stored = await archive.fetch("/studies", { method: "POST", ...multipart(parts) });
    assertEquals(stored.status, 200, await stored.text());
    const rows = await archive.rows();
    await run({
      ...archive,
      clock,
      files: new Map(rows.map((row) => [row.SOPInstanceUID, `${archive.folder}/${row.blobKey}`])),
      async verified() {
        const faults: Fault[] = [];
        const { instances, bytes, pending, faults: count } = await verify({
          index: archive.index,
          blobs: archive.blobs,
          onFault: (fault) => faults.push(fault),
          now: () => clock.now,
        });
        assertEquals(faults.length, count);
        const names = faults.map(nameOf);
        return { faults: names.sort(), pending, instances, bytes };
      },
    });
  }, { now: () => clock.now });
}

/** A fault by its kind and what it is about. */
function nameOf(fault: Fault): string {
  switch (fault.kind) {
    case "count":
      return `count ${fault.UID} ${fault.said} for ${fault.counted}`;
    case "totals":
      return `totals ${fault.said.instances} for ${fault.counted.instances}`;
    case "orphan":
    case "record":
      return `${fault.kind} ${fault.blobKey}`;
    default:
      return `${fault.kind} ${fault.SOPInstanceUID}`;
  }
}

/** Inverts a byte of a file. */
async function damage(path: string, offset: number): Promise<void> {
  await Deno.chmod(path, 0o600);
  const bytes = await Deno.readFile(path);
  bytes[offset] = bytes[offset]! ^ 0x01;
  await Deno.writeFile(path, bytes);
}

Deno.test("verify: finds nothing where nothing is wrong", () =>
  withStored(async ({ verified }) => {
    const bytes = UIDS.reduce(
      (sum, uid) => sum + ctInstance({ sopInstanceUID: uid }).length,
      0,
    );
    assertEquals(await verified(), { faults: [], pending: 0, instances: 4, bytes });
  }));

Deno.test("verify: names a flipped bit, a missing blob, a short one and an orphan", () =>
  withStored(async ({ verified, files, folder, clock }) => {
    const length = ctInstance({ sopInstanceUID: UIDS[0]! }).length;
    await damage(files.get(UIDS[0]!)!, length - 1);
    await damage(files.get(UIDS[1]!)!, 10);
    await Deno.remove(files.get(UIDS[2]!)!);
    await Deno.truncate(files.get(UIDS[3]!)!, length - 2);
    await Deno.writeFile(`${folder}/default/2026-01-10/ORPHAN`, new Uint8Array(4));
    clock.now += 2 * DAY;
    assertEquals((await verified()).faults, [
      "data set 2.25.1",
      "missing 2.25.3",
      "orphan default/2026-01-10/ORPHAN",
      "prefix 2.25.2",
      "size 2.25.4",
    ]);
  }));

Deno.test("verify: a blob without a row is pending for a day, and belongs to its tombstone for longer", () =>
  withStored(async ({ verified, folder, index, clock }) => {
    await Deno.writeFile(`${folder}/default/2026-01-10/UNDERWAY`, new Uint8Array(4));
    assertEquals((await verified()).pending, 1);
    await index.remove(
      "default",
      { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" },
      clock.now,
    );
    clock.now += 2 * DAY;
    const { instances, faults } = await verified();
    assertEquals(instances, 0);
    assertEquals(faults, ["orphan default/2026-01-10/UNDERWAY"]);
  }));

/** Runs SQL on the index behind its back. */
function damageIndex(folder: string, sql: string): void {
  const database = new Database(`${folder}/../index.db`, { timeout: 5000 });
  database.exec(sql);
  database.close();
}

Deno.test("verify: names a row that the index has lost, of today too, and tells it from what broke off", () =>
  withStored(async ({ verified, files, folder, clock }) => {
    damageIndex(folder, `DELETE FROM instances WHERE SOPInstanceUID = '2.25.2'`);
    // A store that broke off before its row was written, and one that was cut off.
    const whole = ctInstance({ sopInstanceUID: "2.25.5" });
    await Deno.writeFile(`${folder}/default/2026-01-10/WHOLE`, whole);
    await Deno.writeFile(`${folder}/default/2026-01-10/CUT`, whole.subarray(0, 300));
    // What was stored again under another key is no lost row.
    await Deno.copyFile(files.get("2.25.1")!, `${folder}/default/2026-01-10/AGAIN`);
    const today = await verified();
    assertEquals([today.faults, today.pending], [["missing row 2.25.2"], 3]);
    clock.now += 2 * DAY;
    assertEquals((await verified()).faults, [
      "missing row 2.25.2",
      "missing row 2.25.5",
      "orphan default/2026-01-10/AGAIN",
      "orphan default/2026-01-10/CUT",
    ]);
  }));

Deno.test("verify: names a lost header, a lost series, and numbers that are wrong", () =>
  withStored(async ({ verified, folder }) => {
    damageIndex(
      folder,
      `DELETE FROM headers WHERE revision =
        (SELECT revision FROM instances WHERE SOPInstanceUID = '2.25.3');
      UPDATE studies SET NumberOfStudyRelatedInstances = 7;
      UPDATE archives SET instances = 9;`,
    );
    assertEquals((await verified()).faults, [
      "count 1.2.826.0.1.3680043.10.1.1 7 for 4",
      "missing header 2.25.3",
      "totals 9 for 4",
    ]);
    damageIndex(
      folder,
      `DROP TRIGGER series_removed; DROP TRIGGER series_discounted; DELETE FROM series`,
    );
    assertEquals(
      (await verified()).faults.filter((fault) => fault.startsWith("missing row")),
      UIDS.map((uid) => `missing row ${uid}`),
    );
  }));

Deno.test("verify: names a record of removals that is lost, damaged, or tells of what is not removed", () =>
  withStored(async ({ verified, folder, index, records, rescan }) => {
    const scope = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
    await index.remove("default", scope, 1);
    await records.keep();
    assertEquals((await verified()).faults, []);
    const [pages] = await Array.fromAsync(index.records());
    const [key = ""] = pages ?? [];
    const path = `${folder}/${key}`;
    const whole = await Deno.readFile(path);
    await damage(path, 5);
    assertEquals((await verified()).faults, [`record ${key}`]);
    await Deno.remove(path);
    assertEquals((await verified()).faults, [`record ${key}`]);
    await Deno.writeFile(path, whole);
    // Brought back: until the record has gone, it is known to be stale.
    for (const tombstone of await index.removed("default", scope)) {
      await index.add(await rescan.revive(tombstone));
    }
    assertEquals((await verified()).faults, []);
    await records.keep();
    assertEquals((await verified()).faults, []);
    await Deno.writeFile(path, whole);
    assertEquals((await verified()).faults, [`record ${key}`]);
  }));
