/**
 * Transfer syntaxes (PS3.5 8.2, A and PS3.6 Table A-1, retired ones included) and the form of
 * unique identifiers (PS3.5 9.1).
 * @module
 */

/** How a data set is written, and what became of its pixel data. */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly explicitVR: boolean;
  readonly littleEndian: boolean;
  /** True where the whole data set is deflated (PS3.5 A.5). */
  readonly deflated: boolean;
  /** True where pixel data is a sequence of fragments (PS3.5 A.4). */
  readonly encapsulated: boolean;
  /** What the encoding does to pixels; `either` where the syntax leaves it to the encoder. */
  readonly lossy: "lossless" | "lossy" | "either";
}

/** Implicit VR Little Endian, the default of DICOM. */
export const IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2";
/** Explicit VR Little Endian, the default of DICOMweb (PS3.18 8.7.3.5.2). */
export const EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
/** Deflated Explicit VR Little Endian. */
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99";
/** Explicit VR Big Endian (retired). */
export const EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2";

const NATIVE: readonly TransferSyntax[] = [
  native(IMPLICIT_VR_LITTLE_ENDIAN, "Implicit VR Little Endian", { explicitVR: false }),
  native(EXPLICIT_VR_LITTLE_ENDIAN, "Explicit VR Little Endian"),
  native(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, "Deflated Explicit VR Little Endian", {
    deflated: true,
  }),
  native(EXPLICIT_VR_BIG_ENDIAN, "Explicit VR Big Endian", { littleEndian: false }),
  native("1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian", { explicitVR: false }),
  // The pixels of these are elsewhere: the data set holds a Pixel Data Provider URL (PS3.5 A.6, A.7)
  // or travels beside the stream (PS3.22).
  native("1.2.840.10008.1.2.4.94", "JPIP Referenced", { lossy: "either" }),
  native("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", { deflated: true, lossy: "either" }),
  native("1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", { lossy: "either" }),
  native("1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", {
    deflated: true,
    lossy: "either",
  }),
  native(
    "1.2.840.10008.1.2.7.1",
    "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
  ),
  native(
    "1.2.840.10008.1.2.7.2",
    "SMPTE ST 2110-20 Uncompressed Interlaced Active Video",
  ),
  native("1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio"),
];

/** Encapsulated syntaxes: all of them are Explicit VR Little Endian (PS3.5 A.4). */
const ENCAPSULATED: readonly TransferSyntax[] = ([
  ["1.98", "Encapsulated Uncompressed Explicit VR Little Endian", "lossless"],
  ["4.50", "JPEG Baseline (Process 1)", "lossy"],
  ["4.51", "JPEG Extended (Process 2 and 4)", "lossy"],
  ["4.52", "JPEG Extended (Process 3 and 5)", "lossy"],
  ["4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)", "lossy"],
  ["4.54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)", "lossy"],
  ["4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)", "lossy"],
  ["4.56", "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)", "lossy"],
  ["4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", "lossless"],
  ["4.58", "JPEG Lossless, Non-Hierarchical (Process 15)", "lossless"],
  ["4.59", "JPEG Extended, Hierarchical (Process 16 and 18)", "lossy"],
  ["4.60", "JPEG Extended, Hierarchical (Process 17 and 19)", "lossy"],
  ["4.61", "JPEG Spectral Selection, Hierarchical (Process 20 and 22)", "lossy"],
  ["4.62", "JPEG Spectral Selection, Hierarchical (Process 21 and 23)", "lossy"],
  ["4.63", "JPEG Full Progression, Hierarchical (Process 24 and 26)", "lossy"],
  ["4.64", "JPEG Full Progression, Hierarchical (Process 25 and 27)", "lossy"],
  ["4.65", "JPEG Lossless, Hierarchical (Process 28)", "lossless"],
  ["4.66", "JPEG Lossless, Hierarchical (Process 29)", "lossless"],
  [
    "4.70",
    "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
    "lossless",
  ],
  ["4.80", "JPEG-LS Lossless Image Compression", "lossless"],
  ["4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", "either"],
  ["4.90", "JPEG 2000 Image Compression (Lossless Only)", "lossless"],
  ["4.91", "JPEG 2000 Image Compression", "either"],
  ["4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", "lossless"],
  ["4.93", "JPEG 2000 Part 2 Multi-component Image Compression", "either"],
  ["4.100", "MPEG2 Main Profile / Main Level", "lossy"],
  ["4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", "lossy"],
  ["4.101", "MPEG2 Main Profile / High Level", "lossy"],
  ["4.101.1", "Fragmentable MPEG2 Main Profile / High Level", "lossy"],
  ["4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", "lossy"],
  ["4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", "lossy"],
  ["4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "lossy"],
  ["4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "lossy"],
  ["4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", "lossy"],
  ["4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", "lossy"],
  ["4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", "lossy"],
  ["4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", "lossy"],
  ["4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "lossy"],
  ["4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "lossy"],
  ["4.107", "HEVC/H.265 Main Profile / Level 5.1", "lossy"],
  ["4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", "lossy"],
  ["4.110", "JPEG XL Lossless", "lossless"],
  ["4.111", "JPEG XL JPEG Recompression", "lossy"],
  ["4.112", "JPEG XL", "either"],
  ["4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", "lossless"],
  [
    "4.202",
    "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
    "lossless",
  ],
  ["4.203", "High-Throughput JPEG 2000 Image Compression", "either"],
  ["5", "RLE Lossless", "lossless"],
  ["6.1", "RFC 2557 MIME encapsulation", "either"],
  ["6.2", "XML Encoding", "either"],
  // Each frame is deflated, the data set around it is not (PS3.5 A.4.13).
  ["8.1", "Deflated Image Frame Compression", "lossless"],
] as const).map(([suffix, name, lossy]) => ({
  uid: `1.2.840.10008.1.2.${suffix}`,
  name,
  explicitVR: true,
  littleEndian: true,
  deflated: false,
  encapsulated: true,
  lossy,
}));

/** Every transfer syntax of the standard, by UID. */
export const TRANSFER_SYNTAXES: ReadonlyMap<string, TransferSyntax> = new Map(
  [...NATIVE, ...ENCAPSULATED].map((syntax) => [syntax.uid, syntax]),
);

/**
 * The transfer syntax of a UID. One that the standard does not name (a vendor's own, or one that
 * is newer than this table) is undefined; PS3.5 10.1 and A.4 leave such a syntax only Explicit VR
 * Little Endian with encapsulated pixel data, so that is how it can be read.
 */
export function transferSyntax(uid: string): TransferSyntax | undefined {
  return TRANSFER_SYNTAXES.get(uid);
}

/** True where the text is a UID as PS3.5 9.1 has it: up to 64 characters, no component with leading zeros. */
export function isValidUID(text: string): boolean {
  return text.length <= 64 && /^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*$/.test(text);
}

/**
 * True for what can stand for a UID in a URL and as a key. Real systems send UIDs that break PS3.5
 * 9.1 (letters, leading zeros, too many digits); nothing is gained by losing their images, and what
 * is stored must be found and retrieved.
 */
export function isUsableUID(text: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z.-]{0,127}$/.test(text);
}

function native(
  uid: string,
  name: string,
  differences: Partial<TransferSyntax> = {},
): TransferSyntax {
  return {
    uid,
    name,
    explicitVR: true,
    littleEndian: true,
    deflated: false,
    encapsulated: false,
    lossy: "lossless",
    ...differences,
  };
}
