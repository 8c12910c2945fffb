import { assertAlmostEquals, assertEquals } from "@std/assert";
import { brightnessOf, windowBrightness } from "../../../../server/pixels/image/window.ts";
import type { WindowFunction } from "../../../../server/pixels/image/description.ts";

function windowed(center: number, width: number, name: WindowFunction, value: number): number {
  return brightnessOf(windowBrightness({ center, width, function: name }), value);
}

Deno.test("windowBrightness: LINEAR ends half a value below the center's half widths", () => {
  // PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 becomes y = x / 4095.
  assertEquals(windowed(2048, 4096, "LINEAR", 0), 0);
  assertEquals(windowed(2048, 4096, "LINEAR", -1), 0);
  assertAlmostEquals(windowed(2048, 4096, "LINEAR", 1), 1 / 4095);
  assertEquals(windowed(2048, 4096, "LINEAR", 4095), 1);
  assertEquals(windowed(2048, 4096, "LINEAR", 5000), 1);
  // c = 0, w = 100: y = (x + 50) / 99.
  assertEquals(windowed(0, 100, "LINEAR", -50), 0);
  assertAlmostEquals(windowed(0, 100, "LINEAR", 0), 50 / 99);
  assertEquals(windowed(0, 100, "LINEAR", 49), 1);
});

Deno.test("windowBrightness: LINEAR of width 1 is a threshold half a value below the center", () => {
  assertEquals(windowed(10, 1, "LINEAR", 9), 0);
  assertEquals(windowed(10, 1, "LINEAR", 9.5), 0);
  assertEquals(windowed(10, 1, "LINEAR", 10), 1);
});

Deno.test("windowBrightness: LINEAR_EXACT ends at the center's half widths", () => {
  assertEquals(windowed(2048, 4096, "LINEAR_EXACT", 0), 0);
  assertAlmostEquals(windowed(2048, 4096, "LINEAR_EXACT", 1), 1 / 4096);
  assertAlmostEquals(windowed(2048, 4096, "LINEAR_EXACT", 4095), 4095 / 4096);
  assertEquals(windowed(2048, 4096, "LINEAR_EXACT", 4096), 1);
  assertAlmostEquals(windowed(0, 0.5, "LINEAR_EXACT", 0.125), 0.75);
});

Deno.test("windowBrightness: LINEAR below a width of 1 is LINEAR_EXACT", () => {
  assertAlmostEquals(windowed(0, 0.5, "LINEAR", 0.125), 0.75);
});

Deno.test("windowBrightness: SIGMOID is a half at the center and never quite ends", () => {
  // PS3.3 C.11.2.1.3.1: 1 / (1 + exp(-4 (x - c) / w)).
  assertEquals(windowed(100, 40, "SIGMOID", 100), 0.5);
  assertAlmostEquals(windowed(100, 40, "SIGMOID", 110), 1 / (1 + Math.exp(-1)));
  assertAlmostEquals(windowed(100, 40, "SIGMOID", 80), 1 / (1 + Math.exp(2)));
});

Deno.test("brightnessOf: has nothing for what is no number", () => {
  for (const name of ["LINEAR", "LINEAR_EXACT", "SIGMOID"] as const) {
    assertEquals(windowed(0, 10, name, NaN), 0);
    assertEquals(windowed(0, 10, name, -Infinity), 0);
    assertEquals(windowed(0, 10, name, Infinity), 1);
  }
});
