/**
 * Frames of real files as samples that can be read: those of a compressed file are decoded by
 * another implementation first.
 * @module
 */
import { inflateRawSync } from "node:zlib";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { alignBits, frameSource } from "../../lib/dicom/frames.ts";
import { packPlaces, pixelData, unpackPlaces } from "../../lib/dicom/places.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_BIG_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import type { Bytes, Frame, FrameFormat } from "../../server/pixels/frame.ts";
import { runTool } from "./dcmtk.ts";
import type { Program } from "./peers.ts";

/** An image whose frames can be read. */
export interface NativeImage {
  readonly dataSet: DataSet;
  readonly format: FrameFormat;
  readonly frames: number;
  /** The file that its frames came from: the one asked for, or one decoded from it. */
  readonly path: string;
  /** Of the file asked for. */
  readonly transferSyntaxUID: string;
  /** Counts from 1. */
  frame(number: number): Frame;
}

/** Who decodes what, by transfer syntax, and its arguments before the two files. */
const DECODERS: readonly (readonly [RegExp, Program, readonly string[]])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.(50|51|53|55|57|70)$/, "dcmdjpeg", []],
  [/^1\.2\.840\.10008\.1\.2\.4\.8[01]$/, "dcmdjpls", []],
  [/^1\.2\.840\.10008\.1\.2\.5$/, "dcmdrle", []],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[01]$/, "gdcmconv", ["--raw"]],
  [/^1\.2\.840\.10008\.1\.2\.2$/, "dcmconv", ["+te"]],
];

/**
 * Opens a file's image; undefined where it has none. `folder` takes decoded copies.
 *
 * @throws {Error} "not decoded" where no program here decodes it
 */
export async function openNativeImage(
  path: string,
  folder: string,
): Promise<NativeImage | undefined> {
  const opened = await open(path);
  const { transferSyntaxUID } = opened;
  if (opened.format.Rows === 0 || !opened.hasPixels) return undefined;
  if (opened.frame !== undefined) return { ...opened, frame: opened.frame };
  const decoder = DECODERS.find(([syntax]) => syntax.test(transferSyntaxUID));
  if (decoder === undefined) throw new Error("not decoded");
  const decoded = `${folder}/${crypto.randomUUID()}.dcm`;
  const [, program, args] = decoder;
  const first = await runTool(program, [...args, path, decoded]);
  // What DCMTK does not decode gdcm may.
  const { code } = first.code === 0 ? first : await runTool("gdcmconv", ["--raw", path, decoded]);
  const native = code === 0 ? await open(decoded) : undefined;
  if (native?.frame === undefined) throw new Error("not decoded");
  return { ...native, frame: native.frame, transferSyntaxUID };
}

type Opened = Omit<NativeImage, "frame"> & {
  readonly frame: NativeImage["frame"] | undefined;
  readonly hasPixels: boolean;
};

async function open(path: string): Promise<Opened> {
  const file = await Deno.readFile(path);
  const scanner = createInstanceScanner({
    bulkThresholds: { binary: Infinity, other: Infinity },
  });
  await scanner.push(file);
  const scan = await scanner.end();
  const places = unpackPlaces(packPlaces(scan));
  const pixels = pixelData(places);
  const { NumberOfFrames, ...format } = places.geometry;
  const sample = pixels?.path === "7FE00008"
    ? "float"
    : pixels?.path === "7FE00009"
    ? "double"
    : "integer";
  const isNative = pixels?.value.kind === "native" &&
    scan.transferSyntaxUID !== EXPLICIT_VR_BIG_ENDIAN;
  const bytes: Bytes = transferSyntax(scan.transferSyntaxUID)?.deflated
    ? new Uint8Array(inflateRawSync(file.subarray(scan.dataSetOffset)))
    : file;
  const own = { ...format, sample } as const;
  return {
    dataSet: scan.dataSet,
    hasPixels: pixels !== undefined,
    format: own,
    frames: NumberOfFrames,
    path,
    transferSyntaxUID: scan.transferSyntaxUID,
    frame: isNative
      ? (number) => {
        const source = frameSource(places, pixels, number);
        if (source.kind !== "native") throw new Error("The frame is not native");
        const { offset, length } = source.place;
        const cut = bytes.slice(offset, offset + length);
        return { format: own, bytes: alignBits(cut, source.firstBit, source.bits) };
      }
      : undefined,
  };
}
