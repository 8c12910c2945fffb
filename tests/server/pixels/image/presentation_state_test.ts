import { assert, assertEquals } from "@std/assert";
import type { Element } from "../../../../lib/dicom/dataset.ts";
import type { Raster } from "../../../../server/pixels/frame.ts";
import {
  describePresentationState,
  framePresentation,
} from "../../../../server/pixels/image/presentation_state.ts";
import { renderFrame, type RenderOptions } from "../../../../server/pixels/image/render_frame.ts";
import { bytesOf, dataSet, element, sequence } from "../../../support/data_sets.ts";
import { colors, described, formatOf, grays, rowsOf, words } from "../../../support/images.ts";

const GRAYSCALE = element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.11.1\0");
const PSEUDO = element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.11.3\0");

/** A frame of 8-bit grays that counts up from 0. */
function counting(rows: number, columns: number) {
  const format = formatOf({ BitsAllocated: 8, Rows: rows, Columns: columns });
  return { format, bytes: Uint8Array.from({ length: rows * columns }, (_, i) => i) };
}

function flat(rows: number, columns: number, level: number) {
  const { format, bytes } = counting(rows, columns);
  return { format, bytes: bytes.fill(level) };
}

function presented(
  frame: Parameters<typeof renderFrame>[0],
  elements: readonly Element[],
  options: RenderOptions = {},
  own: readonly Element[] = [],
): Raster {
  const state = describePresentationState(dataSet(GRAYSCALE, ...elements));
  const presentation = framePresentation(state, "1.2", 1);
  return renderFrame(frame, described(own), { ...options, presentation });
}

const reference = (uid: string, frames?: string) =>
  dataSet(
    element(0x00081155, "UI", uid),
    ...(frames === undefined ? [] : [element(0x00081160, "IS", frames)]),
  );
const slong = (tag: number, values: readonly number[]) =>
  element(tag, "SL", bytesOf(Int32Array.from(values)));
const floats = (tag: number, values: readonly number[]) =>
  element(tag, "FL", bytesOf(Float32Array.from(values)));
const area = (from: number[], to: number[], ...more: readonly Element[]) =>
  sequence(0x0070005a, dataSet(slong(0x00700052, from), slong(0x00700053, to), ...more));
const window = (center: string, width: string, ...more: readonly Element[]) =>
  dataSet(element(0x00281050, "DS", center), element(0x00281051, "DS", width), ...more);

Deno.test("describePresentationState: has the images referred to, in their order", () => {
  const state = describePresentationState(dataSet(
    GRAYSCALE,
    sequence(
      0x00081115,
      dataSet(
        element(0x0020000e, "UI", "1.9\0"),
        sequence(0x00081140, reference("1.2\0"), reference("1.3\0", "1\\4")),
      ),
    ),
  ));
  assertEquals(state.kind, "grayscale");
  assertEquals(state.series, [{
    seriesInstanceUID: "1.9",
    images: [
      { sopInstanceUID: "1.2", frames: undefined },
      { sopInstanceUID: "1.3", frames: [1, 4] },
    ],
  }]);
  assertEquals(structuredClone(state), state);
});

Deno.test("framePresentation: has the VOI of the frame, none where none is for it", () => {
  const state = describePresentationState(dataSet(
    GRAYSCALE,
    sequence(
      0x00283110,
      window("1", "10", sequence(0x00081140, reference("1.2\0", "2"))),
      window("2", "10", sequence(0x00081140, reference("1.3\0"))),
    ),
  ));
  const center = (uid: string, frame: number) => {
    const { voi } = framePresentation(state, uid, frame);
    return voi.kind === "window" ? voi.window.center : voi.kind;
  };
  assertEquals([center("1.2", 1), center("1.2", 2), center("1.3", 7)], ["none", 1, 2]);
});

