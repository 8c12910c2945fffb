import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import type { DataSet, Element, InstanceScan } from "../../../lib/dicom/dataset.ts";
import { bulkLength, packPlaces, pixelData, unpackPlaces } from "../../../lib/dicom/places.ts";
import { createInstanceScanner } from "../../../lib/dicom/scan_instance.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { ctInstance, fragments, sequence, SYNTAX, value } from "../../support/part10_builder.ts";

async function scanned(file: Uint8Array): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  await scanner.push(file);
  return await scanner.end();
}

function scanOf(elements: readonly Element[]): InstanceScan {
  const dataSet: DataSet = new Map(elements.map((element) => [element.tag, element]));
  return {
    fileMeta: undefined,
    transferSyntaxUID: "",
    dataSetOffset: 0,
    length: 0,
    dataSet,
    damage: undefined,
  };
}

Deno.test("packPlaces: keeps geometry, native pixel data and bulk values inside sequences", async () => {
  const icon = Uint8Array.from({ length: 2000 }, (_, i) => i % 256);
  const file = ctInstance({
    rows: 6,
    columns: 5,
    frames: 3,
    elements: [
      sequence(0x00880200, [[value(0x00280010, "US", [50])], [value(0x7fe00010, "OB", icon)]]),
    ],
  });
  const { geometry, bulk } = unpackPlaces(packPlaces(await scanned(file)));
  assertEquals(geometry, {
    Rows: 6,
    Columns: 5,
    SamplesPerPixel: 1,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PlanarConfiguration: 0,
    NumberOfFrames: 3,
    PhotometricInterpretation: "MONOCHROME2",
  });
  assertEquals(bulk.map(({ path, vr }) => [path, vr]), [
    ["00880200/2/7FE00010", "OB"],
    ["7FE00010", "OW"],
  ]);
  const [first, second] = bulk;
  assert(first?.value.kind === "native" && second?.value.kind === "native");
  const { offset, length } = first.value.place;
  assertEquals(file.slice(offset, offset + length), icon);
  assertEquals(second.value.place, { offset: file.length - 180, length: 180 });
});

Deno.test("packPlaces: keeps where each fragment lies", async () => {
  const pixels = [7, 0, 3000].map((length, i) => new Uint8Array(length).fill(i + 1));
  const file = ctInstance({ transferSyntaxUID: SYNTAX.rle, pixels, frames: 3 });
  const found = pixelData(unpackPlaces(packPlaces(await scanned(file))));
  assert(found?.value.kind === "fragments");
  const { places, grouping } = found.value.fragments;
  assertEquals(grouping, { kind: "each" });
  assertEquals(bulkLength(found.value), 3007);
  const slices = pixels.map((_, i) =>
    file.slice(places[2 * i]!, places[2 * i]! + places[2 * i + 1]!)
  );
  assertEquals(slices, pixels);
});

Deno.test("packPlaces: sorts values out of order and keeps more than one pixel element", () => {
  const places = unpackPlaces(packPlaces(scanOf([
    { kind: "bulk", tag: 0x00091010, vr: "UN", place: { offset: 9000, length: 5 } },
    { kind: "bulk", tag: 0x00091011, vr: "OB", place: { offset: 2 ** 40, length: 2 ** 33 } },
    { kind: "bulk", tag: 0x7fe00008, vr: "OF", place: { offset: 100, length: 8 } },
  ])));
  assertEquals(places.bulk.map(({ path }) => path), ["7FE00008", "00091010", "00091011"]);
  assertEquals(places.bulk[2]?.value, {
    kind: "native",
    place: { offset: 2 ** 40, length: 2 ** 33 },
  });
  assertEquals(pixelData(places)?.vr, "OF");
  assertEquals(places.geometry.NumberOfFrames, 1);
});

Deno.test("packPlaces: keeps 100,000 fragments in less than half a megabyte", () => {
  const count = 100_000;
  const table = new Float64Array(2 * count);
  let offset = 1000;
  for (let i = 0; i < count; i++) {
    table[2 * i] = offset;
    table[2 * i + 1] = 8000 + i % 4000;
    offset += table[2 * i + 1]! + 8;
  }
  const frames: Element = {
    kind: "value",
    tag: 0x00280008,
    vr: "IS",
    bytes: new TextEncoder().encode(String(count)),
  };
  const packed = packPlaces(scanOf([frames, {
    kind: "fragments",
    tag: 0x7fe00010,
    vr: "OB",
    basicOffsetTable: new Uint8Array(0),
    fragments: table,
  }]));
  assertLess(packed.length, 500_000);
  const found = pixelData(unpackPlaces(packed));
  assert(found?.value.kind === "fragments");
  assertEquals(found.value.fragments.places, table);
});

Deno.test("unpackPlaces: refuses what was cut, lengthened or announces too much", async () => {
  const file = ctInstance({
    transferSyntaxUID: SYNTAX.rle,
    frames: 2,
    elements: [fragments([new Uint8Array(2), new Uint8Array(4)])],
  });
  const packed = packPlaces(await scanned(file));
  assertGreater(packed.length, 10);
  for (let length = 0; length < packed.length; length++) {
    assertThrows(() => unpackPlaces(packed.subarray(0, length)), DecodeError);
  }
  assertThrows(() => unpackPlaces(Uint8Array.of(...packed, 0)), DecodeError);
});
