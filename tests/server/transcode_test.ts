import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { inflateRawSync } from "node:zlib";
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { encodeJson } from "../../lib/dicom/json.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { strings, text } from "../../lib/dicom/values.ts";
import {
  buildPart10,
  type BuiltElement,
  ctElements,
  ctInstance,
  type CtOptions,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import {
  bytesOf,
  readParts,
  type Retrieval,
  type RetrievalOptions,
  withRetrieval,
} from "../support/retrieval.ts";
import { rleFrame } from "../support/rle.ts";

const SERIES = "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2";
const UID = "1.2.826.0.1.3680043.10.1.3";
const INSTANCE = `${SERIES}/instances/${UID}`;

const BASELINE = "1.2.840.10008.1.2.4.50";
const JPEG_LS = "1.2.840.10008.1.2.4.80";
const LOSSLESS = [
  SYNTAX.rle,
  "1.2.840.10008.1.2.4.70",
  JPEG_LS,
  SYNTAX.jpeg2000Lossless,
  "1.2.840.10008.1.2.4.201",
  "1.2.840.10008.1.2.4.202",
];
/** Those with loss, and what (0028,2114) calls them. */
const LOSSY = [
  [BASELINE, "ISO_10918_1"],
  ["1.2.840.10008.1.2.4.81", "ISO_14495_1"],
  ["1.2.840.10008.1.2.4.91", "ISO_15444_1"],
  ["1.2.840.10008.1.2.4.203", "ISO_15444_15"],
] as const;

/** Three frames of 8 × 8 pixels that count up. */
const COUNTING: CtOptions = { rows: 8, columns: 8, frames: 3 };
const PIXEL_BYTES = 8 * 8 * 2 * 3;
const PIXELS = ctInstance(COUNTING).slice(-PIXEL_BYTES);

const EIGHT_BITS: readonly BuiltElement[] = [
  value(0x00280100, "US", [8]),
  value(0x00280101, "US", [8]),
  value(0x00280102, "US", [7]),
];
/** A frame of 16 × 16 pixels of 8 bits. */
const BYTES: CtOptions = {
  rows: 16,
  columns: 16,
  elements: EIGHT_BITS,
  pixels: [Uint8Array.from({ length: 256 }, (_, i) => (i & 15) * 16)],
};

const FLOATS = ctElements({ sopInstanceUID: `${UID}.9` })
  .filter(({ tag }) => tag < 0x00280101)
  .concat(value(0x00280100, "US", [32]), value(0x7fe00008, "OF", Array(16).fill(1.5)))
  .filter((element, i, all) => all.findLastIndex(({ tag }) => tag === element.tag) === i);

function inSyntax(uid: string): string {
  return `application/dicom; transfer-syntax=${uid}`;
}

async function scanned(file: Uint8Array): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  await scanner.push(file);
  return await scanner.end();
}

async function jsonOf(file: Uint8Array): Promise<string> {
  return encodeJson((await scanned(file)).dataSet, { bulkDataURI: (path) => path });
}

/** A file as an archive of its own gives it in a transfer syntax. */
async function transcoded(file: Uint8Array, uid: string): Promise<Uint8Array> {
  let made = new Uint8Array(0);
  await withRetrieval(async ({ archive, store, get }) => {
    await store(file);
    const [row] = await archive.rows();
    const response = await get(`${SERIES}/instances/${row?.SOPInstanceUID}`, inSyntax(uid));
    assertEquals(response.headers.get("content-type"), inSyntax(uid));
    made = new Uint8Array(await bytesOf(response));
  });
  assertEquals((await scanned(made)).transferSyntaxUID, uid);
  return made;
}

async function refusal(response: Response): Promise<string> {
  assertEquals(response.status, 406);
  return (await response.json()).detail;
}

Deno.test("GET instance: gives frames in every lossless syntax, in order, and nothing else changes", async () => {
  const file = ctInstance(COUNTING);
  const explicit = await jsonOf(file);
  for (const uid of LOSSLESS) {
    const made = await transcoded(file, uid);
    const { dataSet } = await scanned(made);
    assertEquals(text(dataSet, 0x00080018), UID);
    assert(!dataSet.has(0x00282110) && !dataSet.has(0x00082112), uid);
    const pixels = dataSet.get(0x7fe00010);
    assert(pixels?.kind === "fragments");
    const table = new Uint32Array(pixels.basicOffsetTable.slice().buffer);
    const starts = [0, 2, 4].map((i) => pixels.fragments[i]! - pixels.fragments[0]!);
    assertEquals([...table], starts, uid);
    assertEquals(pixels.fragments.length, 6);
    const back = await transcoded(made, SYNTAX.explicit);
    assertEquals(await jsonOf(back), explicit, uid);
    assertEquals(back.slice(-PIXEL_BYTES), PIXELS, uid);
  }
});

