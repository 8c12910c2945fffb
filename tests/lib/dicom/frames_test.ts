import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  alignBits,
  bitJoiner,
  frameNumbers,
  type FrameSource,
  frameSource,
} from "../../../lib/dicom/frames.ts";
import { groupFragments } from "../../../lib/dicom/frame_grouping.ts";
import type { BulkValue, Geometry, Places } from "../../../lib/dicom/places.ts";
import type { DataSet, FragmentsElement } from "../../../lib/dicom/dataset.ts";
import { UnsupportedError } from "../../../lib/errors.ts";

const GEOMETRY: Geometry = {
  Rows: 3,
  Columns: 3,
  SamplesPerPixel: 1,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  PlanarConfiguration: 0,
  NumberOfFrames: 2,
  PhotometricInterpretation: "MONOCHROME2",
};

function native(geometry: Partial<Geometry>, length: number): [Places, BulkValue] {
  const pixels: BulkValue = {
    path: "7FE00010",
    vr: "OW",
    value: { kind: "native", place: { offset: 1000, length } },
  };
  return [{ geometry: { ...GEOMETRY, ...geometry }, bulk: [pixels] }, pixels];
}

/** Encapsulated pixel data from fragments of these lengths, with tables of byte offsets. */
function encapsulated(
  lengths: readonly number[],
  frames: number,
  tables: {
    basic?: readonly number[];
    extended?: readonly number[];
    beginnings?: readonly number[];
  } = {},
): [Places, BulkValue] {
  const table = new Float64Array(2 * lengths.length);
  let offset = 500;
  lengths.forEach((length, i) => {
    table.set([offset, length], 2 * i);
    offset += length + 8;
  });
  const element: FragmentsElement = {
    kind: "fragments",
    tag: 0x7fe00010,
    vr: "OB",
    basicOffsetTable: new Uint8Array(Uint32Array.from(tables.basic ?? []).buffer),
    fragments: table,
    beginnings: Uint8Array.from(tables.beginnings ?? []),
  };
  const extended = BigUint64Array.from((tables.extended ?? []).map(BigInt));
  const dataSet: DataSet = new Map(
    tables.extended === undefined ? [] : [[0x7fe00001, {
      kind: "value",
      tag: 0x7fe00001,
      vr: "OV",
      bytes: new Uint8Array(extended.buffer),
    }]],
  );
  const grouping = groupFragments(element, frames, dataSet);
  const pixels: BulkValue = {
    path: "7FE00010",
    vr: "OB",
    value: { kind: "fragments", fragments: { places: table, grouping } },
  };
  return [{ geometry: { ...GEOMETRY, NumberOfFrames: frames }, bulk: [pixels] }, pixels];
}

function lengthsOf([places, pixels]: [Places, BulkValue], frame: number): number[] {
  const source = frameSource(places, pixels, frame);
  assert(source.kind === "fragments");
  return source.places.map(({ length }) => length);
}

/** Bytes of a frame as it is sent: one that begins inside a byte is moved to begin on one. */
function frameLength(source: FrameSource): number {
  if (source.kind === "native") return Math.ceil(source.bits / 8);
  return source.places.reduce((sum, { length }) => sum + length, 0);
}

Deno.test("frameSource: cuts native frames by their geometry, padding left out", () => {
  const [places, pixels] = native({}, 18);
  assertEquals(frameSource(places, pixels, 2), {
    kind: "native",
    place: { offset: 1009, length: 9 },
    firstBit: 0,
    bits: 72,
  });
  const [padded, odd] = native({ NumberOfFrames: 1 }, 10);
  assertEquals(frameLength(frameSource(padded, odd, 1)), 9);
});

Deno.test("frameSource: finds one-bit frames that begin inside a byte", () => {
  const [places, pixels] = native({ BitsAllocated: 1, NumberOfFrames: 3 }, 4);
  assertEquals(frameSource(places, pixels, 3), {
    kind: "native",
    place: { offset: 1002, length: 2 },
    firstBit: 2,
    bits: 9,
  });
});

Deno.test("frameSource: counts two samples a pixel where chroma is subsampled", () => {
  const subsampled = {
    Rows: 4,
    Columns: 4,
    SamplesPerPixel: 3,
    PhotometricInterpretation: "YBR_FULL_422",
  };
  const [places, pixels] = native(subsampled, 64);
  assertEquals(frameLength(frameSource(places, pixels, 2)), 32);
  const [full, every] = native(subsampled, 96);
  assertEquals(frameLength(frameSource(full, every, 2)), 48);
});

Deno.test("frameSource: gives the whole value as the only frame where no geometry is given", () => {
  const [places, pixels] = native({ Rows: 0, NumberOfFrames: 1 }, 7);
  assertEquals(frameLength(frameSource(places, pixels, 1)), 7);
  const [many, value] = native({ Rows: 0, NumberOfFrames: 2 }, 7);
  assertThrows(() => frameSource(many, value, 1), UnsupportedError);
});

