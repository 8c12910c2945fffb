import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync, inflateSync } from "node:zlib";
import { BASE, bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import { ctInstance, sequence, SYNTAX, value } from "../support/part10_builder.ts";

const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const SERIES = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2`;
const UID = "1.2.826.0.1.3680043.10.1.3";

function ct(number: number, options: Parameters<typeof ctInstance>[0] = {}): Uint8Array {
  return ctInstance({ sopInstanceUID: `${UID}.${number}`, instanceNumber: number, ...options });
}

const JUNK = new TextEncoder().encode("no record of any scanner");

Deno.test("GET metadata: gives one JSON array with BulkDataURIs below the URL asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    const icon = sequence(0x00880200, [[value(0x7fe00010, "OB", new Uint8Array(2000))]]);
    const comment = value(0x00204000, "LT", 'quoted "é\\" ');
    await store(ct(1), ct(2, { elements: [comment, icon] }), ct(3));
    for (const path of [STUDY, SERIES]) {
      const response = await get(`${path}/metadata`, "application/dicom+json");
      assertEquals(response.headers.get("content-type"), "application/dicom+json");
      const objects = await response.json();
      assertEquals(
        objects.map((object: Record<string, { Value: string[] }>) => object["00080018"]?.Value[0]),
        [1, 2, 3].map((number) => `${UID}.${number}`),
      );
      const root = `${BASE}${SERIES}/instances/${UID}.2/bulkdata`;
      assertEquals(objects[1]["00204000"].Value, ['quoted "é\\"']);
      assertEquals(objects[1]["7FE00010"], { vr: "OW", BulkDataURI: `${root}/7FE00010` });
      assertEquals(objects[1]["00880200"].Value[0]["7FE00010"], {
        vr: "OB",
        BulkDataURI: `${root}/00880200/1/7FE00010`,
      });
    }
    const [one, ...others] = await (await get(`${SERIES}/instances/${UID}.3/metadata`)).json();
    assertEquals([one["00200013"].Value, others], [[3], []]);
  });
});

Deno.test("GET metadata: gives the same text in gzip, deflate and as it is", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1), ct(2, { transferSyntaxUID: SYNTAX.deflated }));
    const coded = (accept: string) =>
      get(`${STUDY}/metadata`, "application/json", { headers: { "Accept-Encoding": accept } });
    const plain = await get(`${STUDY}/metadata`, "application/json");
    assertEquals(plain.headers.get("content-encoding"), null);
    const text = await plain.text();
    const tags = new Set([plain.headers.get("etag")]);
    const cases = [["gzip, deflate, br", "gzip"], ["deflate;q=1, gzip;q=0.5", "deflate"]] as const;
    for (const [accept, coding] of cases) {
      const response = await coded(accept);
      assertEquals(response.headers.get("content-encoding"), coding);
      tags.add(response.headers.get("etag"));
      const bytes = await bytesOf(response);
      const inflated = coding === "gzip" ? gunzipSync(bytes) : inflateSync(bytes);
      assertEquals(new TextDecoder().decode(inflated), text);
    }
    assertEquals(tags.size, 3);
    const refused = await coded("gzip;q=0, identity");
    assertEquals(await refused.text(), text);
  });
});

Deno.test("GET metadata: gives a Native DICOM Model an instance where XML is asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1), ct(2));
    const accept = 'multipart/related; type="application/dicom+xml"';
    const parts = await readParts(await get(`${STUDY}/metadata`, accept));
    assertEquals(parts.length, 2);
    const [first] = parts;
    assertEquals(first?.headers.get("content-type"), "application/dicom+xml");
    const xml = new TextDecoder().decode(first?.bytes);
    assertStringIncludes(xml, "<NativeDicomModel");
    assertStringIncludes(xml, `${BASE}${SERIES}/instances/${UID}.1/bulkdata/7FE00010`);
    const other = await get(`${STUDY}/metadata`, "text/html");
    assertEquals(other.status, 406);
    await other.body?.cancel();
  });
});

Deno.test("GET metadata: gives one document alone where that is asked for, and a message of several", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1), ct(2));
    const accept = "application/dicom+xml";
    const path = `${SERIES}/instances/${UID}.1/metadata`;
    const response = await get(path, accept);
    assertEquals(response.headers.get("content-type"), accept);
    const tag = response.headers.get("etag");
    const xml = await bytesOf(response);
    const message = 'multipart/related; type="application/dicom+xml"';
    const inMessage = await get(path, message);
    assertNotEquals(inMessage.headers.get("etag"), tag);
    assertEquals((await readParts(inMessage)).map(({ bytes }) => bytes), [xml]);
    assertEquals((await readParts(await get(`${SERIES}/metadata`, accept))).length, 2);
    assertEquals((await readParts(await get(`${SERIES}/metadata`, message))).length, 2);
  });
});

Deno.test("GET metadata, frames: scan an instance again whose record an older scanner made", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ct(1));
    const path = `${SERIES}/instances/${UID}.1`;
    const fresh = await (await get(`${path}/metadata`)).text();
    const [row] = await archive.rows();
    const spoil = () =>
      archive.index.setHeader(row!.revision, { version: 0, pieces: JUNK, places: JUNK });
    await spoil();
    assertEquals(await (await get(`${path}/metadata`)).text(), fresh);
    assertEquals((await archive.rows())[0]?.headerVersion, row!.headerVersion);
    await spoil();
    const frame = await get(`${path}/frames/1`, "application/octet-stream");
    assertEquals(await bytesOf(frame), ct(1).slice(-32));
  });
});
