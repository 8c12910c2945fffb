import { assertEquals } from "@std/assert";
import type { Element } from "../../../../lib/dicom/dataset.ts";
import { describeImage, frameDescription } from "../../../../server/pixels/image/describe.ts";
import { dataSet, element, sequence } from "../../../support/data_sets.ts";
import { described, words } from "../../../support/images.ts";

const transformation = (slope: string) =>
  sequence(
    0x00289145,
    dataSet(element(0x00281052, "DS", "0"), element(0x00281053, "DS", slope)),
  );
const frameVOI = (center: string, name = "LINEAR_EXACT") =>
  sequence(
    0x00289132,
    dataSet(
      element(0x00281050, "DS", center),
      element(0x00281051, "DS", "10"),
      element(0x00281056, "CS", name),
    ),
  );
const position = (z: string) =>
  sequence(0x00209113, dataSet(element(0x00200032, "DS", `1\\2\\${z}`)));

Deno.test("frameDescription: has the frame's own transforms, else the shared ones", () => {
  const image = describeImage(dataSet(
    element(0x00280008, "IS", "3"),
    sequence(0x52009229, dataSet(transformation("2"), frameVOI("5"))),
    sequence(
      0x52009230,
      dataSet(position("7.5")),
      dataSet(transformation("3"), frameVOI("6", "SIGMOID")),
      dataSet(),
    ),
  ));
  const looks = [1, 2, 3].map((frame) => frameDescription(image, frame));
  assertEquals(looks.map(({ modality }) => modality), [
    { kind: "linear", slope: 2, intercept: 0 },
    { kind: "linear", slope: 3, intercept: 0 },
    { kind: "linear", slope: 2, intercept: 0 },
  ]);
  assertEquals(
    looks.map(({ voi }) => voi.kind === "window" ? [voi.window.center, voi.window.function] : []),
    [[5, "LINEAR_EXACT"], [6, "SIGMOID"], [5, "LINEAR_EXACT"]],
  );
  assertEquals(
    looks.map(({ texts }) => texts.technique.at(-1)),
    ["Frame 1/3  Z 7.5 mm", "Frame 2/3", "Frame 3/3"],
  );
});

Deno.test("describeImage: keeps equal transforms of many frames once", () => {
  const frames = Array.from({ length: 1000 }, (_, i) => dataSet(transformation(`${1 + i % 2}`)));
  const { frameTable } = describeImage(
    dataSet(element(0x00280008, "IS", "1000"), sequence(0x52009230, ...frames)),
  );
  assertEquals(frameTable.settings.length, 3);
  assertEquals(frameTable.settingOf?.length, 1000);
  assertEquals(frameTable.z, undefined);
});

Deno.test("describeImage: can be sent to another thread", () => {
  const image = describeImage(dataSet(
    words(0x60000010, [2]),
    words(0x60000011, [8]),
    element(0x60003000, "OW", Uint8Array.of(1, 2)),
    element(0x00282000, "OB", Uint8Array.of(9, 9)),
    sequence(0x52009230, dataSet(position("1"))),
  ));
  assertEquals(structuredClone(image), image);
  assertEquals(structuredClone(frameDescription(image, 1)), frameDescription(image, 1));
});

Deno.test("describeImage: has the ratio of a pixel's height to its width", () => {
  const aspect = (...elements: readonly Element[]) => described(elements).pixelAspect;
  assertEquals(aspect(), 1);
  assertEquals(aspect(element(0x00280034, "IS", "4\\3")), 4 / 3);
  assertEquals(aspect(element(0x00280030, "DS", "0.5\\0.25")), 2);
  assertEquals(aspect(element(0x00181164, "DS", "0.1\\0.2")), 0.5);
  assertEquals(aspect(element(0x00280034, "IS", "0\\0"), element(0x00280030, "DS", "1\\2")), 0.5);
  assertEquals(aspect(element(0x00280034, "IS", "100\\1")), 1);
  const measures = sequence(0x00289110, dataSet(element(0x00280030, "DS", "3\\2")));
  assertEquals(aspect(sequence(0x52009229, dataSet(measures))), 1.5);
});

Deno.test("describeImage: has how long each frame is to be seen", () => {
  const durations = (...elements: readonly Element[]) =>
    describeImage(dataSet(element(0x00280008, "IS", "3"), ...elements)).durations;
  assertEquals(durations(), []);
  assertEquals(durations(element(0x00181063, "DS", "33.5")), [33.5]);
  assertEquals(durations(element(0x00180040, "IS", "25")), [40]);
  assertEquals(
    durations(element(0x00082144, "IS", "20"), element(0x00181063, "DS", "33")),
    [50],
  );
  assertEquals(durations(element(0x00181065, "DS", "0\\10\\20")), [10, 20, 20]);
  assertEquals(durations(element(0x00181063, "DS", "0")), []);
});

Deno.test("describeImage: finds the ICC profile of the image or of an optical path", () => {
  const profile = element(0x00282000, "OB", Uint8Array.of(1, 2, 3, 4));
  assertEquals(described([profile]).iccProfile, Uint8Array.of(1, 2, 3, 4));
  const path = sequence(0x00480105, dataSet(), dataSet(profile));
  assertEquals(described([path]).iccProfile, Uint8Array.of(1, 2, 3, 4));
  assertEquals(described([]).iccProfile, undefined);
});

Deno.test("describeImage: passes over a slope of 0 and what is no number", () => {
  const elements = [element(0x00281052, "DS", "abc"), element(0x00281053, "DS", "0")];
  assertEquals(described(elements).modality, { kind: "linear", slope: 1, intercept: 0 });
});

Deno.test("describeImage: has lines of patient and technique for a person to read", () => {
  const { texts } = described([
    element(0x00080005, "CS", "ISO_IR 100"),
    element(0x00080020, "DA", "20260102"),
    element(0x00080030, "TM", "101112.5"),
    element(0x00080060, "CS", "CT"),
    element(0x0008103e, "LO", "Thorax"),
    element(0x00100010, "PN", "Bj\xf6rk^Anna^B.=\\x"),
    element(0x00100020, "LO", "4711"),
    element(0x00100030, "DA", "19700131"),
    element(0x00100040, "CS", "F"),
    element(0x00180050, "DS", "1.250000"),
    element(0x00180060, "DS", "120"),
    element(0x00200011, "IS", "3"),
    element(0x00200013, "IS", "42"),
    element(0x00201041, "DS", "-99.4800"),
  ]);
  assertEquals(texts, {
    patient: ["Björk, Anna B.", "ID 4711", "Born 1970-01-31  F"],
    technique: [
      "CT  Thorax",
      "2026-01-02  10:11:12",
      "Series 3  Image 42",
      "Slice -99.48 mm  Thickness 1.25 mm",
      "kV 120",
    ],
  });
});

Deno.test("describeImage: names a patient by the first group that is there", () => {
  const name = element(0x00100010, "PN", "=Y^T=z");
  assertEquals(described([name]).texts.patient, ["Y, T"]);
});
