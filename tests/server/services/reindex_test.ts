import { assert, assertEquals } from "@std/assert";
import type { Index, InstanceRow } from "../../../server/index/index.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import { createIds } from "../../../server/services/ids.ts";
import { type Finding, reindex, type ReindexParts } from "../../../server/services/reindex.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
const file = (number: number, rows = 2) =>
  ctInstance({ sopInstanceUID: `2.25.${number}`, rows, pixels: [new Uint8Array(rows * 4)] });

interface Rebuilt {
  readonly index: Index;
  readonly findings: readonly Finding[];
  rows(): Promise<InstanceRow[]>;
}

/** Builds an index of an archive's blobs beside its own. */
async function rebuild(
  { blobs, folder }: TestArchive,
  options: Pick<ReindexParts, "conflict" | "old">,
  use: (rebuilt: Rebuilt) => Promise<void>,
): Promise<void> {
  const index = await openLocalIndex(`${folder}/../rebuilt.db`);
  const findings: Finding[] = [];
  try {
    await reindex({
      index,
      blobs,
      ids,
      archives: ["default", "empty"],
      onFinding: (finding) => findings.push(finding),
      ...options,
    });
    const rows = async () => (await Array.fromAsync(index.everything("default"))).flat();
    await use({ index, findings, rows });
  } finally {
    await index.close();
  }
}

async function store(archive: TestArchive, ...files: Uint8Array[]): Promise<void> {
  for (const body of files) {
    const response = await archive.fetch("/studies", { method: "POST", ...multipart([{ body }]) });
    assertEquals(response.status, 200, await response.text());
  }
}

/** Writes a blob that no row knows; its name orders it among the others of its day. */
async function leave(archive: TestArchive, name: string, bytes: Uint8Array): Promise<string> {
  const [row] = await archive.rows();
  const key = row!.blobKey.replace(/[^/]+$/, name);
  const writer = await archive.blobs.create(key);
  await writer.write(bytes);
  await writer.commit();
  return key;
}

const sizes = (rows: readonly InstanceRow[]) =>
  rows.map(({ SOPInstanceUID, size }) => `${SOPInstanceUID} ${size}`).sort();

Deno.test("reindex: where two whole blobs have one UID, the first counts, or the newest where others may replace it", () =>
  withArchive(async (archive) => {
    await store(archive, file(1, 2), file(2, 2));
    const newer = await leave(archive, "Z", file(1, 4));
    const length = (rows: number) => file(1, rows).length;
    await rebuild(archive, { conflict: () => "refuse", old: undefined }, async (rebuilt) => {
      const found = { kind: "second", blobKey: newer, SOPInstanceUID: "2.25.1" } as const;
      assertEquals(rebuilt.findings, [found]);
      assertEquals(sizes(await rebuilt.rows()), [`2.25.1 ${length(2)}`, `2.25.2 ${length(2)}`]);
      // It is kept for the grace.
      assertEquals((await rebuilt.index.known([newer])).get(newer), "kept");
      assertEquals(await rebuilt.index.archives(), ["default", "empty"]);
    });
    await Deno.remove(`${archive.folder}/../rebuilt.db`);
    await rebuild(archive, { conflict: () => "replace", old: undefined }, async (rebuilt) => {
      assertEquals(sizes(await rebuilt.rows()), [`2.25.1 ${length(4)}`, `2.25.2 ${length(2)}`]);
    });
    await Deno.remove(`${archive.folder}/../rebuilt.db`);
    // What was acknowledged is, whatever the policy.
    const old = archive.index;
    await rebuild(archive, { conflict: () => "replace", old }, async (rebuilt) => {
      assertEquals(sizes(await rebuilt.rows()), [`2.25.1 ${length(2)}`, `2.25.2 ${length(2)}`]);
    });
  }));

Deno.test("reindex: of three with one UID that may replace each other the newest counts, and each is known", () =>
  withArchive(async (archive) => {
    await store(archive, file(1, 2));
    const others = [
      await leave(archive, "Y", file(1, 4)),
      await leave(archive, "Z", file(1, 6)),
    ];
    await rebuild(archive, { conflict: () => "replace", old: undefined }, async (rebuilt) => {
      assertEquals(sizes(await rebuilt.rows()), [`2.25.1 ${file(1, 6).length}`]);
      assertEquals((await rebuilt.index.known(others)).size, 2);
    });
  }));

