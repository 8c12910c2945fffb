/**
 * Rendered resources of what is no image of its own: presentation states, documents, videos.
 * @module
 */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  buildPart10,
  ctElements,
  ctInstance,
  type CtOptions,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { decodePng, grayRows } from "../support/png.ts";
import { grayscaleState, STATE_PATH } from "../support/presentation_state.ts";
import { BASE, bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";

const SERIES = "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2";
const instance = (uid: string) => `${SERIES}/instances/${uid}`;
const PNG = "image/png";
const STATE = `${STATE_PATH}/rendered`;

/** 4 × 4 pixels that count up from `first` in hundreds. */
function ramp(uid: string, first: number, options: CtOptions = {}): Uint8Array {
  const values = Array.from({ length: 16 * (options.frames ?? 1) }, (_, i) => first + 100 * i);
  return ctInstance({
    sopInstanceUID: uid,
    pixels: [new Uint8Array(Uint16Array.from(values).buffer)],
    ...options,
  });
}

/** A row of what a window of center 1000 and width 1001 shows of four pixels, mirrored. */
function flippedRow(first: number): number[] {
  const values = [3, 2, 1, 0].map((i) => first + 100 * i);
  return values.map((x) => Math.round(255 * Math.min(1, Math.max(0, (x - 999.5) / 1000 + 0.5))));
}

const WINDOW = { center: 1000, width: 1001 };

async function refused(response: Response, status: number, text: string): Promise<void> {
  const { detail } = await response.json();
  assertEquals([response.status, detail.endsWith(".")], [status, true], detail);
  assertStringIncludes(detail, text);
}

Deno.test("GET rendered: a presentation state shows the images that it refers to", async () => {
  await withRetrieval(async ({ store, get }) => {
    const images = [{ uid: "1.2.6", frames: [2, 7] }, { uid: "1.2.9" }, { uid: "1.2.5" }];
    await store(
      ramp("1.2.5", 0),
      ramp("1.2.6", 100, { frames: 2 }),
      grayscaleState({ images, window: WINDOW, isFlipped: true, size: [4, 4] }),
    );
    const first = await get(STATE, PNG);
    assertEquals(first.headers.get("cache-control"), "private, no-cache");
    // Frame 2 of the first image begins 1600 later.
    assertEquals(grayRows(decodePng(await bytesOf(first)))[0], flippedRow(1700));
    const all = await readParts(await get(STATE, `multipart/related; type="${PNG}"`));
    assertEquals(
      all.map(({ bytes }) => grayRows(decodePng(bytes))[0]),
      [flippedRow(1700), flippedRow(0)],
    );
    assertEquals(
      all.map(({ headers }) => headers.get("content-location")),
      [["1.2.6", 2], ["1.2.5", 1]].map(([uid, n]) =>
        `${BASE}${instance(String(uid))}/frames/${n}/rendered`
      ),
    );
    const scaled = decodePng(await bytesOf(await get(`${STATE}?viewport=64,32`, PNG)));
    assertEquals([scaled.width, scaled.height], [32, 32]);
  });
});

Deno.test("GET rendered: a presentation state takes no window, no region and no frames", async () => {
  await withRetrieval(async ({ store, get }) => {
    const state = grayscaleState({ images: [{ uid: "1.2.5" }], window: WINDOW, size: [4, 4] });
    await store(state);
    await refused(await get(STATE), 404, "refers to");
    await store(ramp("1.2.5", 0));
    await refused(await get(`${STATE}?window=1,2,linear`), 400, "leave out window");
    await refused(await get(`${STATE}?viewport=4,4,1,1`), 400, "source region");
    await refused(await get(`${STATE_PATH}/frames/1/rendered`), 400, "no frames of its own");
    await refused(await get(`${STATE_PATH}/thumbnail`), 406, "rendered");
  });
});

Deno.test("GET rendered: a presentation state has another ETag when one of its images has come", async () => {
  await withRetrieval(async ({ store, get }) => {
    const images = ["1.2.5", "1.2.6"].map((uid) => ({ uid }));
    await store(ramp("1.2.5", 0), grayscaleState({ images, window: WINDOW, size: [4, 4] }));
    const tag = async () => {
      const response = await get(STATE, 'multipart/related; type="image/png"', { method: "HEAD" });
      return response.headers.get("etag");
    };
    const before = await tag();
    await store(ramp("1.2.6", 0));
    assertNotEquals(await tag(), before);
  });
});

const PDF = "1.2.840.10008.5.1.4.1.1.104.1";
const CDA = "1.2.840.10008.5.1.4.1.1.104.2";
const STL = "1.2.840.10008.5.1.4.1.1.104.3";

/** An instance that holds a document, padded to an even length as DICOM wants it. */
function document(sopClassUID: string, bytes: Uint8Array, syntax: string): Uint8Array {
  const uids = ctElements({ sopClassUID, sopInstanceUID: "1.2.7" })
    .filter(({ tag }) => tag < 0x00280000);
  const padded = new Uint8Array(bytes.length + bytes.length % 2);
  padded.set(bytes);
  return buildPart10([...uids, value(0x00420011, "OB", padded)], syntax);
}

const pdf = (length: number) =>
  new TextEncoder().encode(`%PDF-1.4\n${"x".repeat(length - 15)}\n%%EOF`);
const cda = (length: number) =>
  new TextEncoder().encode(`<ClinicalDocument>${" ".repeat(length - 37)}</ClinicalDocument>`);
/** 84 bytes and 50 a triangle, the last two of which are nulls. */
const stl = (triangles: number) => {
  const bytes = new Uint8Array(84 + 50 * triangles).fill(7);
  bytes.fill(0, -2);
  return bytes;
};

for (
  const [name, sopClass, mediaType, bytes] of [
    ["a PDF held in the header", PDF, "application/pdf", pdf(900)],
    ["a PDF of odd length held in the header", PDF, "application/pdf", pdf(901)],
    ["a larger PDF", PDF, "application/pdf", pdf(100_000)],
    ["a CDA of odd length", CDA, "text/xml", cda(2501)],
    ["a small CDA of odd length", CDA, "text/xml", cda(101)],
    ["a binary STL", STL, "model/stl", stl(1)],
    ["a larger binary STL", STL, "model/stl", stl(100)],
  ] as const
) {
  for (const syntax of ["explicit", "implicit", "deflated", "bigEndian"] as const) {
    Deno.test(`GET rendered: gives ${name} as it is, stored as ${syntax}`, async () => {
      await withRetrieval(async ({ store, get, wado }) => {
        await store(document(sopClass, bytes, SYNTAX[syntax]));
        const path = `${instance("1.2.7")}/rendered`;
        for (const accept of [undefined, "*/*", mediaType]) {
          const response = await get(path, accept);
          assertEquals(response.headers.get("content-type"), mediaType);
          assertEquals(await bytesOf(response), bytes);
          // A script in it would run with the rights of our pages.
          const policy = response.headers.get("content-security-policy");
          assertEquals(policy, mediaType === "text/xml" ? "default-src 'none'; sandbox" : null);
        }
        const range = await get(path, mediaType, { headers: { Range: "bytes=1-3" } });
        assertEquals([range.status, await range.bytes()], [206, bytes.slice(1, 4)]);
        const query = "requestType=WADO&studyUID=1.2.826.0.1.3680043.10.1.1" +
          "&seriesUID=1.2.826.0.1.3680043.10.1.2&objectUID=1.2.7";
        const byUri = await wado(`${query}&contentType=${mediaType}`);
        assertEquals(byUri.headers.get("content-type"), mediaType);
        assertEquals(byUri.headers.has("content-security-policy"), mediaType === "text/xml");
        assertEquals(await bytesOf(byUri), bytes);
        await refused(await get(path, "image/jpeg"), 406, mediaType);
        await refused(await get(`${instance("1.2.7")}/frames/1/rendered`), 404, "no frames");
        await refused(await get(`${instance("1.2.7")}/thumbnail`), 406, "no pixel data");
        await refused(await wado(`${query}&frameNumber=1`), 400, "frames of this instance, 0");
      });
    });
  }
}

for (
  const [syntax, mediaType] of [
    ["1.2.840.10008.1.2.4.100", "video/mpeg"],
    ["1.2.840.10008.1.2.4.102", "video/mp4"],
  ] as const
) {
  Deno.test(`GET rendered: gives a video as ${mediaType} as it is`, async () => {
    await withRetrieval(async ({ store, get }) => {
      const video = Uint8Array.from({ length: 3000 }, (_, i) => i * i & 0xff);
      const pixels = [video.slice(0, 1000), video.slice(1000)];
      await store(
        ctInstance({ transferSyntaxUID: syntax, frames: 25, pixels, sopInstanceUID: "1.2.7" }),
      );
      const path = `${instance("1.2.7")}/rendered`;
      for (const accept of [undefined, mediaType, "video/*"]) {
        const response = await get(path, accept);
        assertEquals(response.headers.get("content-type"), mediaType);
        assertEquals(response.headers.get("content-length"), "3000");
        assertEquals(await bytesOf(response), video);
      }
      await refused(await get(path, "image/jpeg"), 406, mediaType);
      await refused(await get(`${instance("1.2.7")}/thumbnail`), 406, "video");
      await refused(await get(`${SERIES}/rendered`), 406, "video");
      // What can be shown stands for the study.
      await store(ctInstance({ sopInstanceUID: "1.2.8", seriesInstanceUID: "1.9.9" }));
      const study = await get("/studies/1.2.826.0.1.3680043.10.1.1/rendered");
      assertEquals([study.status, study.headers.get("content-type")], [200, "image/jpeg"]);
      await study.body?.cancel();
    });
  });
}

peerTest(
  "GET rendered: gives the videos of the corpus byte for byte",
  ["corpus"],
  async (corpus) => {
    for (const name of ["mpeg2_mpml", "mpeg4_avc_hp41", "hevc_main51"]) {
      const file = await Deno.readFile(new URL(`generated/video/${name}.dcm`, corpus));
      await withRetrieval(async ({ archive, store, get }) => {
        await store(file);
        const [row] = await archive.rows();
        const path = `/studies/${row!.StudyInstanceUID}/series/${row!.SeriesInstanceUID}` +
          `/instances/${row!.SOPInstanceUID}/rendered`;
        const bytes = await bytesOf(await get(path, "video/*"));
        // Each is one fragment, which the delimiter of its sequence follows.
        const start = indexOf(file, bytes.subarray(0, 512));
        assertEquals(start > 0, true, name);
        const end = start + bytes.length;
        assertEquals(file.subarray(start, end), bytes, name);
        assertEquals([...file.subarray(end, end + 4)], [0xfe, 0xff, 0xdd, 0xe0], name);
      });
    }
  },
);

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(new TextDecoder("latin1").decode(part));
}
