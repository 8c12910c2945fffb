import { rleFrame } from "../support/rle.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { BASE, bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import {
  buildPart10,
  ctElements,
  ctInstance,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";

const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const SERIES = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2`;
const UID = "1.2.826.0.1.3680043.10.1.3";
const INSTANCE = `${SERIES}/instances/${UID}`;

const OCTETS = "application/octet-stream";
const OCTET_TYPE = `${OCTETS}; transfer-syntax=${SYNTAX.explicit}`;

const ICON = Uint8Array.from({ length: 2000 }, (_, i) => i % 251);
/** Numbers of 4 bytes, as many as make a bulk value. */
const FLOATS = Array.from({ length: 300 }, (_, i) => i / 4);

function withBulk(transferSyntaxUID: string = SYNTAX.explicit): Uint8Array {
  return ctInstance({
    transferSyntaxUID,
    elements: [
      sequence(0x00880200, [[value(0x00280010, "US", [1])], [value(0x7fe00010, "OB", ICON)]]),
      value(0x00660016, "OF", FLOATS),
    ],
  });
}

const FLOAT_BYTES = new Uint8Array(Float32Array.from(FLOATS).buffer);
const PIXELS = ctInstance().slice(-32);

for (const syntax of ["explicit", "implicit", "bigEndian", "deflated"] as const) {
  Deno.test(`GET bulkdata: gives values by their path, in little endian, from ${syntax}`, async () => {
    await withRetrieval(async ({ store, get }) => {
      await store(withBulk(SYNTAX[syntax]));
      const values = [
        ["00880200/2/7FE00010", ICON],
        ["00660016", FLOAT_BYTES],
        ["7FE00010", PIXELS],
        ["7fe00010", PIXELS],
      ] as const;
      for (const [path, bytes] of values) {
        const response = await get(`${INSTANCE}/bulkdata/${path}`);
        assertEquals(response.headers.get("content-type"), OCTET_TYPE);
        assertEquals(await bytesOf(response), bytes);
      }
      assertEquals(await bytesOf(await get(`${INSTANCE}/pixeldata`)), PIXELS);
    });
  });
}

Deno.test("GET bulkdata: gives what every BulkDataURI of the metadata names", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(withBulk());
    const metadata = await (await get(`${STUDY}/metadata`)).text();
    const uris = [...metadata.matchAll(/"BulkDataURI":"([^"]+)"/g)].map(([, uri]) => uri ?? "");
    assertEquals(uris.length, 3);
    const parts = await readParts(await get(`${STUDY}/bulkdata`));
    assertEquals(parts.map(({ headers }) => headers.get("content-location")).sort(), uris.sort());
    for (const { headers, bytes } of parts) {
      const path = headers.get("content-location")!.slice(BASE.length);
      assertEquals(await bytesOf(await get(path)), bytes);
    }
  });
});

Deno.test("GET bulkdata: takes the Accept headers of real clients", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(withBulk());
    const path = `${INSTANCE}/bulkdata/00660016`;
    for (
      const accept of [
        'multipart/related; type="*/*"',
        `multipart/related; type="${OCTETS}"`,
        `multipart/related; type=${OCTETS}; transfer-syntax=*`,
        `multipart/related; type="${OCTETS}"; transfer-syntax="${SYNTAX.explicit}"`,
      ]
    ) {
      const [part] = await readParts(await get(path, accept));
      assertEquals(part?.bytes, FLOAT_BYTES);
      assertEquals(part?.headers.get("content-location"), BASE + path);
    }
    for (const accept of [OCTETS, `${OCTETS}; transfer-syntax=*`, "*/*"]) {
      assertEquals(await bytesOf(await get(path, accept)), FLOAT_BYTES);
    }
    const refused = await get(path, "image/jpeg");
    assertEquals(refused.status, 406);
    assertStringIncludes((await refused.json()).detail, OCTETS);
  });
});

Deno.test("GET bulkdata: serves ranges and conditions of a single value", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(withBulk(SYNTAX.bigEndian));
    const path = `${INSTANCE}/bulkdata/00660016`;
    const part = await get(path, OCTETS, { headers: { Range: "bytes=3-9" } });
    assertEquals(part.status, 206);
    assertEquals(part.headers.get("content-range"), "bytes 3-9/1200");
    assertEquals(await bytesOf(part), FLOAT_BYTES.slice(3, 10));
    const headers = { "If-None-Match": part.headers.get("etag") ?? "" };
    assertEquals((await get(path, OCTETS, { headers })).status, 304);
  });
});

Deno.test("GET bulkdata: answers 404 for values that are not there and 400 for what is no path", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance());
    const statusOf = async (path: string) => {
      const response = await get(`${INSTANCE}/bulkdata/${path}`);
      await response.body?.cancel();
      return response.status;
    };
    for (const path of ["00100010", "00880200/1/7FE00010", "7FE00010/1/7FE00010"]) {
      assertEquals([path, await statusOf(path)], [path, 404]);
    }
    for (const path of ["x", "7FE0001", "7FE00010/0/7FE00010", "7FE00010/1", "..%2f..", "'"]) {
      assertEquals([path, await statusOf(path)], [path, 400]);
    }
  });
});

Deno.test("GET bulkdata, pixeldata: give all of a study, series or instance", async () => {
  await withRetrieval(async ({ store, get }) => {
    const samples = [1, 2].map((n) => Array.from({ length: 16 }, (_, i) => n * 256 + i));
    const coded = samples.map(rleFrame);
    const rle = {
      transferSyntaxUID: SYNTAX.rle,
      frames: 2,
      sopInstanceUID: `${UID}.2`,
      pixels: coded,
    };
    const noPixels = ctElements({ sopInstanceUID: `${UID}.3` })
      .filter(({ tag }) => tag !== 0x7fe00010);
    await store(withBulk(), ctInstance({ ...rle, instanceNumber: 2 }), buildPart10(noPixels));
    const accept = 'multipart/related; type="*/*"';
    for (const path of [STUDY, SERIES]) {
      const all = await readParts(await get(`${path}/bulkdata`, accept));
      assertEquals(all.length, 5);
      const pixels = await readParts(await get(`${path}/pixeldata`, accept));
      assertEquals(
        pixels.map(({ headers }) => headers.get("content-location")?.slice(BASE.length)),
        [
          `${INSTANCE}/bulkdata/7FE00010`,
          `${INSTANCE}.2/frames/1`,
          `${INSTANCE}.2/frames/2`,
        ],
      );
      assertEquals(
        pixels.map(({ headers }) => headers.get("content-type")),
        [OCTET_TYPE, ...Array(2).fill(`image/dicom-rle; transfer-syntax=${SYNTAX.rle}`)],
      );
    }
    const frames = await readParts(await get(`${INSTANCE}.2/pixeldata`));
    assertEquals(frames.map(({ bytes }) => bytes), coded);

    // Decoded, all frames are one value again.
    const octets = await get(`${STUDY}/pixeldata`, `multipart/related; type="${OCTETS}"`);
    assertEquals(octets.status, 200);
    const [, decoded] = await readParts(octets);
    assertEquals(decoded?.headers.get("content-type"), OCTET_TYPE);
    assertEquals(decoded?.bytes, new Uint8Array(Uint16Array.from(samples.flat()).buffer));
    const images = await get(`${STUDY}/pixeldata`, 'multipart/related; type="image/jls"');
    assertEquals((await readParts(images)).length, 3);
    const videos = await get(`${STUDY}/pixeldata`, 'multipart/related; type="video/mp4"');
    assertEquals(videos.status, 406);
    await videos.body?.cancel();
    const none = await get(`${INSTANCE}.3/bulkdata`, accept);
    assertEquals(none.status, 404);
    await none.body?.cancel();
  });
});