Deno.test("reindex: what was deleted does not come back from a copy that a store left which broke off", () =>
  withArchive(async (archive) => {
    await store(archive, file(1), file(2));
    const left = await leave(archive, "0", file(1));
    const scope = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
    await archive.index.remove("default", { ...scope, SOPInstanceUID: "2.25.1" }, Date.now());
    await archive.index.remove("default", { ...scope, SOPInstanceUID: "2.25.2" }, 1);
    await archive.records.keep();
    // Stored again after it was deleted.
    await store(archive, file(2));
    for (const old of [undefined, archive.index]) {
      await rebuild(archive, { conflict: () => "refuse", old }, async (rebuilt) => {
        assertEquals((await rebuilt.rows()).map((row) => row.SOPInstanceUID), ["2.25.2"]);
        assertEquals((await rebuilt.index.known([left])).get(left), "kept");
        const found = { kind: "second", blobKey: left, SOPInstanceUID: "2.25.1" } as const;
        assertEquals(rebuilt.findings, [found]);
      });
      await Deno.remove(`${archive.folder}/../rebuilt.db`);
    }
  }));

Deno.test("reindex: what was brought back stays so where a crash came before its record went", () =>
  withArchive(async (archive) => {
    await store(archive, file(1), file(2));
    const before = await archive.rows();
    const scope = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
    await archive.index.remove("default", scope, Date.now());
    await archive.records.keep();
    const removed = await archive.index.removed("default", { ...scope, SOPInstanceUID: "2.25.1" });
    await archive.index.add(await archive.rescan.revive(removed[0]!));
    const old = archive.index;
    await rebuild(archive, { conflict: () => "refuse", old }, async (rebuilt) => {
      assertEquals((await rebuilt.rows()).map(({ blobKey }) => blobKey), [before[0]!.blobKey]);
      assertEquals((await Array.fromAsync(rebuilt.index.tombstones())).flat().length, 1);
      assertEquals(rebuilt.findings, []);
    });
  }));

Deno.test("reindex: a whole object goes before one that was cut off, and that before none", () =>
  withArchive(async (archive) => {
    await store(archive, file(1));
    const whole = file(1);
    await leave(archive, "0", whole.subarray(0, whole.length - 4));
    await leave(archive, "1", file(2).subarray(0, whole.length - 4));
    const nothing = await leave(archive, "2", new Uint8Array(1000));
    const directory = await leave(archive, "3", new Uint8Array());
    await rebuild(archive, { conflict: () => "refuse", old: undefined }, async (rebuilt) => {
      assertEquals(sizes(await rebuilt.rows()), [
        `2.25.1 ${whole.length}`,
        `2.25.2 ${whole.length - 4}`,
      ]);
      assertEquals(
        rebuilt.findings.map(({ kind, blobKey }) => [kind, blobKey]),
        [
          ["unreadable", nothing],
          ["unreadable", directory],
          ["second", (await archive.rows())[0]!.blobKey.replace(/[^/]+$/, "0")],
        ].sort(() => 0),
      );
    });
  }));

Deno.test("reindex: revisions go on beyond those of the index before", () =>
  withArchive(async (archive) => {
    await store(archive, file(1), file(2));
    const old = Math.max(...(await archive.rows()).map(({ revision }) => revision));
    await rebuild(archive, { conflict: () => "refuse", old: archive.index }, async (rebuilt) => {
      const revisions = (await rebuilt.rows()).map(({ revision }) => revision);
      assert(revisions.every((revision) => revision > old && Number.isSafeInteger(revision)));
      const scope = { StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1" };
      const [before, after] = [
        await archive.index.state("default", scope),
        await rebuilt.index.state("default", scope),
      ];
      assert(before.kind === "present" && after.kind === "present");
      assert(after.revision > before.revision);
    });
  }));

Deno.test("reindex: an index that breaks in between gives what it can, and the blobs the rest", () =>
  withArchive(async (archive) => {
    await store(archive, file(1), file(2), file(3));
    await archive.index.addKey({
      id: "a",
      name: "gate",
      hash: "",
      scopes: ["read"],
      createdAt: 1,
      revokedAt: undefined,
    });
    async function* broken(): AsyncGenerator<never> {
      yield await Promise.reject(new Error("malformed"));
    }
    const old = { ...archive.index, everything: broken, tombstones: broken };
    await rebuild(archive, { conflict: () => "refuse", old }, async (rebuilt) => {
      assertEquals((await rebuilt.rows()).length, 3);
      assertEquals(rebuilt.findings[0], { kind: "old index", reason: "malformed" });
      assertEquals((await rebuilt.index.keys()).map(({ name }) => name), ["gate"]);
    });
  }));
