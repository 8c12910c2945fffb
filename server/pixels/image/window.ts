/**
 * VOI transforms as functions from a value to how bright it is (PS3.3 C.11.2.1).
 * @module
 */
import type { LookupTable, Window } from "./description.ts";
import { lookUpUnit } from "./lookup_table.ts";

/** A VOI transform that is settled: 0 is the darkest output, 1 the brightest. */
export type Brightness =
  /** 0 up to `from`, 1 above `to`, and a straight line between. */
  | { readonly kind: "ramp"; readonly from: number; readonly to: number }
  | { readonly kind: "sigmoid"; readonly center: number; readonly width: number }
  | { readonly kind: "table"; readonly table: LookupTable };

/** What a window does (PS3.3 C.11.2.1.2, C.11.2.1.3). */
export function windowBrightness({ center, width, function: name }: Window): Brightness {
  if (name === "SIGMOID") return { kind: "sigmoid", center, width };
  // LINEAR has no meaning below a width of 1; those who write such a window mean LINEAR_EXACT.
  if (name === "LINEAR_EXACT" || width < 1) {
    return { kind: "ramp", from: center - width / 2, to: center + width / 2 };
  }
  const half = (width - 1) / 2;
  return { kind: "ramp", from: center - 0.5 - half, to: center - 0.5 + half };
}

/** How bright a value is, 0 to 1; NaN is 0. */
export function brightnessOf(brightness: Brightness, value: number): number {
  switch (brightness.kind) {
    case "ramp": {
      const { from, to } = brightness;
      if (!(value > from)) return 0;
      return value > to ? 1 : (value - from) / (to - from);
    }
    case "sigmoid":
      return Number.isNaN(value)
        ? 0
        : 1 / (1 + Math.exp(-4 * (value - brightness.center) / brightness.width));
    case "table":
      return Number.isNaN(value) ? 0 : lookUpUnit(brightness.table, value);
  }
}
