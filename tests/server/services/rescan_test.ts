import { assert, assertEquals, assertRejects } from "@std/assert";
import { unpackPlaces } from "../../../lib/dicom/places.ts";
import { SCANNER_VERSION } from "../../../lib/dicom/scan_instance.ts";
import { BlobNotFoundError } from "../../../server/blobs/blob_store.ts";
import { INDEX_VALUE_MAX, loadHeaderValue } from "../../../server/services/header_record.ts";
import { createIds } from "../../../server/services/ids.ts";
import { createRescan } from "../../../server/services/rescan.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { ctInstance, type CtOptions, value } from "../../support/part10_builder.ts";

const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });

async function store(archive: TestArchive, options: CtOptions = {}) {
  const response = await archive.fetch("/studies", {
    method: "POST",
    ...multipart([{ body: ctInstance(options) }]),
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const [row] = await archive.rows();
  assert(row !== undefined);
  return row;
}

Deno.test("revive: reads a removed instance as it was stored", () =>
  withArchive(async (archive) => {
    const row = await store(archive);
    await archive.index.remove("default", { StudyInstanceUID: row.StudyInstanceUID }, 1);
    const [tombstone] = await archive.index.removed("default", {});
    assert(tombstone !== undefined);
    const rescan = createRescan({ ...archive, ids });
    const revived = await rescan.revive(tombstone);
    assertEquals(revived.object, tombstone.object);
    const path = `${archive.folder}/${row.blobKey}`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    // A bit that flipped meanwhile is not what was acknowledged: verify has to find it.
    assertEquals((await rescan.revive(tombstone)).object, tombstone.object);
    assertEquals((await archive.index.add(revived)).kind, "added");
    await archive.blobs.delete(row.blobKey);
    await assertRejects(() => rescan.revive(tombstone), BlobNotFoundError);
  }));

Deno.test("renewHeader: puts the header of today in the place of an older one", () =>
  withArchive(async (archive) => {
    const row = await store(archive, { frames: 3 });
    const nothing = new Uint8Array(0);
    await archive.index.setHeader(row.revision, { version: 0, pieces: nothing, places: nothing });
    const header = await createRescan({ ...archive, ids }).renewHeader(row);
    const [renewed] = await archive.rows();
    assertEquals(renewed?.headerVersion, SCANNER_VERSION);
    const found = await archive.index.places("default", row);
    assertEquals(found?.places, header.places);
    assertEquals(unpackPlaces(header.places).geometry.NumberOfFrames, 3);
  }));

Deno.test("renewHeader: keeps what is too large for the index in a blob beside the instance's", () =>
  withArchive(async (archive) => {
    const elements = Array.from({ length: 40 }, (_, n) => {
      const noise = crypto.getRandomValues(new Uint8Array(45_000)).toBase64();
      return value(0x00091010 + n, "UT", noise);
    });
    const row = await store(archive, { elements });
    const header = await createRescan({ ...archive, ids }).renewHeader(row);
    assert(header.pieces.length < 1000);
    const pieces = await loadHeaderValue(archive.blobs, header.pieces);
    assert(pieces.length > INDEX_VALUE_MAX);
    assertEquals(await loadHeaderValue(archive.blobs, header.places), header.places);
    const others = (await archive.blobKeys()).filter((key) => key !== row.blobKey);
    assert(others.length > 0 && others.every((key) => key.startsWith(`${row.blobKey}.`)));
  }));
