import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeJson } from "../../lib/dicom/json.ts";
import { encodeXml } from "../../lib/dicom/xml.ts";
import {
  BASE,
  multipart,
  type TestArchive,
  type TestPart,
  withArchive,
} from "../support/archive.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import type { DataSet, InstanceScan } from "../../lib/dicom/dataset.ts";
import { text } from "../../lib/dicom/values.ts";
import { ctInstance, type CtOptions, sequence, value } from "../support/part10_builder.ts";

const PIXEL_DATA = 0x7fe00010;
const LOCATION = "bulk/pixels";

async function scan(bytes: Uint8Array): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  await scanner.push(bytes);
  return await scanner.end();
}

/** Metadata of a generated CT, its pixel data at `uri`. */
async function metadataOf(options: CtOptions = {}, uri = LOCATION): Promise<DataSet> {
  return withUri((await scan(ctInstance(options))).dataSet, uri);
}

function withUri(dataSet: DataSet, uri: string): DataSet {
  return new Map(dataSet).set(PIXEL_DATA, { kind: "uri", tag: PIXEL_DATA, vr: "OW", uri });
}

function jsonPart(...dataSets: readonly DataSet[]): TestPart {
  const objects = dataSets.map((dataSet) => encodeJson(dataSet, { bulkDataURI: (path) => path }));
  return {
    headers: { "Content-Type": "application/dicom+json" },
    body: `[${objects.join(",")}]`,
  };
}

function bulkPart(
  body: Uint8Array,
  type = "application/octet-stream",
  location = LOCATION,
): TestPart {
  return { headers: { "Content-Type": type, "Content-Location": location }, body };
}

async function post(archive: TestArchive, parts: readonly TestPart[], form = "json") {
  const request = multipart(parts, `application/dicom+${form}`);
  const response = await archive.fetch("/studies", { method: "POST", ...request });
  return { status: response.status, body: await response.text() };
}

async function onlyFile(archive: TestArchive): Promise<InstanceScan & { bytes: Uint8Array }> {
  const [key, ...more] = await archive.blobKeys();
  assertEquals(more, []);
  const bytes = new Uint8Array(await new Response(await archive.blobs.open(key!)).arrayBuffer());
  return { ...await scan(bytes), bytes };
}

const PIXELS = Uint8Array.from({ length: 32 }, (_, n) => n * 7);

Deno.test("POST metadata: makes a file of JSON and native pixel data", () =>
  withArchive(async (archive) => {
    const answer = await post(archive, [jsonPart(await metadataOf()), bulkPart(PIXELS)]);
    assertEquals(answer.status, 200);
    const file = await onlyFile(archive);
    assertEquals(file.transferSyntaxUID, "1.2.840.10008.1.2.1");
    const pixels = file.dataSet.get(PIXEL_DATA);
    assert(pixels?.kind === "bulk");
    const { offset, length } = pixels.place;
    assertEquals(file.bytes.slice(offset, offset + length), PIXELS);
    const original = await scan(ctInstance());
    for (const [tag, element] of original.dataSet) {
      if (tag === PIXEL_DATA || tag === 0x00080005) continue;
      assertEquals(file.dataSet.get(tag), element);
    }
  }));

Deno.test("POST metadata: makes a file of XML and native pixel data", () =>
  withArchive(async (archive) => {
    const document = encodeXml(await metadataOf(), { bulkDataURI: (path) => path });
    const part = { headers: { "Content-Type": "application/dicom+xml" }, body: document };
    assertEquals((await post(archive, [part, bulkPart(PIXELS)], "xml")).status, 200);
    assertEquals(text((await onlyFile(archive)).dataSet, 0x00100010), "Doe^Jane");
  }));

