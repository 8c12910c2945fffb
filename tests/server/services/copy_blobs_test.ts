import { assertEquals } from "@std/assert";
import { openFsBlobs } from "../../../server/blobs/fs.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import { copyBlobs, type CopyFault, type CopyParts } from "../../../server/services/copy_blobs.ts";
import { createReaper } from "../../../server/services/reaper.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const file = (number: number) => ctInstance({ sopInstanceUID: `2.25.${number}` });

async function store(archive: TestArchive, ...files: Uint8Array[]): Promise<void> {
  const init = multipart(files.map((body) => ({ body })));
  const response = await archive.fetch("/studies", { method: "POST", ...init });
  assertEquals(response.status, 200, await response.text());
}

/** Copies an archive as an index of before has it. */
async function copied(
  archive: TestArchive,
  path: string,
  options: Partial<CopyParts> = {},
): Promise<{ copied: number; gone: number; faults: CopyFault[]; keys: string[] }> {
  const faults: CopyFault[] = [];
  const index = await openLocalIndex(path);
  try {
    const target = await openFsBlobs(`${archive.folder}/../copy`);
    const { copied, gone } = await copyBlobs({
      index,
      source: archive.blobs,
      target,
      rereads: false,
      isWanted: async (key) => (await archive.index.known([key])).get(key) === "kept",
      onFault: (fault) => faults.push(fault),
      ...options,
    });
    return { copied, gone, faults, keys: await Array.fromAsync(target.list("")) };
  } finally {
    await index.close();
  }
}

/** Copies the index of an archive as a backup does. */
async function copyIndex({ folder }: TestArchive, path: string): Promise<void> {
  const index = await openLocalIndex(`${folder}/../index.db`);
  await index.copyTo(path);
  await index.close();
}

Deno.test("copyBlobs: tells what was given up since from what is missing", () =>
  withArchive(async (archive) => {
    await store(archive, file(1), file(2), file(3));
    const rows = await archive.rows();
    const path = `${archive.folder}/../snapshot.db`;
    await copyIndex(archive, path);
    const scope = { StudyInstanceUID: STUDY, SOPInstanceUID: "2.25.1" };
    await archive.index.remove("default", scope, 0);
    const reaper = createReaper({ ...archive, grace: 0 });
    assertEquals((await reaper.round(new AbortController().signal)).tombstones, 1);
    const lost = rows.find((row) => row.SOPInstanceUID === "2.25.2")!;
    await archive.blobs.delete(lost.blobKey);
    const { gone, faults, keys } = await copied(archive, path);
    assertEquals([gone, keys.length], [1, 1]);
    assertEquals(faults, [{
      kind: "missing",
      blobKey: lost.blobKey,
      SOPInstanceUID: "2.25.2",
    }]);
    // The index of now names it no more.
    await copyIndex(archive, `${path}2`);
    assertEquals((await copied(archive, `${path}2`)).gone, 0);
  }));

Deno.test("copyBlobs: copies what lies beside a blob, but for what is made when it is asked for", () =>
  withArchive(async (archive) => {
    await store(archive, file(1));
    const [row] = await archive.rows();
    for (const end of [".01HEADER", ".inflated"]) {
      const writer = await archive.blobs.create(`${row!.blobKey}${end}`);
      await writer.write(new Uint8Array(8));
      await writer.commit();
    }
    const path = `${archive.folder}/../snapshot.db`;
    await copyIndex(archive, path);
    const { keys } = await copied(archive, path);
    assertEquals(keys, [row!.blobKey, `${row!.blobKey}.01HEADER`]);
  }));

Deno.test("copyBlobs: reads again what is there only where it is asked to", () =>
  withArchive(async (archive) => {
    await store(archive, file(1));
    const [row] = await archive.rows();
    const path = `${archive.folder}/../snapshot.db`;
    await copyIndex(archive, path);
    assertEquals((await copied(archive, path)).copied, 1);
    const copy = `${archive.folder}/../copy/${row!.blobKey}`;
    const bytes = await Deno.readFile(copy);
    bytes[300]! ^= 1;
    await Deno.writeFile(copy, bytes);
    assertEquals((await copied(archive, path)).copied, 0);
    assertEquals((await copied(archive, path, { rereads: true })).copied, 1);
    assertEquals(
      await Deno.readFile(copy),
      await Deno.readFile(`${archive.folder}/${row!.blobKey}`),
    );
  }));
