import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BASE, bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import {
  buildPart10,
  concat,
  ctElements,
  ctInstance,
  fragments,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";

import { rleFrame } from "../support/rle.ts";

const UID = "1.2.826.0.1.3680043.10.1.3";
const INSTANCE = "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2" +
  `/instances/${UID}`;

const OCTETS = "application/octet-stream";
/** As OHIF asks. */
const ANY_SYNTAX = `multipart/related; type=${OCTETS}; transfer-syntax=*`;

/** Three frames of 4 × 4 pixels of 16 bits that count up. */
const COUNTING = { frames: 3 };
const PIXELS = ctInstance(COUNTING).slice(-96);
const FRAMES = [0, 1, 2].map((frame) => PIXELS.slice(32 * frame, 32 * frame + 32));

Deno.test("GET frames: gives native frames in the order asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(COUNTING));
    for (const accept of [undefined, "*/*", `multipart/related; type="${OCTETS}"`, ANY_SYNTAX]) {
      const response = await get(`${INSTANCE}/frames/3,1`, accept);
      assert(response.headers.has("content-length"));
      const parts = await readParts(response);
      assertEquals(parts.map(({ bytes }) => bytes), [FRAMES[2]!, FRAMES[0]!]);
      assertEquals(
        parts[0]?.headers.get("content-type"),
        `${OCTETS}; transfer-syntax=${SYNTAX.explicit}`,
      );
      assertEquals(parts[0]?.headers.get("content-location"), `${BASE}${INSTANCE}/frames/3`);
    }
  });
});

Deno.test("GET frames: gives one frame alone, with ranges, where a single media type is asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(COUNTING));
    const response = await get(`${INSTANCE}/frames/2`, OCTETS);
    assertEquals(await bytesOf(response), FRAMES[1]);
    const headers = { Range: "bytes=10-19" };
    const part = await get(`${INSTANCE}/frames/2`, OCTETS, { headers });
    assertEquals(part.status, 206);
    assertEquals(await bytesOf(part), FRAMES[1]?.slice(10, 20));
    const many = await get(`${INSTANCE}/frames/1,2`, OCTETS);
    assertEquals(many.status, 406);
    await many.body?.cancel();
  });
});

Deno.test("GET frames: refuses lists that are malformed or too long, and frames that are not there", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ctInstance(COUNTING), ctInstance({ sopInstanceUID: "1.2.3", elements: [] }));
    const statusOf = async (list: string) => {
      const response = await get(`${INSTANCE}/frames/${list}`);
      await response.body?.cancel();
      return response.status;
    };
    for (const list of ["0", "-1", "1,", "x", "1;2", "1.5", "01", "99999999999", "%00"]) {
      assertEquals([list, await statusOf(list)], [list, 400]);
    }
    assertEquals(await statusOf("1,".repeat(10_000) + "1"), 400);
    for (const list of ["4", "1,2,3,4", "9999999999"]) assertEquals(await statusOf(list), 404);
    assertEquals(archive.reported, []);
  });
});

Deno.test("GET frames: answers 404 where there is no pixel data", async () => {
  await withRetrieval(async ({ store, get }) => {
    const elements = ctElements().filter(({ tag }) => tag !== 0x7fe00010);
    await store(buildPart10(elements));
    const response = await get(`${INSTANCE}/frames/1`);
    assertEquals(response.status, 404);
    assertStringIncludes((await response.json()).detail, "no pixel data");
  });
});

for (const syntax of ["implicit", "bigEndian", "deflated"] as const) {
  Deno.test(`GET frames: gives frames stored as ${syntax} in little endian`, async () => {
    await withRetrieval(async ({ store, get }) => {
      await store(ctInstance({ ...COUNTING, transferSyntaxUID: SYNTAX[syntax] }));
      const responses = [1, 2, 3].map((frame) => get(`${INSTANCE}/frames/${frame}`, OCTETS));
      const frames = await Promise.all(responses.map(async (response) => bytesOf(await response)));
      assertEquals(frames, FRAMES);
    });
  });
}

Deno.test("GET frames: swaps 8-bit frames of odd size inside the words they lie in", async () => {
  await withRetrieval(async ({ store, get }) => {
    const cells = Uint8Array.from({ length: 18 }, (_, i) => i + 1);
    const swapped = Uint8Array.from(cells, (_, i) => cells[i ^ 1]!);
    await store(ctInstance({
      rows: 3,
      columns: 3,
      frames: 2,
      transferSyntaxUID: SYNTAX.bigEndian,
      pixels: [swapped],
      elements: [value(0x00280100, "US", [8])],
    }));
    assertEquals(await bytesOf(await get(`${INSTANCE}/frames/2`, OCTETS)), cells.slice(9));
    assertEquals(await bytesOf(await get(`${INSTANCE}/frames/1`, OCTETS)), cells.slice(0, 9));
  });
});

