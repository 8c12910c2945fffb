/**
 * Presentation states and overlays against DCMTK's rendering of them.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describeImage, frameDescription } from "../../server/pixels/image/describe.ts";
import {
  describePresentationState,
  framePresentation,
} from "../../server/pixels/image/presentation_state.ts";
import { renderFrame } from "../../server/pixels/image/render_frame.ts";
import type { Raster } from "../../server/pixels/frame.ts";
import { scan } from "../support/element_list.ts";
import { runTool } from "../support/dcmtk.ts";
import { openNativeImage } from "../support/native_frames.ts";
import { buildPart10, type BuiltElement, sequence, value } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { readPnm } from "../support/pnm.ts";

const IMAGE_CLASS = "1.2.840.10008.5.1.4.1.1.7";
const IMAGE_UID = "1.2.3.1";
const [ROWS, COLUMNS] = [48, 64];

/** An image of 12 bits that grows brighter to the right and, more slowly, downwards. */
function image(elements: readonly BuiltElement[] = []): BuiltElement[] {
  const pixels = Array.from(
    { length: ROWS * COLUMNS },
    (_, i) => i % COLUMNS * 40 + Math.floor(i / COLUMNS) * 20,
  );
  return [
    value(0x00080016, "UI", IMAGE_CLASS),
    value(0x00080018, "UI", IMAGE_UID),
    value(0x00080060, "CS", "OT"),
    value(0x0020000d, "UI", "1.2.3.2"),
    value(0x0020000e, "UI", "1.2.3.3"),
    value(0x00280002, "US", [1]),
    value(0x00280004, "CS", "MONOCHROME2"),
    value(0x00280010, "US", [ROWS]),
    value(0x00280011, "US", [COLUMNS]),
    value(0x00280100, "US", [16]),
    value(0x00280101, "US", [12]),
    value(0x00280102, "US", [11]),
    value(0x00280103, "US", [0]),
    ...elements,
    value(0x7fe00010, "OW", pixels),
  ];
}

