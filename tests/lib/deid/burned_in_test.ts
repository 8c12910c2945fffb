import { assertEquals } from "@std/assert";
import { type BurnedInRule, judgePixels } from "../../../lib/deid/burned_in.ts";
import type { DeidOption } from "../../../lib/deid/option.ts";
import { BASIC } from "../../../lib/deid/profile.ts";
import type { Element } from "../../../lib/dicom/dataset.ts";
import { bulk, dataSet, element } from "../../support/data_sets.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const US = "1.2.840.10008.5.1.4.1.1.6.1";

function verdict(
  elements: readonly Element[],
  { rules = [], options = [] }: { rules?: BurnedInRule[]; options?: DeidOption[] } = {},
) {
  const image = dataSet(
    element(0x00080016, "UI", CT),
    element(0x00080060, "CS", "CT"),
    element(0x00080070, "LO", "Maker "),
    element(0x00280010, "US", Uint8Array.of(0, 2)),
    bulk(0x7fe00010, "OW"),
    ...elements,
  );
  const profile = { ...BASIC, burnedIn: rules, options: new Set(options) };
  const found = judgePixels(image, profile);
  return found.kind === "refuse" ? found.reason : found.kind;
}

Deno.test("judgePixels: lets an image out that nothing speaks against", () => {
  assertEquals(verdict([]), "clear");
  assertEquals(judgePixels(dataSet(element(0x00080016, "UI", US)), BASIC), { kind: "clear" });
});

Deno.test("judgePixels: refuses what says, or is likely, to show who the patient is", () => {
  assertEquals(verdict([element(0x00280301, "CS", "YES ")]), "Burned In Annotation is YES");
  assertEquals(
    verdict([element(0x00280302, "CS", "YES ")]),
    "Recognizable Visual Features is YES",
  );
  assertEquals(
    verdict([element(0x00080016, "UI", US)]),
    "Images of its SOP class often name the patient",
  );
  assertEquals(
    verdict([element(0x00080060, "CS", "US")]),
    "Images of its modality often name the patient",
  );
  assertEquals(verdict([element(0x00080064, "CS", "WSD ")]), "It is a secondary capture");
  assertEquals(
    verdict([element(0x00080008, "CS", "DERIVED\\SECONDARY\\SCREEN SAVE ")]),
    "Images of its type often name the patient",
  );
  const label = [
    element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.6"),
    element(0x00080008, "CS", "ORIGINAL\\PRIMARY\\LABEL\\NONE"),
  ];
  assertEquals(verdict(label), "Images of its type often name the patient");
  assertEquals(
    verdict([element(0x60000102, "US", Uint8Array.of(12, 0))]),
    "Its pixels hold overlays in bits that they do not use",
  );
  assertEquals(verdict([bulk(0x00420011, "OB")]), "A document may name the patient");
  assertEquals(
    verdict([element(0x00287fe0, "UR", "http://a/1")]),
    "Its pixels are on another server",
  );
});

Deno.test("judgePixels: believes a maker that says NO", () => {
  assertEquals(
    verdict([element(0x00080016, "UI", US), element(0x00280301, "CS", "NO")]),
    "clear",
  );
});

Deno.test("judgePixels: asks for more than silence where pixels are to be clean", () => {
  const options: DeidOption[] = ["clean-pixel-data"];
  assertEquals(verdict([], { options }), "Burned In Annotation is not NO");
  assertEquals(verdict([element(0x00280301, "CS", "NO")], { options }), "clear");
  const faces: DeidOption[] = ["clean-recognizable-visual-features"];
  assertEquals(verdict([], { options: faces }), "It may show a face");
  assertEquals(verdict([element(0x00180015, "CS", "KNEE")], { options: faces }), "clear");
  assertEquals(verdict([element(0x00280302, "CS", "NO")], { options: faces }), "clear");
});

Deno.test("judgePixels: the first rule that matches decides", () => {
  const mask = [{ x: 0, y: 0, width: 100, height: 20 }];
  const rules: BurnedInRule[] = [
    { match: { Modality: "CT", Rows: 513 }, then: "refuse" },
    { match: { Modality: "ct", Manufacturer: "m*k*r", Rows: 512 }, then: mask },
    { match: {}, then: "clear" },
  ];
  const burnedIn = [element(0x00280301, "CS", "YES ")];
  assertEquals(verdict(burnedIn, { rules }), "mask");
  assertEquals(verdict(burnedIn, { rules: rules.slice(2) }), "clear");
  assertEquals(
    verdict([], { rules: [{ match: {}, then: "refuse" }] }),
    "The configuration refuses such images",
  );
  const document = [bulk(0x00420011, "OB")];
  assertEquals(verdict(document, { rules: rules.slice(1) }), "A document cannot be masked");
  assertEquals(verdict(document, { rules: rules.slice(2) }), "clear");
});

Deno.test("judgePixels: an asterisk stands for any characters, and takes no time", () => {
  const match = (Manufacturer: string) =>
    verdict([], { rules: [{ match: { Manufacturer }, then: "refuse" }] }) !== "clear";
  for (const pattern of ["*", "maker", "M*", "*ER", "m*k*r", "maker*", "*maker"]) {
    assertEquals(match(pattern), true, pattern);
  }
  for (const pattern of ["m", "aker", "*m", "maker*r", "ma*aker", "k*"]) {
    assertEquals(match(pattern), false, pattern);
  }
});
