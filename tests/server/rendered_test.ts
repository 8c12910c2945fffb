import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { jpegHead } from "../support/jpeg.ts";
import {
  buildPart10,
  ctElements,
  ctInstance,
  fragments,
  value,
} from "../support/part10_builder.ts";
import { decodePng, grayRows } from "../support/png.ts";
import { BASE, bytesOf, readParts, type Retrieval, withRetrieval } from "../support/retrieval.ts";

const SERIES = "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2";
const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const instance = (uid: string) => `${SERIES}/instances/${uid}`;
const RAMP_PATH = `${instance("1.2.1")}/rendered`;

const PNG = "image/png";
const JPEG = "image/jpeg";
const GIF = "image/gif";
const parts = (type: string) => `multipart/related; type="${type}"`;

/** 8 rows of 16 pixels that count up in sixteens: 0, 16, … 2032. */
const VALUES = Array.from({ length: 128 }, (_, i) => 16 * i);
const RAMP = ctInstance({
  sopInstanceUID: "1.2.1",
  rows: 8,
  columns: 16,
  pixels: [new Uint8Array(Uint16Array.from(VALUES).buffer)],
  elements: [value(0x00281050, "DS", "1024"), value(0x00281051, "DS", "2048")],
});

/** Three frames of 4 × 4, one gray each: 1000, 2000, 3000 of 4095. */
const FRAMES = ctInstance({
  sopInstanceUID: "1.2.2",
  instanceNumber: 2,
  frames: 3,
  pixels: [1000, 2000, 3000].map((gray) => new Uint8Array(new Uint16Array(16).fill(gray).buffer)),
  elements: [value(0x00281050, "DS", "2048"), value(0x00281051, "DS", "4096")],
});
/** What is seen of them: x / 4095, of 255. */
const GRAYS = [1000, 2000, 3000].map((gray) => Math.round(255 * gray / 4095));

async function grays(response: Response): Promise<number[][]> {
  return grayRows(decodePng(await bytesOf(response)));
}

async function refused(response: Response, status: number, text: string): Promise<void> {
  const { detail } = await response.json();
  assertEquals([response.status, detail.endsWith(".")], [status, true], detail);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertStringIncludes(detail, text);
}

function rampTest(name: string, test: (retrieval: Retrieval) => Promise<void>): void {
  Deno.test(name, () =>
    withRetrieval(async (retrieval) => {
      await retrieval.store(RAMP);
      await test(retrieval);
    }));
}

rampTest("GET rendered: gives an instance in each media type", async ({ get }) => {
  for (const accept of [undefined, "*/*", JPEG, "image/*", `${JPEG};q=0.9, text/html`]) {
    const response = await get(RAMP_PATH, accept);
    assertEquals(response.headers.get("content-type"), JPEG);
    assertEquals(response.headers.get("content-location"), BASE + RAMP_PATH);
    assertEquals(response.headers.get("cache-control"), "private, no-cache");
    const { width, height, process, components } = jpegHead(await bytesOf(response));
    assertEquals({ width, height, process, components }, {
      width: 16,
      height: 8,
      process: 0xc0,
      components: 1,
    });
  }
  const png = await get(RAMP_PATH, PNG);
  assertEquals(png.headers.get("content-type"), PNG);
  // Its own window, 1024 and 2048: x / 2047.
  const expected = VALUES.map((gray) => Math.round(255 * gray / 2047));
  assertEquals((await grays(png)).flat(), expected);
  const gif = await get(RAMP_PATH, GIF);
  const bytes = await bytesOf(gif);
  assertEquals(new TextDecoder().decode(bytes.subarray(0, 6)), "GIF89a");
  assertEquals([...bytes.subarray(6, 10), bytes.at(-1)], [16, 0, 8, 0, 0x3b]);
  for (const type of [JPEG, PNG, GIF]) {
    const response = await get(RAMP_PATH, parts(type));
    const [part, ...more] = await readParts(response);
    assertEquals([more.length, part?.headers.get("content-type")], [0, type]);
    const location = `${BASE}${instance("1.2.1")}/frames/1/rendered`;
    assertEquals(part?.headers.get("content-location"), location);
    assertEquals(part?.bytes, await bytesOf(await get(RAMP_PATH, type)));
  }
});

rampTest("GET rendered: takes the media type from the parameter accept", async ({ get }) => {
  const response = await get(`${RAMP_PATH}?accept=image/png`, "*/*");
  assertEquals(response.headers.get("content-type"), PNG);
  await response.body?.cancel();
});

