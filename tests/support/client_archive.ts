/**
 * The instances that every client under test works with: one of each kind of pixel data that
 * clients ask for in their own way, with what they must get back.
 * @module
 */
import { assertEquals } from "@std/assert";
import { COUNTING, GRAYS } from "./compressed_frames.ts";
import { ctInstance, type CtOptions, sequence, SYNTAX, value } from "./part10_builder.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { stow } from "./stow.ts";

/** A stored instance. */
export interface ClientInstance {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
  readonly TransferSyntaxUID: string;
  /** The Part 10 file. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** Each frame as it is stored, but for the order of bytes: little endian. */
  readonly frames: readonly Uint8Array[];
  /** Each frame as it is when nothing is compressed; those of a video nobody decodes. */
  readonly decoded: readonly Uint8Array[];
}

const ROOT = "1.2.826.0.1.3680043.10.7";

/** A CT study, native pixel data only. */
export const CT_STUDY = `${ROOT}.1`;
/** A slide microscopy study in JPEG Baseline. */
export const SLIDE_STUDY = `${ROOT}.2`;
/** A study whose pixel data is compressed without loss, an instance in each of three ways. */
export const LOSSLESS_STUDY = `${ROOT}.3`;

/** A study of one MPEG-2 video: its frames lie in one fragment, and cannot be told apart. */
export const VIDEO_STUDY = `${ROOT}.4`;

export const JPEG_LS_LOSSLESS = "1.2.840.10008.1.2.4.80";
export const MPEG2_MAIN = "1.2.840.10008.1.2.4.100";
const WHOLE_SLIDE_IMAGE = "1.2.840.10008.5.1.4.1.1.77.1.6";

/** A private value, too long to be in metadata. */
export const PRIVATE_BULK: Uint8Array = Uint8Array.from({ length: 3000 }, (_, i) => i & 0xff);
/** ICC profile inside a sequence, where slides have it. */
export const ICC_PROFILE: Uint8Array = Uint8Array.from({ length: 2000 }, (_, i) => (7 * i) & 0xff);
/** The stream of the video. */
export const VIDEO: Uint8Array = Uint8Array.from({ length: 500 }, (_, i) => (3 * i) & 0xff);

/** Paths of bulk data as they stand in a BulkDataURI. */
export const PATHS = {
  pixels: "7FE00010",
  privateBulk: "00431029",
  iccProfile: "00480105/1/00282000",
} as const;

const EIGHT_BITS = [
  value(0x00280100, "US", [8]),
  value(0x00280101, "US", [8]),
  value(0x00280102, "US", [7]),
];
const PRIVATE = [value(0x00430010, "LO", "ACME"), value(0x00431029, "OB", PRIVATE_BULK)];
const SLIDE = [
  value(0x00080060, "CS", "SM"),
  value(0x00080016, "UI", WHOLE_SLIDE_IMAGE),
  sequence(0x00480105, [[value(0x00282000, "OB", ICC_PROFILE)]]),
  ...EIGHT_BITS,
];

/** By name, in the order in which they are stored. */
export const INSTANCES = {
  ct1: instance(1, 1, 1, { patientName: "Doe^Jane", elements: PRIVATE }),
  ct2: instance(1, 1, 2, { patientName: "Doe^Jane" }),
  multiframe: instance(1, 2, 1, { patientName: "Doe^Jane", frames: 3 }),
  implicit: instance(1, 3, 1, { patientName: "Doe^Jane", transferSyntaxUID: SYNTAX.implicit }),
  bigEndian: instance(1, 3, 2, { patientName: "Doe^Jane", transferSyntaxUID: SYNTAX.bigEndian }),
  deflated: instance(1, 3, 3, { patientName: "Doe^Jane", transferSyntaxUID: SYNTAX.deflated }),
  slide: instance(2, 1, 1, {
    patientName: "Roe^Richard",
    patientID: "PID2",
    studyDate: "20250607",
    frames: 3,
    transferSyntaxUID: SYNTAX.jpegBaseline,
    pixels: GRAYS.map(({ bytes }) => bytes),
    elements: SLIDE,
  }, GRAYS.map(({ gray }) => new Uint8Array(16).fill(gray))),
  rle: compressed(1, SYNTAX.rle, COUNTING.rle),
  jpegLs: compressed(2, JPEG_LS_LOSSLESS, COUNTING.jpegLs),
  jpeg2000: compressed(3, SYNTAX.jpeg2000Lossless, COUNTING.jpeg2000),
  video: instance(4, 1, 1, {
    patientName: "Moe^Mary",
    patientID: "PID4",
    studyDate: "20230401",
    frames: 25,
    transferSyntaxUID: MPEG2_MAIN,
    pixels: [VIDEO],
    elements: [value(0x00080060, "CS", "ES")],
  }, []),
} as const;

/** Path of an instance below the DICOMweb root. */
export function pathOf(instance: ClientInstance): string {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = instance;
  return `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`;
}

/** Runs a test against a server of its own that holds the INSTANCES. */
export async function withClientArchive(
  test: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await startServer();
  try {
    const files = Object.values(INSTANCES).map(({ file }) => file);
    const response = await stow(server.dicomweb, files);
    assertEquals(response.status, 200, await response.text());
    await test(server);
  } finally {
    await server.stop();
  }
}

function instance(
  study: number,
  series: number,
  number: number,
  options: CtOptions,
  decoded?: readonly Uint8Array[],
): ClientInstance {
  const StudyInstanceUID = `${ROOT}.${study}`;
  const SeriesInstanceUID = `${StudyInstanceUID}.${series}`;
  const SOPInstanceUID = `${SeriesInstanceUID}.${number}`;
  const TransferSyntaxUID = options.transferSyntaxUID ?? SYNTAX.explicit;
  const file = ctInstance({
    ...options,
    // Of a study the series come in the order of their numbers.
    elements: [...options.elements ?? [], value(0x00200011, "IS", String(series))],
    studyInstanceUID: StudyInstanceUID,
    seriesInstanceUID: SeriesInstanceUID,
    sopInstanceUID: SOPInstanceUID,
    instanceNumber: number,
  });
  const native = Array.from({ length: options.frames ?? 1 }, (_, frame) => nativeFrame(frame));
  return {
    StudyInstanceUID,
    SeriesInstanceUID,
    SOPInstanceUID,
    TransferSyntaxUID,
    file: new Uint8Array(file),
    frames: options.pixels ?? native,
    decoded: decoded ?? native,
  };
}

function compressed(number: number, transferSyntaxUID: string, frame: Uint8Array): ClientInstance {
  return instance(3, 1, number, {
    patientName: "Poe^Edgar",
    patientID: "PID3",
    studyDate: "20240301",
    transferSyntaxUID,
    pixels: [frame],
  });
}

/** 4 x 4 pixels that count on from frame to frame, as the builder makes them. */
function nativeFrame(frame: number): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 16; i++) view.setUint16(2 * i, 16 * frame + i, true);
  return bytes;
}