Deno.test("frameSource: refuses a native frame that the value does not hold whole", () => {
  const [places, pixels] = native({}, 16);
  assertEquals(frameLength(frameSource(places, pixels, 1)), 9);
  assertThrows(() => frameSource(places, pixels, 2), UnsupportedError);
});

Deno.test("frameSource: takes one fragment a frame whatever a table says", () => {
  assertEquals(lengthsOf(encapsulated([4, 6, 8], 3, { basic: [0, 99, 100] }), 3), [8]);
});

Deno.test("frameSource: takes all fragments as the only frame", () => {
  assertEquals(lengthsOf(encapsulated([4, 6, 8], 1, { basic: [0] }), 1), [4, 6, 8]);
});

Deno.test("frameSource: groups fragments by the basic offset table", () => {
  const pixels = encapsulated([4, 6, 8], 2, { basic: [0, 26] });
  assertEquals(lengthsOf(pixels, 1), [4, 6]);
  assertEquals(lengthsOf(pixels, 2), [8]);
});

Deno.test("frameSource: groups fragments by the extended offset table before the basic one", () => {
  const pixels = encapsulated([4, 6, 8], 2, { extended: [0, 12], basic: [0, 26] });
  assertEquals(lengthsOf(pixels, 1), [4]);
  assertEquals(lengthsOf(pixels, 2), [6, 8]);
});

Deno.test("frameSource: groups fragments by the markers of coded frames where no table helps", () => {
  const jpeg = [0xff, 0xd8, 1, 2, 0xff, 0xd8];
  assertEquals(lengthsOf(encapsulated([4, 6, 8], 2, { beginnings: jpeg }), 1), [4, 6]);
  const jpeg2000 = [0xff, 0x4f, 0xff, 0x4f, 0xff, 0x90];
  assertEquals(lengthsOf(encapsulated([4, 6, 8], 2, { beginnings: jpeg2000 }), 2), [6, 8]);
  for (const beginnings of [[0xff, 0xd8, 1, 2, 3, 4], [1, 2, 0xff, 0xd8, 0xff, 0xd8]]) {
    const pixels = encapsulated([4, 6, 8], 2, { beginnings });
    assertThrows(() => lengthsOf(pixels, 1), UnsupportedError);
  }
});

Deno.test("frameSource: refuses to guess where frames begin", () => {
  for (const tables of [{}, { basic: [0, 25] }, { basic: [0] }, { basic: [4, 26] }]) {
    assertThrows(() => lengthsOf(encapsulated([4, 6, 8], 2, tables), 1), UnsupportedError);
  }
  assertThrows(() => lengthsOf(encapsulated([4, 6], 3), 1), UnsupportedError);
});

Deno.test("frameSource: refuses single frames of a stream, as a video is", () => {
  assertThrows(() => lengthsOf(encapsulated([100], 50), 1), UnsupportedError, "whole");
});

Deno.test("alignBits: moves any run of bits to the start of a byte", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2, maxLength: 20 }),
      fc.nat(7),
      fc.nat(160),
      (bytes, firstBit, wish) => {
        const bits = Math.min(wish, bytes.length * 8 - firstBit);
        const bit = (array: Uint8Array, at: number) => array[at >> 3]! >> (at & 7) & 1;
        const out = alignBits(bytes, firstBit, bits);
        for (let at = 0; at < bits; at++) assertEquals(bit(out, at), bit(bytes, firstBit + at));
        if (out !== bytes) {
          assertEquals(out.length, Math.ceil(bits / 8));
          for (let at = bits; at < out.length * 8; at++) assertEquals(bit(out, at), 0);
        }
      },
    ),
    { seed: 5 },
  );
});

Deno.test("bitJoiner: puts frames one after the other as alignBits takes them apart", () => {
  for (const bits of [1, 7, 8, 9, 15, 64, 65]) {
    const frames = Array.from({ length: 5 }, (_, frame) => {
      const bytes = Uint8Array.from({ length: Math.ceil(bits / 8) }, (_, i) => 37 * i + 91 * frame);
      return alignBits(bytes, 0, bits);
    });
    const joiner = bitJoiner(bits);
    const pieces = frames.map((frame) => [...joiner.next(frame)]);
    const whole = Uint8Array.from([...pieces.flat(), ...joiner.rest()]);
    assertEquals(whole.length, Math.ceil(5 * bits / 8));
    frames.forEach((frame, index) => {
      const first = index * bits;
      const from = whole.slice(Math.floor(first / 8), Math.ceil((first + bits) / 8));
      assertEquals(alignBits(from, first % 8, bits), frame, `${bits} bits, frame ${index}`);
    });
  }
});

Deno.test("frameNumbers: counts from 1, as often as it is asked, and no further than it is", () => {
  const three = frameNumbers(3);
  assertEquals([three.length, ...three, ...three], [3, 1, 2, 3, 1, 2, 3]);
  const [first, second] = frameNumbers(2 ** 40);
  assertEquals([first, second], [1, 2]);
});