for (const source of ["implicit", "bigEndian", "deflated"] as const) {
  Deno.test(`GET instance: compresses pixels stored as ${source}`, async () => {
    const file = ctInstance({ ...COUNTING, transferSyntaxUID: SYNTAX[source] });
    const back = await transcoded(await transcoded(file, SYNTAX.rle), SYNTAX.explicit);
    assertEquals(back.slice(-PIXEL_BYTES), PIXELS);
    assertEquals(await jsonOf(back), await jsonOf(ctInstance(COUNTING)));
  });
}

Deno.test("GET instance: deflates the data set that Explicit VR Little Endian has", async () => {
  for (const transferSyntaxUID of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian]) {
    const file = ctInstance({ ...COUNTING, transferSyntaxUID });
    const made = await transcoded(file, SYNTAX.deflated);
    const { dataSetOffset } = await scanned(made);
    assertEquals(made.length % 2, 0);
    const whole = ctInstance(COUNTING);
    const expected = whole.slice((await scanned(whole)).dataSetOffset);
    assertEquals(new Uint8Array(inflateRawSync(made.subarray(dataSetOffset))), expected);
  }
});

for (const [uid, method] of LOSSY) {
  Deno.test(`GET instance: what lost something in ${uid} is an image of its own that names its source`, async () => {
    const file = ctInstance(BYTES);
    const made = await transcoded(file, uid);
    const { dataSet, fileMeta } = await scanned(made);
    const own = text(dataSet, 0x00080018) ?? "";
    assertMatch(own, /^2\.25\.\d+$/);
    assert(own.length <= 64);
    assertEquals(text(fileMeta!, 0x00020003), own);
    assertEquals(strings(dataSet, 0x00080008), ["DERIVED", "PRIMARY", "AXIAL"]);
    assertEquals(text(dataSet, 0x00282110), "01");
    assertEquals(text(dataSet, 0x00282114), method);
    assertMatch(text(dataSet, 0x00282112) ?? "", /^\d+\.\d\d$/);
    const sources = dataSet.get(0x00082112);
    assert(sources?.kind === "sequence");
    assertEquals(sources.items.map((item) => text(item, 0x00081155)), [UID]);
    const [series] = referencedSeries(dataSet);
    assertEquals(text(series!, 0x0020000e), SERIES.split("/").at(-1));
    assertEquals(await transcoded(file, uid), made);
  });
}

function referencedSeries(dataSet: InstanceScan["dataSet"]) {
  const element = dataSet.get(0x00081115);
  assert(element?.kind === "sequence");
  return element.items;
}

Deno.test("GET instance: a derived image joins the series that its source refers to already", async () => {
  const series = SERIES.split("/").at(-1)!;
  const before = sequence(0x00081115, [
    [
      sequence(0x0008114a, [[value(0x00081155, "UI", "1.2.3")]]),
      value(0x0020000e, "UI", series),
    ],
    [value(0x0020000e, "UI", "1.2.4")],
  ]);
  const file = ctInstance({ ...BYTES, elements: [...EIGHT_BITS, before] });
  const { dataSet } = await scanned(await transcoded(file, BASELINE));
  const items = referencedSeries(dataSet);
  assertEquals(items.map((item) => text(item, 0x0020000e)), [series, "1.2.4"]);
  const instances = items[0]?.get(0x0008114a);
  assert(instances?.kind === "sequence");
  assertEquals(instances.items.map((item) => text(item, 0x00081155)), ["1.2.3", UID]);
});

Deno.test("GET instance: says that pixels were lost where the stored data set does not", async () => {
  let jpeg = new Uint8Array(0);
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(BYTES));
    const accept = `image/jpeg; transfer-syntax=${BASELINE}`;
    jpeg = new Uint8Array(await bytesOf(await get(`${INSTANCE}/frames/1`, accept)));
  });
  const file = ctInstance({ ...BYTES, transferSyntaxUID: BASELINE, pixels: [jpeg] });
  const { dataSet } = await scanned(await transcoded(file, SYNTAX.explicit));
  assertEquals(text(dataSet, 0x00282110), "01");
  assertEquals(text(dataSet, 0x00282114), "ISO_10918_1");
  assertEquals(text(dataSet, 0x00080018), UID);
});