rampTest("GET rendered: applies a window of each function", async ({ get }) => {
  const windowed = async (window: string) =>
    (await grays(await get(`${RAMP_PATH}?window=${window}`, PNG))).flat();
  const shown = (brightness: (x: number) => number) =>
    VALUES.map((x) => Math.round(255 * Math.min(1, Math.max(0, brightness(x)))));
  // PS3.3 C.11.2.1.2: c = 1000, w = 501.
  const linear = (x: number) => (x - 999.5) / 500 + 0.5;
  const exact = (x: number) => (x - 1000) / 501 + 0.5;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-4 * (x - 1000) / 501));
  assertEquals(await windowed("1000,501,linear"), shown(linear));
  assertEquals(await windowed("1000,501,linear-exact"), shown(exact));
  assertEquals(await windowed("1000,501,sigmoid"), shown(sigmoid));
  assertEquals(await windowed("1e3,5.01E2,linear"), shown(linear));
});

rampTest("GET rendered: crops, flips and scales to a viewport", async ({ get }) => {
  const seen = async (viewport: string) =>
    await grays(await get(`${RAMP_PATH}?viewport=${viewport}`, PNG));
  const all = await grays(await get(RAMP_PATH, PNG));
  const region = all.slice(2, 6).map((row) => row.slice(4, 12));
  assertEquals(await seen("8,4,4,2,8,4"), region);
  assertEquals(await seen("8,4,4,2,-8,4"), region.map((row) => row.toReversed()));
  assertEquals(await seen("8,4,4,2,8,-4"), region.toReversed());
  assertEquals(
    await seen("8,4,4,2,-8,-4"),
    region.toReversed().map((row) => row.toReversed()),
  );
  assertEquals(await seen("16,8"), all);
  assertEquals(await seen("12,8,4"), all.map((row) => row.slice(4)));
  assertEquals(await seen("16,4,,4"), all.slice(4));
  assertEquals(await seen("8,8,,,8,8"), all.map((row) => row.slice(0, 8)));
  const sizes = async (viewport: string) => {
    const rows = await seen(viewport);
    return [rows[0]?.length, rows.length];
  };
  assertEquals(await sizes("32,100"), [32, 16]);
  assertEquals(await sizes("100,4"), [8, 4]);
  assertEquals(await sizes("160,160,,,,2"), [160, 20]);
});

rampTest("GET rendered: a lower quality makes a smaller JPEG", async ({ get }) => {
  const sizeOf = async (quality: number) =>
    (await bytesOf(await get(`${RAMP_PATH}?quality=${quality}&viewport=512,512`, JPEG))).length;
  const [low, middle, high] = [await sizeOf(1), await sizeOf(60), await sizeOf(100)];
  assert(low < middle && middle < high, `${low}, ${middle}, ${high}`);
});

rampTest("GET rendered: has the ICC profile that is asked for", async ({ get }) => {
  const png = async (profile: string) =>
    decodePng(await bytesOf(await get(`${RAMP_PATH}?iccprofile=${profile}`, PNG)));
  assertEquals((await png("no")).iccProfile, undefined);
  for (const profile of ["yes", "srgb", "adobergb", "rommrgb"]) {
    const { iccProfile } = await png(profile);
    assert(iccProfile !== undefined, profile);
    // PS3.18 8.3.5.1.5 means ISO 15076: `acsp` at byte 36.
    assertEquals(new TextDecoder().decode(iccProfile.subarray(36, 40)), "acsp");
    const jpeg = jpegHead(await bytesOf(await get(`${RAMP_PATH}?iccprofile=${profile}`, JPEG)));
    assertEquals(jpeg.hasProfile, true);
  }
  await refused(await get(`${RAMP_PATH}?iccprofile=yes`, GIF), 400, "iccprofile");
  assertEquals((await bytesOf(await get(`${RAMP_PATH}?iccprofile=no`, GIF))).length > 0, true);
});

rampTest(
  "GET rendered: writes annotations into the image, and warns of unknown ones",
  async ({ get }) => {
    const seen = async (query: string) => {
      const response = await get(`${RAMP_PATH}?viewport=256,256${query}`, PNG);
      return [response.headers.get("warning"), await grays(response)] as const;
    };
    const [none, plain] = await seen("");
    assertEquals(none, null);
    const [, patient] = await seen("&annotation=patient");
    const [, technique] = await seen("&annotation=technique");
    const [, both] = await seen("&annotation=patient,technique");
    assertNotEquals(patient, plain);
    assertNotEquals(technique, plain);
    const changed = (rows: number[][]) =>
      rows.flatMap((row, y) => row.some((gray, x) => gray !== plain[y]![x]) ? [y] : []);
    assert(Math.max(...changed(patient)) < Math.min(...changed(technique)), "top and bottom");
    assertEquals(changed(both), [...changed(patient), ...changed(technique)]);
    const [warning, ruler] = await seen("&annotation=ruler,patient");
    assertEquals(
      warning,
      '299 gantry.test "The following annotation values are not supported: ruler"',
    );
    assertEquals(ruler, patient);
  },
);