Deno.test("present: replaces the transforms of the image", () => {
  const own = [element(0x00281052, "DS", "-1000"), element(0x00281053, "DS", "1")];
  const frame = grays([0, 51, 100], { PhotometricInterpretation: "MONOCHROME1" });
  const state = [
    sequence(0x00283110, window("50.5", "101")),
    element(0x20500020, "CS", "IDENTITY"),
  ];
  assertEquals(rowsOf(presented(frame, state, {}, own)), [[0, 130, 255]]);
});

Deno.test("present: shows grays in the colours of a pseudo-colour state", () => {
  const channel = (number: number, values: readonly number[]) => [
    words(0x00281100 + number, [3, 0, 8]),
    words(0x00281200 + number, values, "OW"),
  ];
  const palette = [...channel(1, [1, 2, 3]), ...channel(2, [4, 5, 6]), ...channel(3, [7, 8, 9])];
  const state = describePresentationState(dataSet(PSEUDO, ...palette));
  const { data } = renderFrame(grays([0, 50, 100]), described([]), {
    presentation: framePresentation(state, "1", 1),
  });
  assertEquals([...data], [1, 4, 7, 2, 5, 8, 3, 6, 9]);
});

Deno.test("present: turns first, then flips, and cuts out the displayed area", () => {
  const turned = [words(0x00700042, [90]), element(0x00700041, "CS", "Y ")];
  // 0 1 2 / 3 4 5 turned is 3 0 / 4 1 / 5 2.
  assertEquals(rowsOf(presented(counting(2, 3), turned)), [[0, 3], [1, 4], [2, 5]]);
  const corner = area([2, 1], [3, 2]);
  assertEquals(rowsOf(presented(counting(2, 3), [...turned, corner])), [[1, 4], [2, 5]]);
});

Deno.test("present: has black where the displayed area lies outside the image", () => {
  assertEquals(
    rowsOf(presented(flat(2, 2, 9), [area([0, 1], [3, 1])])),
    [[0, 9, 9, 0]],
  );
});

Deno.test("present: fits the displayed area into the viewport with its own pixel aspect", () => {
  const ratio = element(0x00700102, "IS", "2\\1");
  const size = (elements: readonly Element[]) => {
    const raster = presented(flat(2, 2, 9), elements, { viewport: { width: 40, height: 40 } });
    return [raster.width, raster.height];
  };
  assertEquals(size([area([1, 1], [2, 2])]), [40, 40]);
  assertEquals(size([area([1, 1], [2, 2], ratio)]), [20, 40]);
  assertEquals(size([area([1, 1], [2, 2], ratio), words(0x00700042, [90])]), [40, 20]);
});

Deno.test("present: magnifies as it is told, and leaves out what the viewport has no room for", () => {
  const mode = element(0x00700100, "CS", "MAGNIFY ");
  const twice = area([1, 1], [4, 4], mode, floats(0x00700103, [2]));
  const size = (options: RenderOptions) => {
    const { width, height } = presented(flat(4, 4, 9), [twice], options);
    return [width, height];
  };
  assertEquals(size({}), [8, 8]);
  assertEquals(size({ viewport: { width: 6, height: 100 } }), [6, 8]);
});

Deno.test("applyShutter: keeps what is inside every shape", () => {
  const level = words(0x00181622, [0x2000]);
  const rectangle = [
    element(0x00181602, "IS", "2"),
    element(0x00181604, "IS", "3"),
    element(0x00181606, "IS", "1"),
    element(0x00181608, "IS", "2"),
  ];
  const shape = (terms: string) => element(0x00181600, "CS", terms);
  assertEquals(
    rowsOf(presented(flat(3, 4, 9), [shape("RECTANGULAR"), level, ...rectangle])),
    [[32, 9, 9, 32], [32, 9, 9, 32], [32, 32, 32, 32]],
  );
  const circle = [element(0x00181610, "IS", "2\\2"), element(0x00181612, "IS", "1")];
  assertEquals(
    rowsOf(presented(flat(3, 4, 9), [shape("CIRCULAR"), level, ...circle])),
    [[32, 9, 32, 32], [9, 9, 9, 32], [32, 9, 32, 32]],
  );
  assertEquals(
    rowsOf(presented(flat(3, 4, 9), [shape("RECTANGULAR\\CIRCULAR"), ...rectangle, ...circle])),
    [[0, 9, 0, 0], [0, 9, 9, 0], [0, 0, 0, 0]],
  );
  const corners = element(0x00181620, "IS", "1\\1\\1\\5\\5\\1");
  assertEquals(
    rowsOf(presented(flat(4, 4, 9), [shape("POLYGONAL"), level, corners])).map((row) =>
      row.filter((value) => value === 9).length
    ),
    [4, 3, 2, 1],
  );
});

