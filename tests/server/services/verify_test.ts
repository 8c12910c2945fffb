import { assertEquals } from "@std/assert";
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
          archives: [],
          onFault: (fault) => faults.push(fault),
          now: () => clock.now,
        });
        assertEquals(faults.length, count);
        const names = faults.map(({ kind, SOPInstanceUID, blobKey }) =>
          `${kind} ${SOPInstanceUID ?? blobKey}`
        );
        return { faults: names.sort(), pending, instances, bytes };
      },
    });
  }, { now: () => clock.now });
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
