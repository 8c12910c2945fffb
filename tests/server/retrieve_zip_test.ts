import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import type { BlobStore } from "../../server/blobs/blob_store.ts";
import { multipart } from "../support/archive.ts";
import { buildDataSet, ctElements, ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { BASE, bytesOf, withRetrieval } from "../support/retrieval.ts";

const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const SERIES = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2`;
const UID = "1.2.826.0.1.3680043.10.1.3";
const ZIP = "application/zip";

// Its workers would outlive a test.
configure({ useWebWorkers: false });

function ct(number: number, options: Parameters<typeof ctInstance>[0] = {}): Uint8Array {
  return ctInstance({ sopInstanceUID: `${UID}.${number}`, instanceNumber: number, ...options });
}

/** More than is read at once. */
function large(number: number): Uint8Array {
  return ct(number, { rows: 1024, columns: 1024 });
}

/** The files of an archive by their names, as another reader of ZIP finds them. */
async function unzipped(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const reader = new ZipReader(new Uint8ArrayReader(archive), { checkSignature: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of await reader.getEntries()) {
    assert(!entry.directory);
    files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
  }
  await reader.close();
  return files;
}

Deno.test("GET study as application/zip: has every file as it is stored, a list and a DICOMDIR", () =>
  withRetrieval(async ({ store, get }) => {
    const files = [
      ct(1),
      ct(2, { transferSyntaxUID: SYNTAX.jpeg2000Lossless }),
      ct(3, { transferSyntaxUID: SYNTAX.deflated }),
      large(4),
    ];
    await store(...files);
    const response = await get(STUDY, ZIP);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), ZIP);
    assertEquals(
      response.headers.get("content-disposition"),
      'attachment; filename="20260102_CT_1.2.826.0.1.3680043.10.1.1.zip"',
    );
    const archive = await unzipped(await bytesOf(response));
    const folder = "DICOM/DOE_JANE/20260102/001_CT";
    assertEquals([...archive.keys()], [
      ...[1, 2, 3, 4].map((number) => `${folder}/IM00000${number}`),
      "README.TXT",
      "DICOMDIR",
    ]);
    assertEquals([...archive.values()].slice(0, 4), files);
    assertStringIncludes(
      new TextDecoder().decode(archive.get("README.TXT")),
      `${folder}: 4 | Doe^Jane | PID1 | 20260102 | Abdomen | 1 | CT | \r\n`,
    );
  }));

Deno.test("GET series, instance as application/zip: has what they hold, by parameter too", () =>
  withRetrieval(async ({ store, get }) => {
    await store(ct(1), ct(2));
    const series = await unzipped(await bytesOf(await get(SERIES, `${ZIP};transfer-syntax=*`)));
    assertEquals(series.size, 4);
    const path = `${SERIES}/instances/${UID}.2`;
    const instance = await unzipped(
      await bytesOf(await get(`${path}?accept=${encodeURIComponent(ZIP)}`)),
    );
    assertEquals(instance.size, 3);
    assertEquals([...instance.values()][0], ct(2));
  }));

Deno.test("GET study as application/zip: only who names it and takes what is stored gets it", () =>
  withRetrieval(async ({ store, get }) => {
    await store(ct(1));
    const typeOf = async (accept: string) => {
      const response = await get(STUDY, accept);
      await response.body?.cancel();
      return response.headers.get("content-type")?.split(";")[0];
    };
    assertEquals(await typeOf(`${ZIP}, */*;q=0.5`), ZIP);
    assertEquals(await typeOf(`${ZIP};q=0.5, */*`), "multipart/related");
    assertEquals(await typeOf("*/*"), "multipart/related");
    assertEquals(await typeOf("application/*"), "application/problem+json");
    const refused = await get(STUDY, `${ZIP};transfer-syntax=1.2.840.10008.1.2.4.50`);
    assertEquals(refused.status, 406);
    assertStringIncludes((await refused.json()).detail, ZIP);
    assertEquals((await get("/studies/1.9", ZIP)).status, 404);
  }));

Deno.test("GET study as application/zip: the same revision has the same bytes and tag", () =>
  withRetrieval(async ({ store, get }) => {
    await store(ct(1), large(2));
    const first = await get(STUDY, ZIP);
    const tag = first.headers.get("etag") ?? "";
    const bytes = await bytesOf(first);
    assertEquals(await bytesOf(await get(STUDY, ZIP)), bytes);
    const same = await get(STUDY, ZIP, { headers: { "If-None-Match": tag } });
    assertEquals(same.status, 304);
    const head = await get(STUDY, ZIP, { method: "HEAD" });
    assertEquals([head.status, head.headers.get("etag")], [200, tag]);
    await store(ct(3));
    const changed = await get(STUDY, ZIP, { headers: { "If-None-Match": tag } });
    assertEquals(changed.status, 200);
    await changed.body?.cancel();
  }));

Deno.test("GET study as application/zip: no value of a data set leads out of the folder or breaks a line", () =>
  withRetrieval(async ({ archive: { fetch }, get }) => {
    const hostile = [
      "../../etc/passwd",
      "C:\\Windows",
      "CON",
      "\x1b[31m^\r\nX",
      "=HYPERLINK(1)",
      "",
      "nul^",
      "a/../../b",
      "\u202eevil".normalize(),
    ];
    const description = (text: string) => [
      value(0x0008103e, "LO", text),
      value(0x00080020, "DA", text),
      value(0x00200011, "IS", text),
    ];
    const files = hostile.map((text, index) =>
      ct(index, {
        patientName: text,
        patientID: `${text}${index}`,
        seriesInstanceUID: `1.2.3.${index}`,
        elements: description(text.replaceAll("\\", "/")),
      })
    );
    const { headers, body } = multipart(files.map((file) => ({ body: file })));
    // They differ from their study, which is stored with a warning.
    const stored = await fetch("/studies", { method: "POST", headers, body });
    assertEquals(stored.status, 202);
    const archive = await unzipped(await bytesOf(await get(STUDY, ZIP)));
    assertEquals(archive.size, hostile.length + 2);
    for (const name of archive.keys()) {
      assertMatch(name, /^(?:README\.TXT|DICOMDIR|DICOM(?:\/[A-Z0-9_]{1,8}){4})$/);
      for (const component of name.split("/")) {
        assertEquals(/^(?:CON|PRN|AUX|NUL|COM\d|LPT\d)$/.test(component), false);
      }
    }
    const lines = new TextDecoder().decode(archive.get("README.TXT")).split("\r\n");
    assertEquals(lines.length, hostile.length + 6);
    for (const line of lines) assertMatch(line, /^[^\p{Cc}\u202e]*$/u);
  }));

Deno.test("GET instance as application/zip: a data set that was stored without a head gets one", () =>
  withRetrieval(async ({ store, get }) => {
    const bare = buildDataSet(ctElements({ sopInstanceUID: UID }));
    await store(bare);
    const archive = await unzipped(await bytesOf(await get(`${SERIES}/instances/${UID}`, ZIP)));
    const [file] = [...archive.values()];
    assertEquals(new TextDecoder().decode(file!.subarray(128, 132)), "DICM");
    assertEquals(file!.subarray(-bare.length), bare);
  }));

Deno.test("GET study as application/zip: what fails on the way breaks off, what fails at once is an error", async () => {
  let failing = 0;
  const wrapBlobs = (blobs: BlobStore): BlobStore => ({
    ...blobs,
    readInto: async (...given) => {
      if (--failing === 0) throw new Error("The disk is gone");
      return await blobs.readInto(...given);
    },
  });
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1), ct(2), ct(3), ct(4), ct(5));
    failing = 1;
    assertEquals((await get(STUDY, ZIP)).status, 500);
    failing = 4;
    const response = await get(STUDY, ZIP);
    assertEquals(response.status, 200);
    await assertRejects(() => response.arrayBuffer(), Error, "The disk is gone");
  }, { wrapBlobs });
});

Deno.test("GET study as application/zip: reads no more than is pulled, and closes its files when the client goes", () =>
  withRetrieval(async ({ store, get }) => {
    await store(large(1), large(2), large(3));
    const response = await get(STUDY, ZIP);
    const reader = response.body!.getReader();
    await reader.read();
    // The test fails where a file stays open.
    await reader.cancel();
  }));

Deno.test("GET study as application/zip: the location is the study's", () =>
  withRetrieval(async ({ store, get }) => {
    await store(ct(1));
    const response = await get(STUDY, ZIP);
    assertEquals(response.headers.get("content-location"), BASE + STUDY);
    await response.body?.cancel();
  }));