Deno.test("applyShutter: covers the image where a shape lies outside", () => {
  const circle = [element(0x00181610, "IS", "900\\900"), element(0x00181612, "IS", "3")];
  const elements = [element(0x00181600, "CS", "CIRCULAR"), ...circle];
  assertEquals(rowsOf(presented(flat(1, 2, 9), elements)), [[0, 0]]);
});

Deno.test("present: shows overlays that are active, and bitmaps as shutters", () => {
  const overlay = (group: number, bits: number) => [
    words(group * 0x10000 + 0x10, [1]),
    words(group * 0x10000 + 0x11, [3]),
    element(group * 0x10000 + 0x3000, "OW", Uint8Array.of(bits, 0)),
  ];
  const own = overlay(0x6000, 0b001);
  const frame = flat(1, 3, 9);
  assertEquals(rowsOf(presented(frame, [], {}, own)), [[9, 9, 9]]);
  const activation = element(0x60001001, "CS", "LAYER");
  assertEquals(rowsOf(presented(frame, [activation], {}, own)), [[255, 9, 9]]);
  const added = [...overlay(0x6002, 0b100), element(0x60021001, "CS", "LAYER")];
  assertEquals(rowsOf(presented(frame, added, {}, own)), [[9, 9, 255]]);
  const shutter = [
    element(0x00181600, "CS", "BITMAP"),
    words(0x00181623, [0x6004]),
    words(0x00181622, [0x4000]),
    ...overlay(0x6004, 0b011),
  ];
  assertEquals(rowsOf(presented(frame, shutter)), [[64, 64, 9]]);
});

function graphic(type: string, points: readonly number[], filled = "N", units = "PIXEL"): Element {
  const object = dataSet(
    element(0x00700005, "CS", units),
    floats(0x00700022, points),
    element(0x00700023, "CS", type),
    element(0x00700024, "CS", filled),
  );
  return sequence(
    0x00700001,
    dataSet(element(0x00700002, "CS", "ONE"), sequence(0x00700009, object)),
  );
}

Deno.test("drawGraphics: draws lines between the corners of pixels, in the gray of their layer", () => {
  const layer = sequence(
    0x00700060,
    dataSet(element(0x00700002, "CS", "ONE"), words(0x00700066, [0x8000])),
  );
  const line = graphic("POLYLINE", [0, 1.5, 4, 1.5]);
  assertEquals(rowsOf(presented(flat(3, 4, 0), [line])), [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
    [0, 0, 0, 0],
  ]);
  assertEquals(rowsOf(presented(flat(3, 4, 0), [line, layer]))[1], [128, 128, 128, 128]);
});

Deno.test("drawGraphics: follows the image where it is turned, flipped and scaled", () => {
  const line = graphic("POLYLINE", [0, 0.5, 3, 0.5]);
  const turned = rowsOf(presented(flat(2, 3, 0), [line, words(0x00700042, [90])]));
  assertEquals(turned, [[0, 255], [0, 255], [0, 255]]);
  const scaled = presented(flat(2, 3, 0), [line], { viewport: { width: 30, height: 20 } });
  const lit = rowsOf(scaled).flatMap((row, y) => row.every((value) => value > 0) ? [y] : []);
  assertEquals(lit, [4, 5]);
});