Deno.test("GET frames: lets one-bit frames begin on a byte", async () => {
  await withRetrieval(async ({ store, get }) => {
    // Frames of 9 bits: all set, none set, every other set; the lowest bit of a byte comes first.
    const bits = "111111111" + "000000000" + "101010101" + "00000";
    const bytes = bits.match(/.{8}/g)!.map((eight) => parseInt([...eight].reverse().join(""), 2));
    await store(ctInstance({
      rows: 3,
      columns: 3,
      frames: 3,
      pixels: [Uint8Array.of(...bytes)],
      elements: [value(0x00280100, "US", [1])],
    }));
    const parts = await readParts(await get(`${INSTANCE}/frames/1,2,3`));
    assertEquals(parts.map(({ bytes }) => [...bytes]), [[255, 1], [0, 0], [0b01010101, 1]]);
  });
});

/** JPEG 2000 in several fragments a frame, with an offset table. */
const CODED = [[1, 2], [3], [4, 5, 6]].map((frame) =>
  frame.map((byte) => new Uint8Array(2 * byte).fill(byte))
);
const MULTI_FRAGMENT = ctInstance({
  frames: 3,
  transferSyntaxUID: SYNTAX.jpeg2000Lossless,
  elements: [
    fragments(CODED.flat(), { offsetTable: [0, 10 + 12, 10 + 12 + 14] }),
  ],
});

Deno.test("GET frames: gives compressed frames whole, as stored, to who takes any syntax", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(MULTI_FRAGMENT);
    const type = `image/jp2; transfer-syntax=${SYNTAX.jpeg2000Lossless}`;
    for (
      const accept of [
        undefined,
        ANY_SYNTAX,
        "multipart/related; type=image/jp2",
        `multipart/related; type="image/jp2"; transfer-syntax=${SYNTAX.jpeg2000Lossless}`,
        'multipart/related; type="image/*"',
        'multipart/related; type="*/*"',
      ]
    ) {
      const parts = await readParts(await get(`${INSTANCE}/frames/3,1,2`, accept));
      const expected = [CODED[2]!, CODED[0]!, CODED[1]!].map(concat);
      assertEquals(parts.map(({ bytes }) => bytes), expected);
      assertEquals(parts[0]?.headers.get("content-type"), type);
    }
    const alone = await get(`${INSTANCE}/frames/3`, "image/jp2");
    assertEquals(alone.headers.get("content-type"), type);
    assertEquals(await bytesOf(alone), concat(CODED[2]!));
    const range = { headers: { Range: "bytes=7-20" } };
    const part = await get(`${INSTANCE}/frames/3`, "image/jp2", range);
    assertEquals(await bytesOf(part), concat(CODED[2]!).slice(7, 21));
  });
});

Deno.test("GET frames: refuses what cannot be made of them, and says what there is", async () => {
  await withRetrieval(async ({ store, get }) => {
    const hierarchical = "1.2.840.10008.1.2.4.65";
    await store(ctInstance({ transferSyntaxUID: hierarchical }));
    for (
      const accept of [
        `multipart/related; type="${OCTETS}"`,
        `${OCTETS}; transfer-syntax=${SYNTAX.explicit}`,
        "image/jls",
        `multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.91`,
        "text/html",
      ]
    ) {
      const response = await get(`${INSTANCE}/frames/1`, accept);
      assertEquals([accept, response.status], [accept, 406]);
      const { detail } = await response.json();
      assertStringIncludes(detail, `type="image/jpeg"; transfer-syntax=${hierarchical}`);
      assertStringIncludes(detail, "Nothing here decodes");
    }
  });
});

Deno.test("GET frames: refuses a frame whose stored bytes are not what they should be", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(MULTI_FRAGMENT);
    const response = await get(`${INSTANCE}/frames/1`, OCTETS);
    assertEquals(response.status, 406);
    assertStringIncludes((await response.json()).detail, "transfer-syntax=*");
  });
});

