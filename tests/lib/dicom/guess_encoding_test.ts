import { assertEquals } from "@std/assert";
import { dataSetEncoding } from "../../../lib/dicom/guess_encoding.ts";
import { scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  buildPart10,
  concat,
  ctElements,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const NATIVE = [SYNTAX.implicit, SYNTAX.explicit, SYNTAX.bigEndian];
const META = [value(0x00020003, "UI", "1.2.3."), value(0x00020012, "UI", "1.2.3.4.")];

Deno.test("dataSetEncoding: tells the encoding of a data set without File Meta Information", async () => {
  for (const syntax of NATIVE) {
    const bytes = buildDataSet(ctElements(), syntax);
    const found = await scan(bytes, 11);
    assertEquals(found.transferSyntaxUID, syntax);
    assertEquals(found.fileMeta, undefined);
    assertEquals(found.dataSetOffset, 0);
    assertEquals(found.dataSet.size, ctElements().length);
  }
});

Deno.test("dataSetEncoding: tells it where a group length comes first, and in a short data set", async () => {
  for (const syntax of NATIVE) {
    const bytes = buildDataSet([value(0x00080000, "UL", [6])], syntax);
    assertEquals((await scan(bytes)).transferSyntaxUID, syntax);
  }
});

Deno.test("dataSetEncoding: believes the bytes where a native syntax is declared falsely", async () => {
  for (const declared of [...NATIVE, SYNTAX.deflated]) {
    for (const actual of NATIVE) {
      if (declared === SYNTAX.deflated && actual !== SYNTAX.explicit) continue;
      const meta = [...META, value(0x00020010, "UI", declared)];
      const bytes = concat([buildPart10([], SYNTAX.explicit, { meta }), data(actual)]);
      const found = await scan(bytes, 13);
      assertEquals(found.transferSyntaxUID, actual, `${declared} is ${actual}`);
      assertEquals(found.dataSet.size, ctElements().length);
    }
  }
});

Deno.test("dataSetEncoding: takes no text for a transfer syntax that could not stand in a header", async () => {
  for (const declared of ["1.2\r\nX: 1", "1.2\x01", '1.2"', "1.2;x=1", "1.2é", "1".repeat(65)]) {
    const meta = [...META, value(0x00020010, "UI", declared)];
    for (const actual of NATIVE) {
      const bytes = concat([buildPart10([], SYNTAX.explicit, { meta }), data(actual)]);
      assertEquals((await scan(bytes)).transferSyntaxUID, actual, JSON.stringify(declared));
    }
  }
});

Deno.test("dataSetEncoding: keeps the name of a compression whose data set is implicit", async () => {
  const meta = [...META, value(0x00020010, "UI", SYNTAX.jpegBaseline)];
  const bytes = concat([buildPart10([], SYNTAX.explicit, { meta }), data(SYNTAX.implicit)]);
  const found = await scan(bytes);
  assertEquals(found.transferSyntaxUID, SYNTAX.jpegBaseline);
  assertEquals(found.dataSet.size, ctElements().length);
});

Deno.test("dataSetEncoding: reads unknown syntaxes as explicit, and where none is declared looks", async () => {
  const unknown = [...META, value(0x00020010, "UI", "1.2.3.4.5")];
  const found = await scan(
    concat([buildPart10([], SYNTAX.explicit, { meta: unknown }), data(SYNTAX.explicit)]),
  );
  assertEquals([found.transferSyntaxUID, found.dataSet.size], ["1.2.3.4.5", ctElements().length]);
  for (const syntax of NATIVE) {
    const bytes = concat([buildPart10([], SYNTAX.explicit, { meta: META }), data(syntax)]);
    assertEquals((await scan(bytes)).transferSyntaxUID, syntax);
  }
});

Deno.test("dataSetEncoding: reads File Meta Information that is implicit, without preamble or of a false length", async () => {
  const uid = value(0x00020010, "UI", SYNTAX.implicit);
  const preamble = concat([new Uint8Array(128), new TextEncoder().encode("DICM")]);
  const implicit = concat([preamble, buildDataSet([...META, uid], SYNTAX.implicit)]);
  const bare = buildDataSet([...META, uid]);
  for (const length of [0, 10, 100_000]) {
    const group = buildDataSet([value(0x00020000, "UL", [length])]);
    for (const head of [concat([preamble, group, bare]), implicit, bare]) {
      const found = await scan(concat([head, data(SYNTAX.implicit)]), 17);
      assertEquals(found.transferSyntaxUID, SYNTAX.implicit);
      assertEquals(found.dataSetOffset, head.length);
      assertEquals(found.dataSet.size, ctElements().length);
    }
  }
});

Deno.test("dataSetEncoding: is silent where nothing is declared and the bytes are none it knows", () => {
  const others = [
    "\0\0\0\0\0\0\0\0",
    "GIF89a\x01\0",
    "PK\x03\x04\x14\0\0\0",
    "\x08\0\x05\0zz\xff\xff",
  ];
  for (const text of [...others, "\x08\0\x05"]) {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    assertEquals(dataSetEncoding(undefined, bytes), undefined, text);
  }
});

function data(transferSyntaxUID: string): Uint8Array {
  return buildDataSet(ctElements(), transferSyntaxUID);
}
