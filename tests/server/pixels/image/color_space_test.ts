import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Raster } from "../../../../server/pixels/frame.ts";
import { toColorSpace, withProfile } from "../../../../server/pixels/image/color_space.ts";
import { modelOf, profileOf, readProfile } from "../../../../server/pixels/image/icc_profile.ts";
import { grayRaster } from "../../../support/images.ts";

const SPACES = ["srgb", "adobergb", "rommrgb"] as const;

function pixels(...data: readonly number[]): Raster {
  return { width: data.length / 3, height: 1, channels: 3, data: Uint8Array.from(data) };
}

Deno.test("modelOf: has the colorants of sRGB relative to D50", () => {
  // As the profile that the owners of sRGB publish has them, to four digits.
  const published = [0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7141];
  for (const [index, value] of modelOf("srgb").colorants.entries()) {
    assertAlmostEquals(value, published[index]!, 2e-4);
  }
});

Deno.test("profileOf: gives profiles that are read as what they were made of", () => {
  for (const space of SPACES) {
    const model = modelOf(space);
    const read = readProfile(profileOf(space))!;
    for (let i = 0; i < 9; i++) assertAlmostEquals(read.colorants[i]!, model.colorants[i]!, 1e-4);
    for (const value of [0, 0.01, 0.2, 0.5, 1]) {
      assertAlmostEquals(read.curves[0]!(value), model.curves[0]!(value), 1e-4);
    }
  }
});

Deno.test("toColorSpace: keeps grays gray and sRGB what it is", () => {
  for (const space of SPACES) {
    const { raster } = toColorSpace(pixels(0, 0, 0, 255, 255, 255), undefined, space);
    assertEquals([...raster.data], [0, 0, 0, 255, 255, 255]);
  }
  assertEquals([...toColorSpace(pixels(9, 99, 199), undefined, "srgb").raster.data], [9, 99, 199]);
});

Deno.test("toColorSpace: converts to Adobe RGB", () => {
  // Red of sRGB is 219 in Adobe RGB, since both have the same red and its red is 0.7152 as bright.
  const { raster, iccProfile } = toColorSpace(pixels(255, 0, 0), undefined, "adobergb");
  assertEquals([...raster.data], [219, 0, 0]);
  const back = toColorSpace(raster, iccProfile, "srgb");
  assertEquals([...back.raster.data], [255, 0, 0]);
  assertEquals(back.isSourceKnown, true);
});

Deno.test("toColorSpace: takes what it cannot read for sRGB, and says so", () => {
  const tables = profileOf("adobergb");
  // With a table instead of a description it is a profile that works by tables.
  tables.set(new TextEncoder().encode("A2B0"), 132);
  for (const source of [tables, Uint8Array.of(1, 2, 3), profileOf("srgb").subarray(0, 200)]) {
    const { raster, isSourceKnown } = toColorSpace(pixels(9, 99, 199), source, "srgb");
    assertEquals([...raster.data], [9, 99, 199]);
    assertEquals(isSourceKnown, false);
  }
});

Deno.test("withProfile: names the profile of the image, else sRGB", () => {
  const own = profileOf("rommrgb");
  assertEquals(withProfile(pixels(1, 2, 3), own).iccProfile, own);
  assertEquals(withProfile(pixels(1, 2, 3), undefined).iccProfile, profileOf("srgb"));
  const gray = withProfile(grayRaster([[7, 8]]), own);
  assertEquals(gray.iccProfile, profileOf("srgb"));
  assertEquals([...gray.raster.data], [7, 7, 7, 8, 8, 8]);
});

/** A profile of ours whose curves are another tag. */
function withCurve(tag: readonly number[]): Uint8Array {
  const profile = profileOf("srgb");
  const view = new DataView(profile.buffer);
  const whole = new Uint8Array(profile.length + tag.length);
  whole.set(profile);
  whole.set(tag, profile.length);
  const target = new DataView(whole.buffer);
  for (let entry = 132; entry < 132 + 12 * view.getUint32(128); entry += 12) {
    if (String.fromCharCode(...profile.subarray(entry + 1, entry + 4)) !== "TRC") continue;
    target.setUint32(entry + 4, profile.length);
    target.setUint32(entry + 8, tag.length);
  }
  return whole;
}

Deno.test("readProfile: reads curves that are a power, a formula, or nothing", () => {
  const ascii = (text: string) => [...new TextEncoder().encode(text)];
  const fixed = (value: number) => {
    const whole = Math.round(value * 65536);
    return [whole >>> 24 & 255, whole >>> 16 & 255, whole >>> 8 & 255, whole & 255];
  };
  const curve = (tag: readonly number[]) => readProfile(withCurve(tag))!.curves[0]!;
  assertEquals(curve([...ascii("curv"), 0, 0, 0, 0, 0, 0, 0, 0])(0.3), 0.3);
  const gamma2 = curve([...ascii("curv"), 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0]);
  assertAlmostEquals(gamma2(0.5), 0.25);
  const formula = (form: number, ...parameters: readonly number[]) =>
    curve([...ascii("para"), 0, 0, 0, 0, 0, form, 0, 0, ...parameters.flatMap(fixed)]);
  assertAlmostEquals(formula(0, 2)(0.5), 0.25);
  assertAlmostEquals(formula(1, 2, 1, -0.5)(0.75), 0.0625);
  assertAlmostEquals(formula(1, 2, 1, -0.5)(0.25), 0);
  assertAlmostEquals(formula(2, 2, 1, -0.5, 0.125)(0.25), 0.125);
  const srgb = formula(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);
  assertAlmostEquals(srgb(0.5), modelOf("srgb").curves[0]!(0.5), 1e-4);
  assertAlmostEquals(srgb(0.02), 0.02 / 12.92, 1e-4);
  assertAlmostEquals(formula(4, 2, 1, 0, 0.5, 0.5, 0.1, 0.2)(0.25), 0.325, 1e-4);
  assertAlmostEquals(formula(4, 2, 1, 0, 0.5, 0.5, 0.1, 0.2)(0.75), 0.6625, 1e-4);
});