Deno.test("drawGraphics: takes DISPLAY for parts of the displayed area", () => {
  const square = graphic("POLYLINE", [0.5, 0, 1, 0, 1, 1, 0.5, 1], "Y", "DISPLAY");
  assertEquals(rowsOf(presented(flat(2, 4, 0), [square])), [[0, 0, 255, 255], [0, 0, 255, 255]]);
});

Deno.test("drawGraphics: draws circles, ellipses and curves through their points", () => {
  const lit = (element: Element, points: readonly (readonly [number, number])[]) => {
    const rows = rowsOf(presented(flat(40, 40, 0), [element]));
    for (const [x, y] of points) {
      const around = [-1, 0].flatMap((dy) => [-1, 0].map((dx) => rows[y + dy]?.[x + dx] ?? 0));
      assert(Math.max(...around) > 100, `${x}, ${y} is dark`);
    }
    assertEquals(rows[20]?.[20], 0);
  };
  lit(graphic("CIRCLE", [20, 20, 30, 20]), [[30, 20], [20, 30], [10, 20], [20, 10]]);
  const ellipse = graphic("ELLIPSE", [5, 20, 35, 20, 20, 10, 20, 30]);
  lit(ellipse, [[5, 20], [35, 20], [20, 10], [20, 30]]);
  lit(graphic("INTERPOLATED", [2, 2, 6, 30, 12, 2]), [[6, 30]]);
  lit(graphic("POINT", [8, 8]), [[8, 8]]);
});

Deno.test("drawGraphics: takes coordinates of any size", () => {
  const far = [-3e38, 3e38, 1e30, -1e30, 3e38, 3e38, 0, 1e20];
  for (const type of ["POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE", "POINT"]) {
    for (const filled of ["Y", "N"]) {
      const { data } = presented(flat(3, 3, 0), [graphic(type, far, filled)]);
      assertEquals(data.length, 9);
    }
  }
});

Deno.test("describePresentationState: leaves out annotations that would take too long to draw", () => {
  const points = Array.from({ length: 20_000 }, (_, i) => i % 512);
  const shape = dataSet(floats(0x00700022, points), element(0x00700023, "CS", "POLYLINE"));
  const item = dataSet(sequence(0x00700009, shape, shape));
  const state = describePresentationState(
    dataSet(GRAYSCALE, sequence(0x00700001, ...Array.from({ length: 9 }, () => item))),
  );
  assertEquals(state.annotations.length, 2);
});

Deno.test("drawGraphics: writes texts into their box or beside their anchor", () => {
  const text = (...more: readonly Element[]) =>
    sequence(
      0x00700001,
      dataSet(sequence(0x00700008, dataSet(element(0x00700006, "ST", "II"), ...more))),
    );
  const lit = (elements: readonly Element[]) => {
    const rows = rowsOf(presented(flat(60, 60, 0), elements));
    return rows.flatMap((row, y) => row.flatMap((value, x) => value === 255 ? [[x, y]] : []));
  };
  const box = [floats(0x00700010, [20, 30]), floats(0x00700011, [50, 40])];
  const left = lit([text(...box)]);
  assertEquals(Math.min(...left.map(([x]) => x!)), 21);
  assertEquals(Math.min(...left.map(([, y]) => y!)), 33);
  const right = lit([text(...box, element(0x00700012, "CS", "RIGHT"))]);
  assertEquals(Math.max(...right.map(([x]) => x!)), 47);
  const anchored = lit([text(floats(0x00700014, [10, 10]))]);
  assert(anchored.length > 0 && anchored.every(([x]) => x! > 10));
});

Deno.test("present: leaves colour images to their colours", () => {
  const state = [sequence(0x00283110, window("1", "1")), words(0x00700042, [180])];
  const { data } = presented(colors("RGB", [1, 2, 3, 4, 5, 6]), state);
  assertEquals([...data], [4, 5, 6, 1, 2, 3]);
});
