/**
 * Objects that say they are more than they are, or are others by the time they are sent.
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UnsupportedError } from "../../lib/errors.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { Problem } from "../../server/http/problem.ts";
import {
  ctElements,
  ctInstance,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { decodePng, grayRows } from "../support/png.ts";
import {
  BASE,
  bytesOf,
  readParts,
  type Retrieval,
  type RetrievalOptions,
  withRetrieval,
} from "../support/retrieval.ts";
import { rleFrame } from "../support/rle.ts";

const SERIES = "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2";
const instance = (uid: string) => `${SERIES}/instances/${uid}`;
const INSTANCE = instance("1.2.826.0.1.3680043.10.1.3");
const PNG = "image/png";
const GIF = "image/gif";
const parts = (type: string) => `multipart/related; type="${type}"`;

Deno.test("GET rendered: shows what is there of an object that says it has 2 ** 31 - 1 frames", () =>
  withRetrieval(async ({ store, get }) => {
    const hostile = { sopInstanceUID: "1.2.9", elements: [value(0x00280008, "IS", "2147483647")] };
    await store(ctInstance({ ...hostile, pixels: [new Uint8Array(32)], rows: 4, columns: 4 }));
    const path = `${instance("1.2.9")}/rendered`;
    const image = await get(path, PNG);
    assertEquals([image.status, grayRows(decodePng(await bytesOf(image))).length], [200, 4]);
    const gif = await get(path, GIF);
    assertEquals(gif.status, 406);
    assertStringIncludes((await gif.json()).detail, "A GIF has at most");
    // Those that are there are sent, and then it breaks off.
    for (
      const [resource, type] of [
        ["rendered", PNG],
        ["rendered", GIF],
        ["pixeldata", "image/dicom-rle"],
      ] as const
    ) {
      const response = await get(`${instance("1.2.9")}/${resource}`, parts(type));
      assertEquals(response.status, 200);
      await assertRejects(() => response.bytes(), UnsupportedError, "before this frame does");
    }
  }));

Deno.test("GET rendered: leaves out of a series whose pixels end too early", () =>
  withRetrieval(async ({ store, get }) => {
    const short = { sopInstanceUID: "1.2.9", pixels: [new Uint8Array(8)], rows: 4, columns: 4 };
    await store(
      ctInstance({ sopInstanceUID: "1.2.1" }),
      ctInstance(short),
      ctInstance({ sopInstanceUID: "1.2.2", frames: 3 }),
    );
    const images = await readParts(await get(`${SERIES}/rendered`, parts(PNG)));
    const shown = ["1.2.1", "1.2.2"].map((uid) => `${BASE}${instance(uid)}/frames/1/rendered`);
    assertEquals(images.map(({ headers }) => headers.get("content-location")).sort(), shown);
  }));

Deno.test("GET instance: leaves out icons that are more than can be held together", async () => {
  const samples = Array.from({ length: 16 }, (_, i) => 100 * i);
  const icon = (side: number) => [
    ...ctElements({ rows: 4, columns: 4 }).filter(({ tag }) => tag >>> 16 === 0x0028)
      .map((each) =>
        each.tag === 0x00280010 || each.tag === 0x00280011 ? value(each.tag, "US", [side]) : each
      ),
    fragments([rleFrame(samples)]),
  ];
  const elements = [sequence(0x00880200, [icon(60_000), icon(4), icon(3000)])];
  const asked: number[] = [];
  const wrapPixels: RetrievalOptions["wrapPixels"] = (pixels) => ({
    ...pixels,
    transcode: (client, load, to) =>
      pixels.transcode(client, async () => {
        const frame = await load();
        asked.push(frame.format.Rows);
        return frame;
      }, to),
  });
  await withRetrieval(async ({ store, get }) => {
    await store(
      ctInstance({ transferSyntaxUID: SYNTAX.rle, pixels: [rleFrame(samples)], elements }),
    );
    const accept = `application/dicom; transfer-syntax=${SYNTAX.explicit}`;
    const scanner = createInstanceScanner();
    await scanner.push(await bytesOf(await get(INSTANCE, accept)));
    const { dataSet } = await scanner.end();
    const icons = dataSet.get(0x00880200);
    assert(icons?.kind === "sequence");
    assertEquals(icons.items.length, 1);
  }, { wrapPixels });
  // The smallest, the instance itself; 3000 × 3000 of two bytes are more than 16 MiB.
  assertEquals(asked, [4, 4]);
});

Deno.test("GET series: breaks off where an instance was replaced after it was chosen", async () => {
  const uids = ["1.2.1", "1.2.2"];
  const replaced: string[] = [];
  let storing: Retrieval["store"] | undefined;
  const wrapPixels: RetrievalOptions["wrapPixels"] = (pixels) => ({
    ...pixels,
    async transcode(client, load, to) {
      // Whichever comes first, the other is replaced.
      if (replaced.length === 0) {
        replaced.push(...uids);
        for (const uid of uids) {
          await storing?.(ctInstance({ sopInstanceUID: uid, rows: 2, columns: 8 }));
        }
      }
      return await pixels.transcode(client, load, to);
    },
  });
  await withRetrieval(async ({ store, get }) => {
    storing = store;
    for (const uid of uids) await store(ctInstance({ sopInstanceUID: uid }));
    const accept = `multipart/related; type="application/dicom"; transfer-syntax=${SYNTAX.rle}`;
    const response = await get(SERIES, accept);
    assertEquals(response.status, 200);
    await assertRejects(() => response.bytes(), Problem, "ask again");
  }, { conflict: "replace", wrapPixels });
});