function state(own: readonly BuiltElement[]): BuiltElement[] {
  const reference = sequence(0x00081140, [[
    value(0x00081150, "UI", IMAGE_CLASS),
    value(0x00081155, "UI", IMAGE_UID),
  ]]);
  const elements = [
    value(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.11.1"),
    value(0x00080018, "UI", "1.2.3.9"),
    value(0x00080060, "CS", "PR"),
    value(0x00100010, "PN", "Doe"),
    value(0x00100020, "LO", "1"),
    sequence(0x00081115, [[reference, value(0x0020000e, "UI", "1.2.3.3")]]),
    value(0x0020000d, "UI", "1.2.3.2"),
    value(0x0020000e, "UI", "1.2.3.8"),
    value(0x00200011, "IS", "2"),
    value(0x00200013, "IS", "1"),
    value(0x00700080, "CS", "LABEL"),
    value(0x00700082, "DA", "20260101"),
    value(0x00700083, "TM", "101010"),
    sequence(0x0070005a, [[
      value(0x00700052, "SL", [1, 1]),
      value(0x00700053, "SL", [COLUMNS, ROWS]),
      value(0x00700100, "CS", "SCALE TO FIT"),
      value(0x00700102, "IS", "1\\1"),
    ]]),
    ...own,
  ];
  return elements.sort((left, right) => left.tag - right.tag);
}

/** A table whose values are the squares of what goes in. */
const SQUARES = Array.from({ length: 4096 }, (_, i) => Math.round(i * i / 4095));
const rescale = [
  value(0x00281052, "DS", "-100"),
  value(0x00281053, "DS", "2"),
  value(0x00281054, "LO", "US"),
];
const windowed = sequence(0x00283110, [[
  value(0x00281050, "DS", "2000"),
  value(0x00281051, "DS", "3000"),
]]);
const table = sequence(0x00283110, [[
  sequence(0x00283010, [[
    value(0x00283002, "US", [4096, 0, 12]),
    value(0x00283006, "US", SQUARES),
  ]]),
]]);
const shape = (term: string) => value(0x20500020, "CS", term);
const turned = (degrees: number, flip: string) => [
  value(0x00700041, "CS", flip),
  value(0x00700042, "US", [degrees]),
];
const presentationTable = sequence(0x20500010, [[
  value(0x00283002, "US", [4096, 0, 12]),
  value(0x00283006, "US", SQUARES),
]]);

const STATES: Readonly<Record<string, readonly BuiltElement[]>> = {
  "a window after a rescale": [...rescale, windowed, shape("IDENTITY")],
  "an inverse shape": [...rescale, windowed, shape("INVERSE")],
  "a VOI table": [table, shape("IDENTITY")],
  "a presentation table": [windowed, presentationTable],
  "90 degrees": [windowed, shape("IDENTITY"), ...turned(90, "N")],
  "180 degrees": [windowed, shape("IDENTITY"), ...turned(180, "N")],
  "270 degrees": [windowed, shape("IDENTITY"), ...turned(270, "N")],
  "a flip": [windowed, shape("IDENTITY"), ...turned(0, "Y")],
  "90 degrees and a flip": [windowed, shape("IDENTITY"), ...turned(90, "Y")],
  "270 degrees and a flip": [windowed, shape("IDENTITY"), ...turned(270, "Y")],
};

peerTest(
  "renderFrame: applies a presentation state as DCMTK does",
  ["dcmp2pgm"],
  () =>
    inFolder(async (folder) => {
      const [imagePath, statePath, target] = ["image.dcm", "state.dcm", "out.pgm"]
        .map((name) => `${folder}/${name}`) as [string, string, string];
      await Deno.writeFile(imagePath, buildPart10(image()));
      const opened = await openNativeImage(imagePath, folder);
      assert(opened !== undefined);
      const description = frameDescription(describeImage(opened.dataSet), 1);
      for (const [name, elements] of Object.entries(STATES)) {
        await Deno.writeFile(statePath, buildPart10(state(elements)));
        const run = await runTool("dcmp2pgm", ["-p", statePath, imagePath, target]);
        assertEquals(run.code, 0, run.output);
        const theirs = readPnm(await Deno.readFile(target));
        const { dataSet } = await scan(await Deno.readFile(statePath));
        const presentation = framePresentation(describePresentationState(dataSet), IMAGE_UID, 1);
        const ours = renderFrame(opened.frame(1), description, { presentation });
        assertNear(ours, theirs, name);
      }
    }),
);

/** Overlays of graphics: drawn by us and by DCMTK in white. */
const OVERLAYS: Readonly<Record<string, readonly BuiltElement[]>> = {
  "one inside the image": overlay(0x6000, 8, 16, [5, 9]),
  "one that reaches beyond its edges": overlay(0x6002, 48, 64, [-3, 20]),
  "two": [...overlay(0x6000, 10, 10, [1, 1]), ...overlay(0x6010, 7, 5, [30, 40])],
};

function overlay(
  group: number,
  rows: number,
  columns: number,
  origin: readonly [number, number],
): BuiltElement[] {
  const tag = (element: number) => group * 0x10000 + element;
  const bytes = Uint8Array.from(
    { length: 2 * Math.ceil(rows * columns / 16) },
    (_, i) => i * 37 & 0xff,
  );
  return [
    value(tag(0x0010), "US", [rows]),
    value(tag(0x0011), "US", [columns]),
    value(tag(0x0040), "CS", "G"),
    value(tag(0x0050), "SS", origin),
    value(tag(0x0100), "US", [1]),
    value(tag(0x0102), "US", [0]),
    value(tag(0x3000), "OW", bytes),
  ];
}

peerTest(
  "renderFrame: lays overlays on an image as DCMTK does",
  ["dcm2pnm"],
  () =>
    inFolder(async (folder) => {
      const [path, target] = [`${folder}/image.dcm`, `${folder}/out.pgm`];
      for (const [name, elements] of Object.entries(OVERLAYS)) {
        await Deno.writeFile(path, buildPart10(image(elements)));
        const run = await runTool("dcm2pnm", ["+op", "+Wm", path, target]);
        assertEquals(run.code, 0, run.output);
        const opened = await openNativeImage(path, folder);
        assert(opened !== undefined);
        const description = frameDescription(describeImage(opened.dataSet), 1);
        assertNear(
          renderFrame(opened.frame(1), description),
          readPnm(await Deno.readFile(target)),
          name,
        );
      }
    }),
);

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-render-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertNear(ours: Raster, theirs: Raster, name: string): void {
  assertEquals([ours.width, ours.height], [theirs.width, theirs.height], name);
  const worst = ours.data.reduce(
    (most, level, at) => Math.max(most, Math.abs(level - theirs.data[at]!)),
    0,
  );
  assert(worst <= 2, `${name}: differs by ${worst}`);
}
