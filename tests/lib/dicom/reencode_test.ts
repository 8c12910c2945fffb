import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileMetaText } from "../../../lib/dicom/part10.ts";
import { createReencoder } from "../../../lib/dicom/reencode.ts";
import { DecodeError } from "../../../lib/errors.ts";
import { listElements, scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  buildPart10,
  concat,
  ctElements,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const NATIVE = [SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.deflated, SYNTAX.explicit];
const ELEMENTS = ctElements({
  rows: 50,
  columns: 51,
  elements: [
    sequence(0x00081115, [[value(0x0020000e, "UI", "1.2.3")], []], { length: "defined" }),
    value(0x00209157, "UL", [1, 2, 0xfffffffe]),
    value(0x00189073, "FD", [2.5, -1]),
    value(0x00280009, "AT", [0x00181063]),
    value(0x00420011, "OB", Uint8Array.from({ length: 3000 }, (_, index) => index)),
  ],
});

async function reencode(source: Uint8Array, chunkBytes = Infinity): Promise<Uint8Array> {
  const reencoder = createReencoder({ SOPClassUID: "1.2.3", SOPInstanceUID: "1.2.3.4" });
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < source.length; at += chunkBytes) {
    pieces.push(...await reencoder.push(source.subarray(at, at + chunkBytes)));
  }
  pieces.push(...await reencoder.end());
  return concat(pieces);
}

Deno.test("createReencoder: makes the same Explicit VR Little Endian of every native syntax", async () => {
  const explicit = buildPart10(ELEMENTS);
  const expected = listElements(await scan(explicit), explicit);
  for (const syntax of NATIVE) {
    const source = buildPart10(ELEMENTS, syntax);
    const made = await reencode(source);
    const found = await scan(made);
    assertEquals(found.transferSyntaxUID, SYNTAX.explicit);
    assertEquals(listElements(found, made), expected, syntax);
    for (const chunkBytes of [1, 7, 1000]) {
      assertEquals(await reencode(source, chunkBytes), made, `${syntax} by ${chunkBytes}`);
    }
  }
});

Deno.test("createReencoder: gives a data set without File Meta Information one", async () => {
  for (const syntax of [SYNTAX.implicit, SYNTAX.explicit, SYNTAX.bigEndian]) {
    const made = await reencode(buildDataSet(ELEMENTS, syntax), 100);
    const { fileMeta } = await scan(made);
    assertEquals(fileMetaText(fileMeta, 0x00020002), "1.2.3");
    assertEquals(fileMetaText(fileMeta, 0x00020003), "1.2.3.4");
    assertEquals(fileMetaText(fileMeta, 0x00020010), SYNTAX.explicit);
  }
});

Deno.test("createReencoder: names long values UN, pads odd ones and leaves out group lengths", async () => {
  const source = buildDataSet([
    value(0x00080000, "UL", [1]),
    value(0x00081030, "LO", "x".repeat(70_000)),
    value(0x00084000, "LT", Uint8Array.of(0x41, 0x42, 0x43)),
  ], SYNTAX.implicit);
  const made = await reencode(source, 999);
  const { dataSet } = await scan(made);
  assertEquals([...dataSet.keys()], [0x00081030, 0x00084000]);
  assertEquals(dataSet.get(0x00081030)?.vr, "UN");
  const padded = dataSet.get(0x00084000);
  assert(padded?.kind === "value");
  assertEquals(new TextDecoder().decode(padded.bytes), "ABC ");
});

Deno.test("createReencoder: passes compressed pixel data on under its own name", async () => {
  const elements = [
    value(0x00080005, "CS", "A "),
    fragments([new Uint8Array(5000), new Uint8Array(2)]),
  ];
  const source = buildPart10(elements, SYNTAX.rle);
  const made = await reencode(source, 100);
  assertEquals((await scan(made)).transferSyntaxUID, SYNTAX.rle);
  assertEquals(made.subarray(-buildDataSet(elements).length), buildDataSet(elements));
});

Deno.test("createReencoder: holds no more than the chunk it was given", async () => {
  const source = buildPart10(ctElements({ rows: 512, columns: 512 }), SYNTAX.bigEndian);
  const reencoder = createReencoder({ SOPClassUID: "1.2.3", SOPInstanceUID: "1.2.3.4" });
  let read = 0;
  let written = 0;
  for (let at = 0; at < source.length; at += 10_000) {
    const chunk = source.subarray(at, at + 10_000);
    read += chunk.length;
    written += (await reencoder.push(chunk)).reduce((sum, piece) => sum + piece.length, 0);
    assert(Math.abs(read - written) < 1000, `${read} read, ${written} written`);
  }
  await reencoder.end();
});

Deno.test("createReencoder: rejects an object that is cut off", async () => {
  for (const syntax of NATIVE) {
    const source = buildPart10(ELEMENTS, syntax);
    await assertRejects(() => reencode(source.subarray(0, -10)), DecodeError);
  }
});