rampTest("GET rendered: ignores charset, and warns of what it does not know", async ({ get }) => {
  const known = await get(`${RAMP_PATH}?charset=utf-8&quality=50`, PNG);
  assertEquals([known.status, known.headers.get("warning")], [200, null]);
  await known.body?.cancel();
  const unknown = await get(`${RAMP_PATH}?rows=5`, PNG);
  assertEquals(unknown.status, 200);
  assertStringIncludes(unknown.headers.get("warning") ?? "", "The parameter rows is not supported");
  await unknown.body?.cancel();
});

rampTest("GET rendered: refuses what its parameters cannot be", async ({ get }) => {
  for (
    const [query, text] of [
      ["quality=0", "1 to 100"],
      ["quality=", "1 to 100"],
      ["viewport=0,5", "width and a height"],
      ["viewport=5", "width and a height"],
      ["viewport=5,5,x", "numbers"],
      ["viewport=5,5,100,0", "outside the image"],
      ["window=1,2", "linear-exact"],
      ["window=1,2,LINEAR", "linear-exact"],
      ["window=1,0,linear", "width"],
      ["iccprofile=cmyk", "srgb"],
      ["annotation=", "patient"],
      ["viewport=5,5&viewport=6,6", "more than once"],
      ["anonymize=yes", "anonymize"],
    ] as const
  ) {
    await refused(await get(`${RAMP_PATH}?${query}`, PNG), 400, text);
  }
  await refused(await get(`${instance("1.2.1")}/frames/0/rendered`), 400, "numbers from 1 on");
  await refused(await get(`${instance("1.2.1")}/frames/2/rendered`), 404, "has 1 frames");
  await refused(await get(`${instance("1.9")}/rendered`), 404, "no such instance");
  await refused(await get("/studies/1.9/rendered"), 404, "no such study");
  for (const accept of ["text/html", "image/jp2", 'multipart/related; type="application/dicom"']) {
    await refused(await get(RAMP_PATH, accept), 406, "image/jpeg, image/png, image/gif");
  }
});

rampTest("GET rendered: answers HEAD and If-None-Match without the image", async ({ get }) => {
  const head = await get(RAMP_PATH, PNG, { method: "HEAD" });
  assertEquals([head.status, head.headers.get("content-type")], [200, PNG]);
  assertEquals(await head.text(), "");
  const etag = head.headers.get("etag") ?? "";
  const again = await get(RAMP_PATH, PNG, { headers: { "If-None-Match": etag } });
  assertEquals([again.status, again.headers.get("etag")], [304, etag]);
});

Deno.test("GET rendered: has another ETag wherever the image is another", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(RAMP, FRAMES);
    const tags = [];
    for (
      const [path, accept] of [
        [RAMP_PATH, JPEG],
        [RAMP_PATH, PNG],
        [RAMP_PATH, parts(PNG)],
        [`${RAMP_PATH}?quality=50`, JPEG],
        [`${RAMP_PATH}?viewport=64,64`, JPEG],
        [`${RAMP_PATH}?viewport=64,64,1`, JPEG],
        [`${RAMP_PATH}?window=100,100,linear`, JPEG],
        [`${RAMP_PATH}?window=100,100,sigmoid`, JPEG],
        [`${RAMP_PATH}?iccprofile=yes`, JPEG],
        [`${RAMP_PATH}?annotation=patient`, JPEG],
        [`${instance("1.2.2")}/rendered`, JPEG],
        [`${instance("1.2.2")}/frames/1/rendered`, JPEG],
        [`${instance("1.2.2")}/frames/2/rendered`, JPEG],
        [`${instance("1.2.2")}/frames/1,2/rendered`, parts(JPEG)],
        [`${instance("1.2.2")}/frames/2,1/rendered`, parts(JPEG)],
        [`${SERIES}/rendered`, JPEG],
        [`${SERIES}/rendered`, parts(JPEG)],
        [`${SERIES}/thumbnail`, JPEG],
      ] as const
    ) {
      const response = await get(path, accept, { method: "HEAD" });
      assertEquals(response.status, 200, path);
      tags.push(response.headers.get("etag"));
    }
    assertEquals(new Set(tags).size, tags.length);
  });
});

