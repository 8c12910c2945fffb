import { assertEquals, assertThrows } from "@std/assert";
import { type Frame, type FrameFormat, PixelError } from "../../../server/pixels/frame.ts";
import { blacken } from "../../../server/pixels/mask.ts";

const GRAY: FrameFormat = {
  Rows: 3,
  Columns: 4,
  SamplesPerPixel: 1,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  PlanarConfiguration: 0,
  PhotometricInterpretation: "MONOCHROME2",
  sample: "integer",
};

function masked(format: Partial<FrameFormat>, bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const frame: Frame = { format: { ...GRAY, ...format }, bytes };
  blacken(frame, { x: 1, y: 1, width: 2, height: 9 });
  return frame.bytes;
}

Deno.test("blacken: overwrites the pixels of a rectangle, and no others", () => {
  assertEquals(
    [...masked({}, new Uint8Array(12).fill(9))],
    [9, 9, 9, 9, 9, 0, 0, 9, 9, 0, 0, 9],
  );
});

Deno.test("blacken: takes the darkest value there is", () => {
  const at = (format: Partial<FrameFormat>) => {
    const bytes = masked({ BitsAllocated: 16, ...format }, new Uint8Array(24).fill(7));
    return new DataView(bytes.buffer).getUint16(2 * 5, true);
  };
  assertEquals(at({ BitsStored: 12, HighBit: 11 }), 0);
  assertEquals(
    at({ BitsStored: 12, HighBit: 11, PhotometricInterpretation: "MONOCHROME1" }),
    0x0fff,
  );
  assertEquals(at({ BitsStored: 16, HighBit: 15, PixelRepresentation: 1 }), 0x8000);
  assertEquals(
    at({ BitsStored: 12, HighBit: 13, PhotometricInterpretation: "MONOCHROME1" }),
    0x3ffc,
  );
});

Deno.test("blacken: leaves no colour, in planes or not", () => {
  const colour = { SamplesPerPixel: 3, PhotometricInterpretation: "YBR_FULL" };
  const interleaved = masked(colour, new Uint8Array(36).fill(9));
  assertEquals([...interleaved.subarray(15, 18)], [0, 128, 128]);
  const planar = masked({ ...colour, PlanarConfiguration: 1 }, new Uint8Array(36).fill(9));
  assertEquals([planar[5], planar[12 + 5], planar[24 + 5]], [0, 128, 128]);
  assertEquals(planar[12 + 4], 9);
});

Deno.test("blacken: refuses pixels that are not whole bytes", () => {
  assertThrows(() => masked({ BitsAllocated: 1 }, new Uint8Array(2)), PixelError);
  const shared = { SamplesPerPixel: 3, PhotometricInterpretation: "YBR_FULL_422" };
  assertThrows(() => masked(shared, new Uint8Array(24)), PixelError);
});
