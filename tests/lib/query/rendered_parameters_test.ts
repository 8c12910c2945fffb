import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../../lib/errors.ts";
import { parseRendered, parseThumbnail } from "../../../lib/query/rendered_parameters.ts";

const rendered = (query: string) => parseRendered(new URLSearchParams(query));
const thumbnail = (query: string) => parseThumbnail(new URLSearchParams(query));

Deno.test("parseRendered: nothing asked is nothing given", () => {
  assertEquals(rendered(""), { annotation: [], warnings: [] });
  assertEquals(rendered("accept=image/png&charset=utf-8"), { annotation: [], warnings: [] });
});

Deno.test("parseRendered: viewport has a size, and a region of which each value may be left out", () => {
  const viewport = (value: string) => rendered(`viewport=${value}`).viewport;
  const source = { x: 0, y: 0, flipHorizontal: false, flipVertical: false };
  assertEquals(viewport("1024,768"), { width: 1024, height: 768 });
  assertEquals(viewport("512,512,,,,"), { width: 512, height: 512 });
  assertEquals(viewport("512, 512,,,512,512"), {
    width: 512,
    height: 512,
    source: { ...source, width: 512, height: 512 },
  });
  assertEquals(viewport("1,32767,10.5,-20"), {
    width: 1,
    height: 32767,
    source: { ...source, x: 10.5, y: 20 },
  });
  assertEquals(viewport("5,5,,,-100,-2e2")?.source, {
    x: 0,
    y: 0,
    width: 100,
    height: 200,
    flipHorizontal: true,
    flipVertical: true,
  });
});

Deno.test("parseRendered: window has a center, a width and one of three functions", () => {
  assertEquals(rendered("window=40,400,linear").window, {
    center: 40,
    width: 400,
    function: "linear",
  });
  assertEquals(rendered("window=-1.5e3,.25,linear-exact").window, {
    center: -1500,
    width: 0.25,
    function: "linear-exact",
  });
  assertEquals(rendered("window=0,1,sigmoid").window?.function, "sigmoid");
});

Deno.test("parseRendered: quality, ICC profile and annotation", () => {
  assertEquals(rendered("quality=1&iccprofile=srgb&annotation=technique,patient,technique"), {
    quality: 1,
    iccprofile: "srgb",
    annotation: ["technique", "patient"],
    warnings: [],
  });
});

Deno.test("parseRendered: warns of annotations and parameters that it does not know", () => {
  assertEquals(rendered("annotation=patient,scale&zoom%22=2"), {
    annotation: ["patient"],
    warnings: [
      "The parameter zoom? is not supported here and was ignored",
      "The following annotation values are not supported: scale",
    ],
  });
});

for (
  const query of [
    "viewport=",
    "viewport=512",
    "viewport=0,512",
    "viewport=512,32768",
    "viewport=512.5,512",
    "viewport=-5,5",
    "viewport=5,5,0,0,0,5",
    "viewport=5,5,0,0,5,-0",
    "viewport=5,5,a,0",
    "viewport=5,5,1,1,1,1,1",
    "viewport=5,5&viewport=5,5",
    "window=40,400",
    "window=40,400,LINEAR",
    "window=40,,linear",
    "window=40,400,linear,1",
    "window=40,0.5,linear",
    "window=40,0,sigmoid",
    "window=40,-1,linear-exact",
    "window=1e999,1,linear",
    "window=0x10,1,linear",
    "window=Infinity,1,linear",
    "quality=0",
    "quality=101",
    "quality=",
    "quality=9.5",
    "iccprofile=",
    "iccprofile=sRGB",
    "iccprofile=no,yes",
    "annotation=",
    "annotation=patient,",
    "annotation=%22patient%22",
  ]
) {
  Deno.test(`parseRendered: refuses ${query}`, () => {
    assertThrows(() => rendered(query), DecodeError);
  });
}

Deno.test("parseThumbnail: takes a size, and warns of everything else", () => {
  assertEquals(thumbnail("viewport=128,64"), {
    viewport: { width: 128, height: 64 },
    warnings: [],
  });
  assertEquals(thumbnail("quality=5").warnings.length, 1);
  assertEquals(thumbnail("").viewport, undefined);
  assertThrows(() => thumbnail("viewport=128,64,0,0"), DecodeError);
  assertThrows(() => thumbnail("viewport=128"), DecodeError);
});