Deno.test("GET rendered: gives frames one by one, in parts and as an animation", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(FRAMES);
    const path = instance("1.2.2");
    const one = async (at: string) => new Set((await grays(await get(at, PNG))).flat());
    assertEquals(await one(`${path}/rendered`), new Set([GRAYS[0]!]));
    const third = await get(`${path}/frames/3/rendered`, PNG);
    assertEquals(third.headers.get("content-location"), `${BASE}${path}/frames/3/rendered`);
    assertEquals(new Set((await grays(third)).flat()), new Set([GRAYS[2]!]));
    for (
      const [list, order] of [["frames/3,1", [2, 0]], ["frames/2", [1]], ["", [0, 1, 2]]] as const
    ) {
      const at = `${path}/${list}/rendered`.replace("//", "/");
      const found = await readParts(await get(at, parts(PNG)));
      const seen = found.map(({ bytes }) => grayRows(decodePng(bytes))[0]![0]);
      assertEquals(seen, order.map((index) => GRAYS[index]!));
      assertEquals(
        found.map(({ headers }) => headers.get("content-location")),
        order.map((index) => `${BASE}${path}/frames/${index + 1}/rendered`),
      );
    }
    // Who leaves it open gets one image of all frames, and parts where a list was asked for.
    assertEquals(
      (await readParts(await get(`${path}/frames/1,2/rendered`))).length,
      2,
    );
    const animation = await bytesOf(await get(`${path}/rendered`, GIF));
    assertEquals(imagesOf(animation), 3);
    assertEquals(imagesOf(await bytesOf(await get(`${path}/frames/2/rendered`, GIF))), 1);
    const two = await get(`${path}/frames/1,2/rendered`, GIF);
    assertEquals([two.headers.get("content-type"), imagesOf(await bytesOf(two))], [GIF, 2]);
    for (const accept of [PNG, JPEG, `${PNG}, ${JPEG}`]) {
      await refused(await get(`${path}/frames/1,2/rendered`, accept), 406, "multipart/related");
    }
    await refused(await get(`${path}/frames/1,4/rendered`), 404, "has 3 frames");
  });
});

/** Images of an animation: blocks that say how long one is seen. */
function imagesOf(gif: Uint8Array): number {
  const hex = gif.toHex();
  return hex.match(/21f904.{8}002c/g)?.length ?? 0;
}

Deno.test("GET rendered: shows a series or study by one, or all of its instances", async () => {
  await withRetrieval(async ({ store, get }) => {
    const noPixels = ctElements({ sopInstanceUID: "1.2.3" }).filter(({ tag }) => tag < 0x7fe00000);
    await store(RAMP, FRAMES, buildPart10(noPixels));
    for (const path of [SERIES, STUDY]) {
      const single = await get(`${path}/rendered`);
      assertEquals(single.headers.get("content-type"), JPEG);
      assertEquals(single.headers.get("content-location"), `${BASE}${path}/rendered`);
      assertEquals(single.headers.get("cache-control"), "private, no-cache");
      jpegHead(await bytesOf(single));
      const all = await readParts(await get(`${path}/rendered`, parts(PNG)));
      assertEquals(
        all.map(({ headers }) => headers.get("content-location")),
        ["1.2.1", "1.2.2"].map((uid) => `${BASE}${instance(uid)}/frames/1/rendered`),
      );
    }
    await refused(await get(`${instance("1.2.3")}/rendered`), 406, "no pixel data");
  });
});

Deno.test("GET rendered: leaves out of a study what is damaged, and tells of it alone", async () => {
  await withRetrieval(async ({ store, get }) => {
    const coded = fragments([new Uint8Array(16).fill(1)]);
    const damaged = ctInstance({
      sopInstanceUID: "1.2.4",
      instanceNumber: 9,
      transferSyntaxUID: "1.2.840.10008.1.2.5",
      elements: [coded],
    });
    await store(RAMP, damaged);
    assertEquals((await readParts(await get(`${STUDY}/rendered`, parts(PNG)))).length, 1);
    await refused(await get(`${instance("1.2.4")}/rendered`), 406, "transfer-syntax=*");
  });
});

Deno.test("GET rendered: is gone with what was deleted", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(RAMP);
    await bytesOf(await get(RAMP_PATH));
    await archive.index.remove("default", { StudyInstanceUID: STUDY.slice(9) }, 1);
    for (const path of [RAMP_PATH, `${SERIES}/rendered`, `${STUDY}/thumbnail`]) {
      await refused(await get(path), 410, "was deleted");
    }
  });
});
