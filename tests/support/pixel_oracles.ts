/**
 * Frames as programs that this project did not write decode them.
 * @module
 */
import type { Bytes, Frame } from "../../server/pixels/frame.ts";
import { type StoredFrames, storedFrames } from "./stored_frames.ts";

/** Who decodes. */
export type PixelOracle =
  | "dcmtk"
  /** DCMTK told to go by what the JPEG library makes of the stream's colour. */
  | "dcmtk guessing"
  /** DCMTK told to leave colour as it is. */
  | "dcmtk as is"
  | "gdcm"
  | "openjpeg";

/** Frames that were asked for, by number; undefined where the program refuses the file. */
export type OracleFrames = ReadonlyMap<number, Frame> | undefined;

const JPEG = /\.4\.(5\d|6\d|70)$/;
const JPEG_LS = /\.4\.8[01]$/;
const JPEG_2000 = /\.4\.(9[01]|20[123])$/;
const RLE = /\.1\.2\.5$/;

/** The programs that may decode a transfer syntax. */
export function oraclesOf(transferSyntaxUID: string): PixelOracle[] {
  if (JPEG_2000.test(transferSyntaxUID)) return ["gdcm", "openjpeg"];
  switch (dcmtkProgram(transferSyntaxUID)) {
    case undefined:
      return ["gdcm"];
    case "dcmdjpeg":
      return ["dcmtk", "dcmtk guessing", "gdcm"];
    default:
      return ["dcmtk", "gdcm"];
  }
}

function dcmtkProgram(transferSyntaxUID: string): string | undefined {
  if (JPEG.test(transferSyntaxUID)) return "dcmdjpeg";
  if (JPEG_LS.test(transferSyntaxUID)) return "dcmdjpls";
  return RLE.test(transferSyntaxUID) ? "dcmdrle" : undefined;
}

/** Asks one of them for frames of a file; `folder` is for files between. */
export async function askOracle(
  oracle: PixelOracle,
  file: string,
  stored: StoredFrames,
  numbers: readonly number[],
  folder: string,
): Promise<OracleFrames> {
  const target = `${folder}/decoded.dcm`;
  switch (oracle) {
    case "dcmtk":
    case "dcmtk guessing":
    case "dcmtk as is": {
      const program = dcmtkProgram(stored.transferSyntaxUID)!;
      const options = { dcmtk: [], "dcmtk guessing": ["+cgl"], "dcmtk as is": ["+cn"] }[oracle];
      return await decodedFile([program, "-q", ...options, file, target], target, numbers);
    }
    case "gdcm":
      return await decodedFile(["gdcmconv", "--raw", "-i", file, "-o", target], target, numbers);
    case "openjpeg":
      return await openJpegFrames(stored, numbers, folder);
  }
}

async function decodedFile(
  command: readonly string[],
  target: string,
  numbers: readonly number[],
): Promise<OracleFrames> {
  if (!await run(command)) return undefined;
  const stored = await storedFrames(await Deno.readFile(target));
  await Deno.remove(target);
  if (stored === undefined) return undefined;
  return new Map(numbers.map((number) => [number, stored.frame(number)]));
}

async function openJpegFrames(
  stored: StoredFrames,
  numbers: readonly number[],
  folder: string,
): Promise<OracleFrames> {
  const frames = new Map<number, Frame>();
  for (const number of numbers) {
    const samples = await openJpegFrame(stored.frame(number), folder);
    if (samples === undefined) return undefined;
    frames.set(number, samples);
  }
  return frames;
}

/** One codestream's samples, in the format of the data set but for the depth; planes in a row. */
export async function openJpegFrame(
  { format, bytes }: Frame,
  folder: string,
): Promise<Frame | undefined> {
  const [source, target] = [`${folder}/frame.j2k`, `${folder}/frame.rawl`];
  await Deno.writeFile(source, bytes);
  if (!await run(["opj_decompress", "-quiet", "-i", source, "-o", target])) return undefined;
  const samples: Bytes = await Deno.readFile(target);
  await Deno.remove(target);
  const BitsAllocated = 8 * samples.length /
    (format.Rows * format.Columns * format.SamplesPerPixel);
  const BitsStored = Math.min(BitsAllocated, format.BitsStored);
  return {
    format: {
      ...format,
      BitsAllocated,
      BitsStored,
      HighBit: BitsStored - 1,
      PlanarConfiguration: 1,
    },
    bytes: samples,
  };
}

async function run([program, ...args]: readonly string[]): Promise<boolean> {
  const { code } = await new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return code === 0;
}

/** Samples of a frame by value, those of a pixel together: nothing but their stored bits counts. */
export function samplesOf({ format, bytes }: Frame): Int32Array {
  const { Rows, Columns, SamplesPerPixel: samples, BitsAllocated, BitsStored, HighBit } = format;
  const pixels = Rows * Columns;
  const values = new Int32Array(pixels * samples);
  const width = BitsAllocated / 8;
  const isPlanar = format.PlanarConfiguration === 1 && samples > 1;
  const [below, above] = [HighBit - BitsStored + 1, 32 - BitsStored];
  for (let index = 0; index < values.length; index++) {
    let raw = 0;
    if (BitsAllocated === 1) raw = bytes[index >> 3]! >> (index & 7) & 1;
    else for (let byte = 0; byte < width; byte++) raw |= bytes[index * width + byte]! << 8 * byte;
    const up = raw >>> below << above;
    const to = isPlanar ? index % pixels * samples + Math.floor(index / pixels) : index;
    values[to] = format.PixelRepresentation === 1 ? up >> above : up >>> above;
  }
  return values;
}

/** Samples of YBR_FULL as RGB, by the equations of PS3.3 C.7.6.3.1.2. */
export function rgbOf(ybr: Int32Array): Int32Array {
  const rgb = new Int32Array(ybr.length);
  const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let i = 0; i < ybr.length; i += 3) {
    const [y, blue, red] = [ybr[i]!, ybr[i + 1]! - 128, ybr[i + 2]! - 128];
    rgb[i] = clamp(y + 1.402 * red);
    rgb[i + 1] = clamp(y - 0.3441 * blue - 0.7141 * red);
    rgb[i + 2] = clamp(y + 1.772 * blue);
  }
  return rgb;
}

/** How far two frames are apart at most; Infinity where they have not the same number of samples. */
export function distance(one: Int32Array, other: Int32Array): number {
  if (one.length !== other.length) return Infinity;
  let most = 0;
  for (let i = 0; i < one.length; i++) {
    const apart = Math.abs(one[i]! - other[i]!);
    if (apart > most) most = apart;
  }
  return most;
}
