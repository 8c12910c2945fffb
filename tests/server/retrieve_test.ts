import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { encodeJson } from "../../lib/dicom/json.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import { BASE, bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import { buildDataSet, ctElements, ctInstance, SYNTAX, value } from "../support/part10_builder.ts";

const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const SERIES = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2`;
const UID = "1.2.826.0.1.3680043.10.1.3";
const INSTANCE = `${SERIES}/instances/${UID}`;

const DICOM = 'multipart/related; type="application/dicom"';
const STORED = `${DICOM}; transfer-syntax=*`;

/** An instance of the study above; `number` makes its UID. */
function ct(number: number, options: Parameters<typeof ctInstance>[0] = {}): Uint8Array {
  return ctInstance({ sopInstanceUID: `${UID}.${number}`, instanceNumber: number, ...options });
}

async function scanned(file: Uint8Array): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  await scanner.push(file);
  return await scanner.end();
}

async function jsonOf(file: Uint8Array): Promise<string> {
  return encodeJson((await scanned(file)).dataSet, { bulkDataURI: (path) => path });
}

Deno.test("GET study, series: gives every instance as stored, in order, where any syntax is accepted", async () => {
  await withRetrieval(async ({ store, get }) => {
    const files = [
      ct(1),
      ct(2, { transferSyntaxUID: SYNTAX.implicit }),
      ct(3, { transferSyntaxUID: SYNTAX.jpeg2000Lossless }),
      ct(4, { transferSyntaxUID: SYNTAX.bigEndian }),
      ct(5, { transferSyntaxUID: SYNTAX.deflated }),
    ];
    await store(...files.toReversed());
    for (const path of [STUDY, SERIES]) {
      const response = await get(path, STORED);
      assertEquals(response.status, 200);
      assert(response.headers.has("content-length"));
      assertEquals(response.headers.get("cache-control"), "private, no-cache");
      assertStringIncludes(response.headers.get("vary") ?? "", "Accept");
      const parts = await readParts(response);
      assertEquals(parts.map(({ bytes }) => bytes), files);
      assertEquals(
        parts.map(({ headers }) => headers.get("content-type")),
        [
          SYNTAX.explicit,
          SYNTAX.implicit,
          SYNTAX.jpeg2000Lossless,
          SYNTAX.bigEndian,
          SYNTAX.deflated,
        ].map((uid) => `application/dicom; transfer-syntax=${uid}`),
      );
      assertEquals(
        parts[1]?.headers.get("content-location"),
        `${BASE}${SERIES}/instances/${UID}.2`,
      );
    }
  });
});

Deno.test("GET instance: takes quoted and unquoted types, the accept parameter and the stored syntax by name", async () => {
  await withRetrieval(async ({ store, get }) => {
    const file = ct(1, { transferSyntaxUID: SYNTAX.rle });
    await store(file);
    const path = `${INSTANCE}.1`;
    for (
      const accept of [
        "multipart/related; type=application/dicom; transfer-syntax=*",
        `${DICOM}; transfer-syntax=${SYNTAX.rle}`,
        `image/png, ${DICOM}; transfer-syntax=1.2.3;q=0.9, ${STORED};q=0.1`,
      ]
    ) {
      const [part] = await readParts(await get(path, accept));
      assertEquals(part?.bytes, file);
    }
    const query = `?accept=${encodeURIComponent(STORED)}`;
    assertEquals((await readParts(await get(path + query, "image/png")))[0]?.bytes, file);
  });
});

Deno.test("GET instance: gives one file alone where application/dicom alone is asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    const file = ct(1);
    await store(file);
    const response = await get(`${INSTANCE}.1`, "application/dicom; transfer-syntax=*");
    assertEquals(
      response.headers.get("content-type"),
      `application/dicom; transfer-syntax=${SYNTAX.explicit}`,
    );
    assertMatch(response.headers.get("cache-control") ?? "", /private, max-age=\d+, immutable/);
    assertEquals(await bytesOf(response), file);
    const study = await get(STUDY, "application/dicom");
    assertEquals(study.status, 406);
    assertStringIncludes((await study.json()).detail, "multipart/related");
  });
});

Deno.test("GET instance: is not kept without asking where other content may replace it", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1));
    const response = await get(`${INSTANCE}.1`, "application/dicom");
    assertEquals(response.headers.get("cache-control"), "private, no-cache");
    await response.body?.cancel();
  }, { conflict: "replace" });
});

for (const syntax of ["implicit", "bigEndian", "deflated"] as const) {
  Deno.test(`GET instance: re-encodes ${syntax} in Explicit VR Little Endian where no syntax is named`, async () => {
    await withRetrieval(async ({ store, get }) => {
      await store(ct(1, { transferSyntaxUID: SYNTAX[syntax] }));
      for (
        const accept of [undefined, "*/*", DICOM, `${DICOM}; transfer-syntax=1.2.840.10008.1.2.1`]
      ) {
        const [part] = await readParts(await get(`${INSTANCE}.1`, accept));
        const again = await scanned(part!.bytes);
        assertEquals(again.transferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN);
        assertEquals(again.fileMeta?.has(0x00020010), true);
        assertEquals(await jsonOf(part!.bytes), await jsonOf(ct(1)));
        const pixels = again.dataSet.get(0x7fe00010);
        assert(pixels?.kind === "bulk");
        const { offset, length } = pixels.place;
        assertEquals(part!.bytes.slice(offset, offset + length), ct(1).slice(-32));
      }
    });
  });
}

Deno.test("GET instance: gives a data set without meta information as it is, or as a proper file", async () => {
  await withRetrieval(async ({ store, get }) => {
    const bare = buildDataSet(ctElements({ sopInstanceUID: `${UID}.1` }));
    await store(bare);
    assertEquals((await readParts(await get(`${INSTANCE}.1`, STORED)))[0]?.bytes, bare);
    const file = await bytesOf(await get(`${INSTANCE}.1`, "application/dicom"));
    assertEquals(new TextDecoder().decode(file.subarray(128, 132)), "DICM");
    assertEquals(await jsonOf(file), await jsonOf(bare));
  });
});

Deno.test("GET instance: refuses to decompress, and says how to get what is stored", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1, { transferSyntaxUID: SYNTAX.jpeg2000Lossless }));
    for (const accept of [undefined, DICOM, `${DICOM}; transfer-syntax=${SYNTAX.rle}`]) {
      const response = await get(`${INSTANCE}.1`, accept);
      assertEquals(response.status, 406);
      const { detail } = await response.json();
      assertStringIncludes(detail, "JPEG 2000");
      assertStringIncludes(detail, "transfer-syntax=*");
    }
  });
});

Deno.test("GET instance: gives lossy pixel data as stored where no syntax is named", async () => {
  await withRetrieval(async ({ store, get }) => {
    const file = ct(1, { transferSyntaxUID: SYNTAX.jpegBaseline });
    await store(file);
    assertEquals((await readParts(await get(`${INSTANCE}.1`)))[0]?.bytes, file);
    const other = await get(`${INSTANCE}.1`, `${DICOM}; transfer-syntax=${SYNTAX.implicit}`);
    assertEquals(other.status, 406);
    await other.body?.cancel();
  });
});

Deno.test("GET study: leaves out what cannot be given as asked, with 206 and a warning", async () => {
  await withRetrieval(async ({ store, get }) => {
    const hierarchical = "1.2.840.10008.1.2.4.65";
    await store(ct(1), ct(2, { transferSyntaxUID: hierarchical }), ct(3));
    const response = await get(STUDY);
    assertEquals(response.status, 206);
    assertStringIncludes(response.headers.get("warning") ?? "", "1 of 3");
    const parts = await readParts(response);
    assertEquals(parts.map(({ bytes }) => bytes), [ct(1), ct(3)]);
  });
});

Deno.test("GET study: answers 404 for what never was, 410 for what was deleted, 400 for no UID", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ct(1));
    for (const suffix of ["", "/metadata", "/bulkdata", "/pixeldata", "/frames/1"]) {
      const path = `${INSTANCE}.9${suffix}`;
      const response = await get(path);
      assertEquals([path, response.status], [path, 404]);
      await response.body?.cancel();
    }
    await archive.index.remove("default", { StudyInstanceUID: STUDY.slice(9) }, 1);
    const levels = [STUDY, SERIES, `${INSTANCE}.1`];
    const deleted = [
      ...levels.flatMap((path) => [path, `${path}/metadata`, `${path}/bulkdata`]),
      `${INSTANCE}.1/pixeldata`,
      `${INSTANCE}.1/frames/1`,
      `${INSTANCE}.1/bulkdata/7FE00010`,
    ];
    for (const path of deleted) {
      const response = await get(path);
      assertEquals([path, response.status], [path, 410]);
      await response.body?.cancel();
    }
    for (const uid of ["1.2%27", "..%2f..", "1 2", "a".repeat(200), "%00"]) {
      const response = await get(`/studies/${uid}/metadata`);
      assertEquals([uid, response.status], [uid, 400]);
      await response.body?.cancel();
    }
  });
});

Deno.test("GET, HEAD instance: ranges, conditions and lengths of a single body", async () => {
  await withRetrieval(async ({ store, get }) => {
    const file = ct(1);
    await store(file);
    const path = `${INSTANCE}.1`;
    const range = (value: string, more = {}) =>
      get(path, "application/dicom", { headers: { Range: value, ...more } });

    const head = await get(path, "application/dicom", { method: "HEAD" });
    assertEquals(head.headers.get("content-length"), String(file.length));
    assertEquals(head.headers.get("accept-ranges"), "bytes");
    const etag = head.headers.get("etag") ?? "";
    assertMatch(etag, /^"[^"]+"$/);

    const part = await range("bytes=128-131");
    assertEquals([part.status, await part.text()], [206, "DICM"]);
    assertEquals(part.headers.get("content-range"), `bytes 128-131/${file.length}`);
    assertEquals(await bytesOf(await range("bytes=-32")), file.slice(-32));
    assertEquals((await range("bytes=128-131", { "If-Range": etag })).status, 206);
    assertEquals((await range("bytes=128-131", { "If-Range": '"other"' })).status, 200);
    const beyond = await range(`bytes=${file.length}-`);
    assertEquals(beyond.status, 416);
    await beyond.body?.cancel();

    const same = await get(path, "application/dicom", { headers: { "If-None-Match": etag } });
    assertEquals([same.status, await same.text()], [304, ""]);
    const multipart = await get(path, DICOM, { headers: { "If-None-Match": etag } });
    assertEquals(multipart.status, 200);
    await multipart.body?.cancel();
  });
});

Deno.test("GET study: the ETag lasts until the study changes", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    const tagOf = async (path: string, accept: string) => {
      const response = await get(path, accept, { method: "HEAD" });
      return response.headers.get("etag") ?? "";
    };
    await store(ct(1), ct(2));
    const requests: readonly (readonly [path: string, accept: string])[] = [
      [STUDY, STORED],
      [STUDY, DICOM],
      [`${STUDY}/metadata`, "*/*"],
      [`${STUDY}/bulkdata`, "*/*"],
    ];
    for (const [path, accept] of requests) {
      const before = await tagOf(path, accept);
      assertEquals(await tagOf(path, accept), before);
      const headers = { "If-None-Match": `"x", ${before}` };
      assertEquals((await get(path, accept, { headers })).status, 304);
    }
    const tags = await Promise.all(requests.map(([path, accept]) => tagOf(path, accept)));
    assertEquals(new Set(tags).size, tags.length);
    await store(ct(3));
    const stored = await Promise.all(requests.map(([path, accept]) => tagOf(path, accept)));
    const scope = { StudyInstanceUID: STUDY.slice(9), SeriesInstanceUID: SERIES.split("/")[4]! };
    await archive.index.remove("default", { ...scope, SOPInstanceUID: `${UID}.1` }, 1);
    const removed = await Promise.all(requests.map(([path, accept]) => tagOf(path, accept)));
    assertEquals(new Set([...tags, ...stored, ...removed]).size, 3 * tags.length);
  });
});

Deno.test("GET study: streams beyond one read and frees the file when the client leaves", async () => {
  await withRetrieval(async ({ store, get }) => {
    const large = ct(1, { rows: 1024, columns: 1024 });
    const small = ct(2, { rows: 512, columns: 512 });
    await store(large, small, ct(3));
    const parts = await readParts(await get(STUDY, STORED));
    assertEquals(parts.map(({ bytes }) => bytes.length), [
      large.length,
      small.length,
      ct(3).length,
    ]);
    assertEquals(parts[0]?.bytes, large);
    const left = await get(STUDY, STORED);
    const reader = left.body!.getReader();
    await reader.read();
    await reader.cancel();
    const single = await get(`${INSTANCE}.1`, "application/dicom");
    await single.body!.cancel();
  });
});

Deno.test("GET study: breaks off, and never ends cleanly, where a blob has gone", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ct(1), ct(2), ct(3));
    const last = (await archive.rows()).find(({ SOPInstanceUID }) => SOPInstanceUID.endsWith(".3"));
    await archive.blobs.delete(last!.blobKey);
    const response = await get(STUDY, STORED);
    assertEquals(response.status, 200);
    const error = await response.arrayBuffer().then(() => undefined, (error: unknown) => error);
    assert(error instanceof Error);
    const alone = await get(`${INSTANCE}.3`, "application/dicom");
    assertEquals(alone.status, 500);
    assertStringIncludes((await alone.json()).detail, "verify");
  });
});

Deno.test("GET study: streams more instances than are kept in memory, in what can be given", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    const file = ct(1);
    await store(file);
    const [row] = await archive.rows();
    assert(row !== undefined);
    const more = Array.from({ length: 10_000 }, (_, i) => {
      const SOPInstanceUID = `1.2.3.${i}`;
      const isDamaged = i === 0;
      const TransferSyntaxUID = isDamaged ? SYNTAX.rle : row.TransferSyntaxUID;
      const blobKey = `${row.blobKey}-${i}`;
      const { StudyInstanceUID, SeriesInstanceUID, SOPClassUID } = row;
      return archive.index.add({
        archive: "default",
        object: { ...row, SOPInstanceUID, TransferSyntaxUID, blobKey },
        attributes: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID },
        header: {
          version: row.headerVersion,
          pieces: new Uint8Array(4),
          places: new Uint8Array(4),
          ...(isDamaged ? { damage: "It ends early" } : {}),
        },
      });
    });
    for (const { kind } of await Promise.all(more)) assertEquals(kind, "added");
    const response = await get(STUDY);
    assertEquals(response.status, 206);
    assertStringIncludes(response.headers.get("warning") ?? "", "1 of 10001");
    assertEquals(response.headers.get("content-length"), null);
    const parts = await readParts(response);
    assertEquals(parts.length, 10_000);
    assert(parts.every(({ bytes }) => bytes.length === file.length));
  }, {
    // One file stands for all: the keys of the others are its own with a number behind.
    wrapBlobs: (blobs) => ({
      ...blobs,
      read: (key, range) => blobs.read(key.replace(/-\d+$/, ""), range),
      readInto: (key, offset, target) => blobs.readInto(key.replace(/-\d+$/, ""), offset, target),
    }),
  });
});

Deno.test("GET study: octet-stream is the historical request for bulk data", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ct(1));
    const accept = 'multipart/related; type="application/octet-stream"';
    const [part] = await readParts(await get(STUDY, accept));
    assertEquals(part?.bytes, ct(1).slice(-32));
    assertEquals(
      part?.headers.get("content-location"),
      `${BASE}${INSTANCE}.1/bulkdata/7FE00010`,
    );
  });
});

Deno.test("GET instance: lets decoded frames of one bit begin inside a byte", async () => {
  await withRetrieval(async ({ store, get }) => {
    // Frames of 9 bits: all set, none set, every other set; in RLE each is two bytes.
    const bytes = [[255, 1], [0, 0], [0b01010101, 1]];
    const header = new Uint8Array(64);
    header.set([1, 0, 0, 0, 64]);
    const pixels = bytes.map((frame) => Uint8Array.of(...header, 1, ...frame, 0));
    await store(ctInstance({
      rows: 3,
      columns: 3,
      frames: 3,
      transferSyntaxUID: SYNTAX.rle,
      pixels,
      elements: [
        value(0x00280100, "US", [1]),
        value(0x00280101, "US", [1]),
        value(0x00280102, "US", [0]),
      ],
    }));
    const file = await bytesOf(await get(INSTANCE, "application/dicom"));
    const bits = "111111111" + "000000000" + "101010101" + "00000";
    const expected = bits.match(/.{8}/g)!.map((eight) =>
      parseInt([...eight].reverse().join(""), 2)
    );
    assertEquals([...file.slice(-4)], expected);
    assertEquals([...file.slice(-8, -4)], [4, 0, 0, 0]);
    const octets = 'multipart/related; type="application/octet-stream"';
    const [part] = await readParts(await get(`${INSTANCE}/bulkdata/7FE00010`, octets));
    assertEquals([...part!.bytes], expected);
  });
});