Deno.test("GET instance: joins frames of single bits inside bytes", async () => {
  // 27 pixels; a frame is 9 bits.
  const pixels = Uint8Array.of(0b10110101, 0b01101110, 0b11001011, 0b00000101);
  const bits = [0x00280100, 0x00280101].map((tag) => value(tag, "US", [1]));
  const elements = [...bits, value(0x00280102, "US", [0])];
  const file = ctInstance({ rows: 3, columns: 3, frames: 3, elements, pixels: [pixels] });
  for (const uid of [SYNTAX.rle, "1.2.840.10008.1.2.8.1"]) {
    const made = await transcoded(file, uid);
    const back = await transcoded(made, SYNTAX.explicit);
    assertEquals(back.slice(-4), pixels, uid);
  }
});

Deno.test("GET instance: writes what has no pixel data, or an empty one, in any syntax", async () => {
  const elements = ctElements().filter(({ tag }) => tag !== 0x7fe00010);
  const file = buildPart10(elements, SYNTAX.jpeg2000Lossless);
  for (const uid of [SYNTAX.explicit, SYNTAX.deflated, SYNTAX.rle, BASELINE]) {
    assertEquals(await jsonOf(await transcoded(file, uid)), await jsonOf(file), uid);
  }
  const empty = await transcoded(ctInstance({ pixels: [] }), SYNTAX.rle);
  const pixels = (await scanned(empty)).dataSet.get(0x7fe00010);
  assert(pixels?.kind === "fragments");
  assertEquals(pixels.fragments.length, 0);
});

Deno.test("GET instance: gives an icon decoded, or leaves out what nobody can decode", async () => {
  const samples = Array.from({ length: 16 }, (_, i) => 100 * i);
  const icon = (pixels: Uint8Array) => [
    ...ctElements({ rows: 4, columns: 4 }).filter(({ tag }) => tag >>> 16 === 0x0028),
    fragments([pixels]),
  ];
  const file = (pixels: Uint8Array) =>
    ctInstance({
      transferSyntaxUID: SYNTAX.rle,
      pixels: [rleFrame(samples)],
      elements: [sequence(0x00880200, [icon(pixels)])],
    });
  for (const uid of [SYNTAX.explicit, JPEG_LS]) {
    const made = await transcoded(file(rleFrame(samples)), uid);
    const sound = (await scanned(made)).dataSet.get(0x00880200);
    assert(sound?.kind === "sequence");
    const pixels = sound.items[0]?.get(0x7fe00010);
    assert(pixels?.kind === "bulk");
    const { offset, length } = pixels.place;
    const expected = new Uint8Array(Uint16Array.from(samples).buffer);
    assertEquals(made.slice(offset, offset + length), expected);
    const damaged = await scanned(await transcoded(file(new Uint8Array(64)), uid));
    assert(!damaged.dataSet.has(0x00880200));
  }
});

Deno.test("GET instance: refuses to compress floating point samples, and says why", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(buildPart10(FLOATS));
    for (const uid of [...LOSSLESS, BASELINE]) {
      const detail = await refusal(await get(`${INSTANCE}.9`, inSyntax(uid)));
      assertStringIncludes(detail, "Floating point samples are not compressed");
    }
    const deflated = await get(`${INSTANCE}.9`, inSyntax(SYNTAX.deflated));
    assertEquals(await jsonOf(await bytesOf(deflated)), await jsonOf(buildPart10(FLOATS)));
  });
});

Deno.test("GET series: leaves out what cannot be given in the syntax asked for, with 206 and a warning", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(COUNTING), buildPart10(FLOATS));
    const accept = `multipart/related; type="application/dicom"; transfer-syntax=${SYNTAX.rle}`;
    const response = await get(SERIES, accept);
    assertEquals(response.status, 206);
    assertStringIncludes(response.headers.get("warning") ?? "", "1 of 2 are left out");
    const parts = await readParts(response);
    assertEquals(parts.map(({ headers }) => headers.get("content-type")), [inSyntax(SYNTAX.rle)]);
    assertEquals((await scanned(parts[0]!.bytes)).transferSyntaxUID, SYNTAX.rle);
  });
});