Deno.test("POST metadata: finds bulk data by absolute and relative locations, in any order", () =>
  withArchive(async (archive) => {
    const pairs = [
      [`${BASE}/x/1`, "x/1"],
      ["./y/../x/2", `${BASE}/x/2`],
      ["urn:uuid:7d1c", "urn:uuid:7d1c"],
    ] as const;
    for (const [n, [uri, location]] of pairs.entries()) {
      const metadata = await metadataOf({ sopInstanceUID: `1.2.3.${n}` }, uri);
      const parts = [bulkPart(PIXELS, undefined, location), jsonPart(metadata)];
      assertEquals((await post(archive, parts)).status, 200);
    }
    assertEquals((await archive.blobKeys()).length, 3);
  }));

const JPEG = (frame: number, scan: readonly number[]) =>
  Uint8Array.of(0xff, 0xd8, 0xff, frame, 0, 4, 0, 0, 0xff, 0xda, 0, 8, 1, ...scan, 0xff, 0xd9);

for (
  const [name, type, bytes, expected] of [
    ["baseline JPEG", "image/jpeg", JPEG(0xc0, [1, 0, 0, 63, 0]), "4.50"],
    ["lossless JPEG of the first predictor", "image/jpeg", JPEG(0xc3, [1, 0, 1, 0, 0]), "4.70"],
    ["lossless JPEG of another predictor", "image/jpeg", JPEG(0xc3, [1, 0, 4, 0, 0]), "4.57"],
    ["JPEG-LS", "image/jls", PIXELS, "4.80"],
    ["JPEG 2000", "image/jp2", PIXELS, "4.90"],
    ["RLE", "image/dicom-rle", PIXELS, "5"],
    ["H.264", "video/mp4", PIXELS, "4.102"],
    [
      "what the parameter says",
      "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.91",
      PIXELS,
      "4.91",
    ],
  ] as const
) {
  Deno.test(`POST metadata: encapsulates ${name}`, () =>
    withArchive(async (archive) => {
      const answer = await post(archive, [jsonPart(await metadataOf()), bulkPart(bytes, type)]);
      assertEquals(answer.status, 200);
      const file = await onlyFile(archive);
      assertEquals(file.transferSyntaxUID, `1.2.840.10008.1.2.${expected}`);
      const pixels = file.dataSet.get(PIXEL_DATA);
      assert(pixels?.kind === "fragments");
      const [offset = 0, length = 0] = pixels.fragments;
      assertEquals(file.bytes.slice(offset, offset + bytes.length), bytes);
      assertEquals(length, bytes.length + bytes.length % 2);
    }));
}

