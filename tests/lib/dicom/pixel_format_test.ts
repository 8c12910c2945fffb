import { assertEquals } from "@std/assert";
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { pixelFormatOf } from "../../../lib/dicom/pixel_format.ts";

function us(values: Readonly<Record<Tag, number>>): DataSet {
  return new Map(
    Object.entries(values).map(([tag, value]) => [Number(tag), {
      kind: "value" as const,
      tag: Number(tag),
      vr: "US" as const,
      bytes: new Uint8Array(Uint16Array.of(value).buffer),
    }]),
  );
}

Deno.test("pixelFormatOf: takes stored bits as they are said", () => {
  const format = pixelFormatOf(us({ 0x00280100: 16, 0x00280101: 12, 0x00280102: 13 }));
  assertEquals([format.BitsAllocated, format.BitsStored, format.HighBit], [16, 12, 13]);
});

Deno.test("pixelFormatOf: what is absent or cannot be is put right", () => {
  const absent = pixelFormatOf(us({ 0x00280100: 16 }));
  assertEquals([absent.BitsStored, absent.HighBit], [16, 15]);
  const tooMany = pixelFormatOf(us({ 0x00280100: 8, 0x00280101: 12, 0x00280102: 11 }));
  assertEquals([tooMany.BitsStored, tooMany.HighBit], [8, 7]);
  const none = pixelFormatOf(new Map());
  assertEquals([none.BitsStored, none.HighBit, none.PhotometricInterpretation], [0, 0, ""]);
});
