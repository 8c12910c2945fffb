import { assert, assertEquals, assertThrows } from "@std/assert";
import type { DataSet, Element } from "../../../lib/dicom/dataset.ts";
import { encodeDataSet } from "../../../lib/dicom/encode.ts";
import { UnsupportedError } from "../../../lib/errors.ts";
import { scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  buildPart10,
  type BuiltElement,
  concat,
  ctElements,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const ELEMENTS = ctElements({
  elements: [
    sequence(0x00081115, [[value(0x0020000e, "UI", "1.2.3")], []]),
    value(0x00281050, "DS", "40\\400"),
    value(0x00420011, "OB", new Uint8Array(5000).fill(9)),
  ],
});

/** Encodes a scan of `source`, with what it left there in the place of the segments. */
async function encodeAgain(source: Uint8Array, syntax: string): Promise<Uint8Array> {
  const { dataSet } = await scan(source);
  return concat([...encodeDataSet(dataSet, syntax)].map((segment) => {
    if (segment instanceof Uint8Array) return segment;
    if (segment.kind === "bulk") {
      const { offset, length } = segment.place;
      return source.subarray(offset, offset + length);
    }
    const { fragments } = segment;
    const end = (fragments.at(-2) ?? 0) + (fragments.at(-1) ?? 0);
    return source.subarray((fragments[0] ?? 0) - 8, end);
  }));
}

function dataSetOf(...elements: Element[]): DataSet {
  return new Map(elements.map((element) => [element.tag, element]));
}

function encoded(dataSet: DataSet, syntax: string = SYNTAX.explicit): Uint8Array {
  return concat([...encodeDataSet(dataSet, syntax)].map((segment) => {
    assert(segment instanceof Uint8Array);
    return segment;
  }));
}

Deno.test("encodeDataSet: writes explicit and implicit VR byte for byte as they were read", async () => {
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit]) {
    const again = await encodeAgain(buildPart10(ELEMENTS, syntax), syntax);
    assertEquals(again, buildDataSet(ELEMENTS, syntax));
  }
});

Deno.test("encodeDataSet: writes the same bytes whatever form the data set was stored in", async () => {
  const stored = ELEMENTS.map((element): BuiltElement =>
    element.kind === "sequence" ? { ...element, length: "defined" } : element
  ).reverse();
  const expected = buildDataSet(ELEMENTS);
  assertEquals(await encodeAgain(buildPart10(stored, SYNTAX.implicit), SYNTAX.explicit), expected);
  assertEquals(await encodeAgain(buildPart10(stored, SYNTAX.explicit), SYNTAX.explicit), expected);
});

Deno.test("encodeDataSet: writes fragments with their offset table and delimiter", async () => {
  const elements = [fragments([new Uint8Array(6), new Uint8Array(8)], { offsetTable: [0, 14] })];
  const again = await encodeAgain(buildPart10(elements, SYNTAX.rle), SYNTAX.rle);
  assertEquals(again, buildDataSet(elements, SYNTAX.rle));
});

Deno.test("encodeDataSet: pads odd lengths as each VR wants it", () => {
  const bytes = Uint8Array.of(0x31);
  const lengths = (["LO", "UI", "OB", "UN"] as const).map((vr) =>
    encoded(dataSetOf({ kind: "value", tag: 0x00091001, vr, bytes })).at(-1)
  );
  assertEquals(lengths, [0x20, 0, 0, 0]);
  const place = { offset: 0, length: 3 };
  const segments = [
    ...encodeDataSet(
      dataSetOf({ kind: "bulk", tag: 0x7fe00010, vr: "OB", place }),
      SYNTAX.explicit,
    ),
  ];
  assertEquals(segments.length, 3);
  assertEquals(segments[0], Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 4, 0, 0, 0));
  assertEquals(segments[2], Uint8Array.of(0));
});

Deno.test("encodeDataSet: names a value UN that is too long for its VR, in explicit VR only", () => {
  const dataSet = (length: number) =>
    dataSetOf({ kind: "value", tag: 0x00281052, vr: "DS", bytes: new Uint8Array(length) });
  assertEquals([...encoded(dataSet(0xfffe)).subarray(4, 8)], [0x44, 0x53, 0xfe, 0xff]);
  assertEquals([...encoded(dataSet(0x10000)).subarray(4, 12)], [0x55, 0x4e, 0, 0, 0, 0, 1, 0]);
  assertEquals(
    [...encoded(dataSet(0x10000), SYNTAX.implicit).subarray(4, 8)],
    [0, 0, 1, 0],
  );
});

Deno.test("encodeDataSet: leaves out group lengths", () => {
  const bytes = new Uint8Array(4);
  assertEquals(encoded(dataSetOf({ kind: "value", tag: 0x00080000, vr: "UL", bytes })).length, 0);
});

Deno.test("encodeDataSet: refuses what it cannot write", () => {
  const uri = dataSetOf({ kind: "uri", tag: 0x7fe00010, vr: "OW", uri: "x" });
  assertThrows(() => encoded(uri), UnsupportedError, "7FE00010");
  const place = { offset: 0, length: 2 ** 32 };
  const tooLong = dataSetOf({ kind: "bulk", tag: 0x7fe00010, vr: "OW", place });
  assertThrows(() => [...encodeDataSet(tooLong, SYNTAX.explicit)], UnsupportedError, "7FE00010");
  for (const syntax of [SYNTAX.deflated, SYNTAX.bigEndian]) {
    assertThrows(() => encoded(new Map(), syntax), UnsupportedError);
  }
});