Deno.test("POST metadata: takes the syntax of octets from the metadata, unless they are native", () =>
  withArchive(async (archive) => {
    const named = async (sopInstanceUID: string) =>
      new Map(await metadataOf({ sopInstanceUID })).set(0x00083002, {
        kind: "value",
        tag: 0x00083002,
        vr: "UI",
        bytes: new TextEncoder().encode("1.2.840.10008.1.2.4.90"),
      });
    await post(archive, [jsonPart(await named("1.2.1")), bulkPart(PIXELS)]);
    await post(archive, [jsonPart(await named("1.2.2")), bulkPart(PIXELS.slice(0, 30))]);
    const syntaxes = (await archive.rows()).map((row) => row.TransferSyntaxUID);
    assertEquals(syntaxes, ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90"]);
  }));

Deno.test("POST metadata: makes each part at one location a frame", () =>
  withArchive(async (archive) => {
    const frames = [5, 6, 7].map((n) => new Uint8Array(n).fill(n));
    const parts = frames.map((frame) => bulkPart(frame, "image/jls"));
    const metadata = jsonPart(await metadataOf({ frames: 3 }));
    assertEquals((await post(archive, [metadata, ...parts])).status, 200);
    const file = await onlyFile(archive);
    const pixels = file.dataSet.get(PIXEL_DATA);
    assert(pixels?.kind === "fragments");
    assertEquals(pixels.fragments.length, 6);
    for (const [n, frame] of frames.entries()) {
      const offset = pixels.fragments[2 * n]!;
      assertEquals(file.bytes.slice(offset, offset + frame.length), frame);
    }
  }));

Deno.test("POST metadata: resolves bulk data inside sequences", () =>
  withArchive(async (archive) => {
    const inner = value(0x00282000, "OB", new Uint8Array(3000));
    const scanned = await scan(ctInstance({ elements: [sequence(0x00480105, [[inner]])] }));
    const metadata = withUri(scanned.dataSet, LOCATION);
    const profile = Uint8Array.from({ length: 4001 }, (_, n) => n);
    const parts = [
      jsonPart(metadata),
      bulkPart(profile, "application/octet-stream", "00480105/1/00282000"),
      bulkPart(PIXELS),
    ];
    assertEquals((await post(archive, parts)).status, 200);
    const file = await onlyFile(archive);
    const optical = file.dataSet.get(0x00480105);
    assert(optical?.kind === "sequence");
    const found = optical.items[0]?.get(0x00282000);
    assert(found?.kind === "bulk");
    const { offset, length } = found.place;
    assertEquals(length, 4002);
    assertEquals(file.bytes.slice(offset, offset + 4001), profile);
  }));

Deno.test("POST metadata: says in UTF-8 what metadata says in Unicode", () =>
  withArchive(async (archive) => {
    const { dataSet } = await scan(ctInstance());
    const json = JSON.parse(encodeJson(withUri(dataSet, LOCATION), { bulkDataURI: (p) => p }));
    json["00100010"].Value = [{ Alphabetic: "Müller^Jürgen", Ideographic: "山田^太郎" }];
    const part = {
      headers: { "Content-Type": "application/dicom+json" },
      body: JSON.stringify([json]),
    };
    assertEquals((await post(archive, [part, bulkPart(PIXELS)])).status, 200);
    const file = await onlyFile(archive);
    assertEquals(text(file.dataSet, 0x00080005), "ISO_IR 192");
    assertEquals(text(file.dataSet, 0x00100010), "Müller^Jürgen=山田^太郎");
  }));

Deno.test("POST metadata: a bad instance fails alone and leaves nothing behind", () =>
  withArchive(async (archive) => {
    const good = await metadataOf();
    const without = (tag: number) => new Map([...good].filter(([other]) => other !== tag));
    const bad: (readonly [TestPart, readonly TestPart[], number])[] = [
      [jsonPart(good), [], 0xc000],
      [jsonPart(withUri(good, "http://example.org/elsewhere")), [bulkPart(PIXELS)], 0xc000],
      [jsonPart(without(0x00280010)), [bulkPart(PIXELS)], 0xa900],
      [jsonPart(without(0x0020000d)), [bulkPart(PIXELS)], 0xa900],
      [jsonPart(good), [bulkPart(PIXELS, "image/png")], 0xc122],
      [jsonPart(good), [bulkPart(PIXELS, "image/jls"), bulkPart(PIXELS, "image/jls")], 0xa900],
      [{ ...jsonPart(good), body: '[{"00080018":{"vr":"XX"}}]' }, [], 0xc000],
    ];
    for (const [metadata, bulk, reason] of bad) {
      const answer = await post(archive, [metadata, ...bulk]);
      assertEquals(answer.status, 409);
      assertStringIncludes(answer.body, `"00081197":{"vr":"US","Value":[${reason}]}`);
    }
    assertEquals(await archive.blobKeys(), []);
    assertEquals(archive.reported, []);
  }));

Deno.test("POST metadata: answers 400 where there is none that can be read", () =>
  withArchive(async (archive) => {
    const request = multipart([jsonPart(await metadataOf()), bulkPart(PIXELS)]);
    const bad = [
      multipart([bulkPart(PIXELS)], "application/dicom+json"),
      multipart([{ ...jsonPart(), body: "[{" }], "application/dicom+json"),
      multipart([jsonPart()], "application/dicom+json"),
      { ...request, body: request.body.slice(0, -10) },
    ];
    for (const init of bad) {
      const response = await archive.fetch("/studies", { method: "POST", ...init });
      assertEquals(response.status, 400);
      await response.body?.cancel();
    }
    assertEquals(await archive.blobKeys(), []);
  }));