Deno.test("GET frames: decodes and encodes frames, alone and in parts", async () => {
  await withRetrieval(async ({ store, get }) => {
    const samples = [0, 1, 2].map((n) => Array.from({ length: 16 }, (_, i) => n * 100 + i));
    const pixels = samples.map(rleFrame);
    await store(ctInstance({ frames: 3, transferSyntaxUID: SYNTAX.rle, pixels }));
    const decoded = samples.map((frame) => new Uint8Array(Uint16Array.from(frame).buffer));
    const all = await get(`${INSTANCE}/frames/3,1`, `multipart/related; type="${OCTETS}"`);
    const parts = await readParts(all);
    assertEquals(parts.map(({ bytes }) => bytes), [decoded[2]!, decoded[0]!]);
    assertEquals(
      parts[0]?.headers.get("content-type"),
      `${OCTETS}; transfer-syntax=${SYNTAX.explicit}`,
    );
    assertEquals(parts[1]?.headers.get("content-location"), `${BASE}${INSTANCE}/frames/1`);
    const alone = await get(`${INSTANCE}/frames/2`, OCTETS);
    assertEquals(await bytesOf(alone), decoded[1]);
    const headers = { "If-None-Match": alone.headers.get("etag")! };
    assertEquals((await get(`${INSTANCE}/frames/2`, OCTETS, { headers })).status, 304);
    const jls = await get(`${INSTANCE}/frames/2`, "image/jls");
    assertEquals(
      jls.headers.get("content-type"),
      "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80",
    );
    const [first, second] = await bytesOf(jls);
    assertEquals([first, second], [0xff, 0xd8]);
  });
});

Deno.test("GET frames: knows RLE under all its names and answers in the name asked for", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance({ transferSyntaxUID: SYNTAX.rle }));
    const names = [
      "image/dicom-rle",
      "image/x-dicom-rle",
      "image/x-dicom+rle",
      "application/x-dicom-rle",
    ];
    for (const name of names) {
      const response = await get(`${INSTANCE}/frames/1`, name);
      assertEquals(
        response.headers.get("content-type"),
        `${name}; transfer-syntax=${SYNTAX.rle}`,
      );
      assertEquals(await bytesOf(response), new Uint8Array(16).fill(1));
    }
  });
});

Deno.test("GET frames: gives lossy frames as stored to who takes anything", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance({ transferSyntaxUID: SYNTAX.jpegBaseline }));
    const [part] = await readParts(await get(`${INSTANCE}/frames/1`, "*/*"));
    assertEquals(
      part?.headers.get("content-type"),
      `image/jpeg; transfer-syntax=${SYNTAX.jpegBaseline}`,
    );
  });
});

Deno.test("GET frames: refuses frames that nothing tells apart", async () => {
  await withRetrieval(async ({ store, get }) => {
    const pixels = [1, 2, 3].map((byte) => new Uint8Array(4).fill(byte));
    await store(ctInstance({ frames: 2, transferSyntaxUID: SYNTAX.rle, pixels }));
    const response = await get(`${INSTANCE}/frames/1`);
    assertEquals(response.status, 406);
    assertStringIncludes((await response.json()).detail, "as a whole");
    const whole = await get(`${INSTANCE}/pixeldata`, "image/dicom-rle");
    assertEquals(await bytesOf(whole), concat(pixels));
  });
});

Deno.test("GET frames: inflates a deflated data set once, and anew after a crash in between", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ctInstance({ ...COUNTING, transferSyntaxUID: SYNTAX.deflated }));
    const frame = async () => await bytesOf(await get(`${INSTANCE}/frames/3`, OCTETS));
    const [row] = await archive.rows();
    const key = `${row!.blobKey}.inflated`;
    const cutOff = await archive.blobs.create(key);
    await cutOff.write(new Uint8Array(5000));
    await cutOff.commit();
    assertEquals(await frame(), FRAMES[2]);
    const size = await archive.blobs.size(key);
    await archive.blobs.delete(row!.blobKey);
    assertEquals(await frame(), FRAMES[2]);
    assertEquals(await archive.blobs.size(key), size);
    await archive.blobs.delete(key);
    const response = await get(`${INSTANCE}/frames/3`, OCTETS);
    assertEquals(response.status, 500);
    assertEquals(await archive.blobKeys(), []);
    await response.body?.cancel();
  });
});

Deno.test("GET frames: reads a deflated data set that ends in the byte that makes it even", async () => {
  await withRetrieval(async ({ store, get }) => {
    for (const comment of ["a", "ab", "abc", "abcd"]) {
      const elements = [value(0x00204000, "LT", comment)];
      const sopInstanceUID = `${UID}.${comment.length}`;
      const options = { ...COUNTING, sopInstanceUID, elements };
      await store(ctInstance({ ...options, transferSyntaxUID: SYNTAX.deflated }));
      const path = `${INSTANCE}.${comment.length}/frames/2`;
      assertEquals(await bytesOf(await get(path, OCTETS)), FRAMES[1]);
    }
  });
});
