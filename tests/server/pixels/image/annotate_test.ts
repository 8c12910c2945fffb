import { assert, assertEquals } from "@std/assert";
import { annotate, writeLine } from "../../../../server/pixels/image/annotate.ts";
import { glyphsOf } from "../../../../server/pixels/image/font.ts";
import { renderFrame } from "../../../../server/pixels/image/render_frame.ts";
import { element } from "../../../support/data_sets.ts";
import { described, formatOf, grayRaster } from "../../../support/images.ts";

/** A glyph as text: one row a line. */
function drawn(text: string): string[] {
  return glyphsOf(text).map((rows) =>
    rows.map((row) => row.toString(2).padStart(5, "0").replaceAll("0", ".")).join("/")
  );
}

const QUESTION = drawn("?")[0];

Deno.test("glyphsOf: has a glyph of its own for every character of ASCII and Latin-1 letters", () => {
  const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const latin = Array.from({ length: 64 }, (_, i) => String.fromCharCode(0xc0 + i));
  const all = [...ascii, ...latin];
  const glyphs = all.flatMap(drawn);
  assertEquals(glyphs.length, all.length);
  assertEquals(new Set(glyphs).size, glyphs.length);
  assertEquals(glyphs.filter((glyph) => glyph === QUESTION).length, 1);
});

Deno.test("glyphsOf: writes Greek and Cyrillic in Latin letters", () => {
  assertEquals(drawn("Юрий Жуков"), drawn("Yurii Zhukov"));
  assertEquals(drawn("Διονυσιος"), drawn("Dionysios"));
  assertEquals(drawn("Щ"), drawn("Shch"));
});

Deno.test("glyphsOf: simplifies what it can and shows a question mark for all else", () => {
  assertEquals(drawn("m²"), drawn("m2"));
  assertEquals(drawn("山田"), [QUESTION, QUESTION]);
});

Deno.test("glyphsOf: puts marks on letters that stay readable", () => {
  assertEquals(drawn("É").length, 1);
  assertEquals(drawn("é")[0]?.split("/").slice(-7), drawn("e")[0]?.split("/").slice(-7));
  assert(drawn("ç")[0] !== drawn("c")[0]);
});

Deno.test("writeLine: is light with a dark edge, and stays within the raster", () => {
  const raster = grayRaster(Array.from({ length: 12 }, () => new Array<number>(12).fill(128)));
  writeLine(raster, "I", 3, 0, 1);
  assert(raster.data.includes(255) && raster.data.includes(0));
  writeLine(raster, "W".repeat(50), -20, -5, 3);
  writeLine(raster, "W", 1000, 1000, 1);
});

Deno.test("annotate: writes into the corner that is named", () => {
  const corners = ["top-left", "top-right", "bottom-left", "bottom-right"] as const;
  for (const corner of corners) {
    const size = 120;
    const rows = Array.from({ length: size }, () => new Array<number>(size).fill(128));
    const raster = grayRaster(rows);
    annotate(raster, ["AB", "C"], corner);
    const lit = [...raster.data].flatMap((value, at) => value === 255 ? [at] : []);
    assert(lit.length > 0);
    const isTop = lit.every((at) => Math.floor(at / size) < size / 2);
    const isLeft = lit.every((at) => at % size < size / 2);
    assertEquals([isTop, isLeft], [corner.startsWith("top"), corner.endsWith("left")]);
  }
});

Deno.test("renderFrame: writes what is asked for after scaling", () => {
  const format = formatOf({ BitsAllocated: 8, Rows: 2, Columns: 2 });
  const frame = { format, bytes: new Uint8Array(4) };
  const description = described([element(0x00100020, "LO", "X"), element(0x00080060, "CS", "CT")]);
  const lit = (annotations: readonly ("patient" | "technique")[]) => {
    const options = { annotations, viewport: { width: 100, height: 100 } };
    const { data } = renderFrame(frame, description, options);
    return [data.subarray(0, 5000).includes(255), data.subarray(5000).includes(255)];
  };
  assertEquals(lit([]), [false, false]);
  assertEquals(lit(["patient"]), [true, false]);
  assertEquals(lit(["technique"]), [false, true]);
  assertEquals(lit(["patient", "technique"]), [true, true]);
});
