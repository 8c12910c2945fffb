/**
 * `deno task gallery FOLDER IMAGE.png`: one image of every DICOM file in a folder, to be looked at.
 * Each is drawn as the server renders it; what cannot be drawn says why. A list of the files, by the
 * numbers on the sheet, lies beside it.
 * @module
 */
import { inflateRawSync } from "node:zlib";
import { packPlaces, pixelData, unpackPlaces } from "../../lib/dicom/places.ts";
import { alignBits, frameSource } from "../../lib/dicom/frames.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_BIG_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { layoutOf, swapWords } from "../../lib/dicom/value_layout.ts";
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { loadCodecs } from "../../server/pixels/codecs/load.ts";
import type { FrameFormat, Raster } from "../../server/pixels/frame.ts";
import { annotate } from "../../server/pixels/image/annotate.ts";
import { describeImage, frameDescription } from "../../server/pixels/image/describe.ts";
import { encodePng } from "../../server/pixels/image/png.ts";
import { renderFrame } from "../../server/pixels/image/render_frame.ts";

/** Pixels of a side of each picture, and pictures beside each other. */
const SIDE = 120;
const COLUMNS = 16;
const HELD = { binary: Infinity, other: Infinity };

type Tile = Raster & { readonly channels: 3 };

async function picture(path: string): Promise<Raster> {
  const bytes = await Deno.readFile(path);
  const scanner = createInstanceScanner({ bulkThresholds: HELD });
  await scanner.push(bytes);
  const scan = await scanner.end();
  const places = unpackPlaces(packPlaces(scan));
  const value = pixelData(places);
  if (value === undefined) throw new Error("no pixels");
  const { transferSyntaxUID } = scan;
  const frame = Math.ceil(places.geometry.NumberOfFrames / 2);
  const source = frameSource(places, value, frame);
  const isDeflated = transferSyntax(transferSyntaxUID)?.deflated === true;
  // Places in a deflated data set count from its beginning.
  let read: Uint8Array = isDeflated ? inflateRawSync(bytes.subarray(scan.dataSetOffset)) : bytes;
  if (transferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN && value.value.kind === "native") {
    // Words are swapped where they begin, which is not where a frame does.
    const { offset, length } = value.value.place;
    read = read.slice();
    read.set(
      swapWords(read.subarray(offset, offset + length), layoutOf(value.vr).wordBytes),
      offset,
    );
  }
  const list = source.kind === "native" ? [source.place] : source.places;
  const pieces = list.map(({ offset, length }) => read.slice(offset, offset + length));
  const whole = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const joined = source.kind === "native" ? alignBits(whole, source.firstBit, source.bits) : whole;
  const samples = { "7FE00008": "float", "7FE00009": "double" } as const;
  const sample = samples[value.path as keyof typeof samples] ?? "integer";
  const format: FrameFormat = { ...places.geometry, sample };
  const codecs = await loadCodecs([transferSyntaxUID]);
  const decoded = decodeFrame(codecs, { transferSyntaxUID, format, bytes: joined });
  const description = frameDescription(describeImage(scan.dataSet), frame);
  return renderFrame(decoded, description, { viewport: { width: SIDE, height: SIDE } });
}

function empty(): Tile {
  return { width: SIDE, height: SIDE, channels: 3, data: new Uint8Array(SIDE * SIDE * 3).fill(40) };
}

async function tileOf(path: string, number: number): Promise<Tile> {
  const tile = empty();
  try {
    paste(await picture(path), tile, 0, 0);
    annotate(tile, [String(number)], "top-left");
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).slice(0, 100);
    annotate(tile, [String(number), ...words.match(/.{1,18}/g) ?? []], "top-left");
  }
  return tile;
}

function paste(from: Raster, to: Tile, left: number, top: number): void {
  for (let y = 0; y < from.height; y++) {
    for (let x = 0; x < from.width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const source = (y * from.width + x) * from.channels + (from.channels === 3 ? channel : 0);
        to.data[((top + y) * to.width + left + x) * 3 + channel] = from.data[source]!;
      }
    }
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesOf(path));
    else if (isFile && !/\.(json|md|txt)$/.test(name)) files.push(path);
  }
  return files.sort();
}

const [folder, image] = Deno.args;
if (folder === undefined || image === undefined) {
  console.error("deno task gallery FOLDER IMAGE.png");
  Deno.exit(2);
}
const files = await filesOf(folder);
const rows = Math.ceil(files.length / COLUMNS);
const sheet: Tile = {
  width: COLUMNS * SIDE,
  height: rows * SIDE,
  channels: 3,
  data: new Uint8Array(COLUMNS * rows * SIDE * SIDE * 3),
};
for (const [index, path] of files.entries()) {
  paste(
    await tileOf(path, index + 1),
    sheet,
    (index % COLUMNS) * SIDE,
    Math.floor(index / COLUMNS) * SIDE,
  );
  if (Deno.stderr.isTerminal()) console.error(`\x1b[1A\x1b[K${index + 1} of ${files.length}`);
}
await Deno.writeFile(image, encodePng(sheet));
const list = files.map((path, index) => `${index + 1}\t${path.slice(folder.length + 1)}\n`);
await Deno.writeTextFile(`${image}.txt`, list.join(""));
console.log(`${files.length} files in ${image}, their names in ${image}.txt`);