Deno.test("GET instance: takes the syntax that the client likes best among those that can be made", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(COUNTING));
    const typeOf = async (path: string, accept?: string) => {
      const response = await get(path, accept);
      await response.body?.cancel();
      return response.headers.get("content-type");
    };
    const rle = inSyntax(SYNTAX.rle);
    const jls = inSyntax(JPEG_LS);
    assertEquals(await typeOf(INSTANCE, `${rle}; q=0.5, ${jls}`), jls);
    assertEquals(await typeOf(INSTANCE, `${rle}, ${jls}; q=0.5`), rle);
    // Nothing here encodes it.
    const unmade = inSyntax("1.2.840.10008.1.2.4.51");
    assertEquals(await typeOf(INSTANCE, `${unmade}, ${jls}; q=0.1`), jls);
    const query = `?accept=${encodeURIComponent(rle)}`;
    assertEquals(await typeOf(`${INSTANCE}${query}`, "*/*"), rle);
  });
});

/** Runs a test that may look at how often pixels were worked on. */
async function counting(
  test: (retrieval: Retrieval, calls: () => number) => Promise<void>,
): Promise<void> {
  let calls = 0;
  const wrapPixels: RetrievalOptions["wrapPixels"] = (pixels) => ({
    ...pixels,
    transcode(client, load, to) {
      calls++;
      return pixels.transcode(client, load, to);
    },
  });
  await withRetrieval((retrieval) => test(retrieval, () => calls), { wrapPixels });
}

Deno.test("HEAD, GET instance: no pixel is touched where there is nothing to send", async () => {
  await counting(async ({ store, get }, calls) => {
    await store(ctInstance(COUNTING));
    const tags: (string | null)[] = [];
    for (const uid of [SYNTAX.explicit, SYNTAX.deflated, ...LOSSLESS]) {
      for (const accept of [inSyntax(uid), `multipart/related; type="${inSyntax(uid)}"`]) {
        const head = await get(INSTANCE, accept, { method: "HEAD" });
        assertEquals(head.status, 200);
        const tag = head.headers.get("etag");
        tags.push(tag);
        const headers = { "If-None-Match": tag ?? "" };
        const unchanged = await get(INSTANCE, accept, { headers });
        assertEquals(unchanged.status, 304);
      }
    }
    assertEquals(new Set(tags).size, tags.length);
    assertEquals(calls(), 0);
    const made = await get(INSTANCE, inSyntax(SYNTAX.rle));
    assertEquals(made.headers.get("etag"), tags[4]);
    await made.body?.cancel();
    assertEquals(calls(), 3);
  });
});

const MANY = 200;
/** 105 MB decoded, beyond what is held until all is made. */
const LARGE: CtOptions = { rows: 512, columns: 512, frames: MANY };

Deno.test("GET instance: work stops where the client leaves in the middle of it", async () => {
  const frame = rleFrame(Array(512 * 512).fill(7));
  const pixels = Array.from({ length: MANY }, () => frame);
  await counting(async ({ store, get }, calls) => {
    await store(ctInstance({ ...LARGE, transferSyntaxUID: SYNTAX.rle, pixels }));
    for (const uid of [SYNTAX.explicit, SYNTAX.deflated, JPEG_LS]) {
      const before = calls();
      const { body } = await get(INSTANCE, inSyntax(uid));
      const reader = body!.getReader();
      await reader.read();
      await reader.cancel();
      assertLess(calls() - before, MANY / 2);
    }
  });
});

Deno.test("GET instance: work stops where the client leaves before it gets anything", async () => {
  const pixels = [0, 1, 2, 3, 4].map((n) => rleFrame(Array(64).fill(n)));
  const leaving = new AbortController();
  let calls = 0;
  const wrapPixels: RetrievalOptions["wrapPixels"] = (opened) => ({
    ...opened,
    transcode(client, load, to) {
      calls++;
      leaving.abort();
      return opened.transcode(client, load, to);
    },
  });
  await withRetrieval(async ({ store, get }) => {
    await store(
      ctInstance({ rows: 8, columns: 8, frames: 5, transferSyntaxUID: SYNTAX.rle, pixels }),
    );
    const response = await get(INSTANCE, inSyntax(JPEG_LS), { signal: leaving.signal });
    await response.body?.cancel();
    assertEquals(response.ok, false);
    // Those asked for ahead, before the first answer came.
    assertEquals(calls, 3);
  }, { wrapPixels });
});
