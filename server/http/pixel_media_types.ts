/**
 * Media types of compressed pixel data (PS3.18 table 8.7.3-5) and the names that clients used
 * before the standard settled on one.
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";

/** What uncompressed bytes are sent as (PS3.18 table 8.7.3-4), and those for which there is no name. */
export const OCTET_STREAM = "application/octet-stream";

/** Native frames wrapped in items: without the items they are native frames. */
const ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98";

const BY_SYNTAX: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "image/jpeg": "4.50 4.51 4.52 4.53 4.54 4.55 4.56 4.57 4.58 4.59 4.60 4.61 4.62 4.63 4.64 " +
      "4.65 4.66 4.70",
    "image/dicom-rle": "5",
    "image/jls": "4.80 4.81",
    "image/jp2": "4.90 4.91",
    "image/jpx": "4.92 4.93",
    "image/jphc": "4.201 4.202 4.203",
    "image/jxl": "4.110 4.111 4.112",
    "video/mpeg": "4.100 4.100.1 4.101 4.101.1",
    "video/mp4": "4.102 4.102.1 4.103 4.103.1 4.104 4.104.1 4.105 4.105.1 4.106 4.106.1",
    "video/h265": "4.107 4.108",
  }).flatMap(([mediaType, suffixes]) =>
    suffixes.split(" ").map((suffix) => [`1.2.840.10008.1.2.${suffix}`, mediaType] as const)
  ),
);

/**
 * Experimental names (PS3.18 8.7.3.3.2 note 3), those of other editions, and those that clients ask
 * for: `image/dicom+jpeg` OHIF, `image/jhc` the npm and `video/mpeg2` both dicomweb-clients.
 */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  "image/jpeg": ["image/dicom+jpeg"],
  "image/dicom-rle": [
    "image/x-dicom-rle",
    "image/x-dicom+rle",
    "application/x-dicom-rle",
  ],
  "image/jls": ["image/x-jls"],
  "image/jphc": ["image/jhc"],
  "video/mpeg": ["video/mpeg2"],
};

/** How the pixel data of a transfer syntax is sent. */
export interface PixelEncoding {
  /** The standard's media type first, then the names that mean the same; lower case. */
  readonly mediaTypes: readonly string[];
  /** For the `transfer-syntax` parameter. */
  readonly transferSyntaxUID: string;
  /** The bytes are pixels: what Explicit VR Little Endian has. */
  readonly uncompressed: boolean;
  /** Pixels were or may have been lost. */
  readonly lossy: boolean;
}

/** How pixel data stored in a transfer syntax is sent; unknown syntaxes count as compressed. */
export function pixelEncoding(transferSyntaxUID: string): PixelEncoding {
  const syntax = transferSyntax(transferSyntaxUID);
  if (syntax?.encapsulated === false || transferSyntaxUID === ENCAPSULATED_UNCOMPRESSED) {
    return {
      mediaTypes: [OCTET_STREAM],
      transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
      uncompressed: true,
      lossy: false,
    };
  }
  const mediaType = BY_SYNTAX.get(transferSyntaxUID) ?? OCTET_STREAM;
  return {
    mediaTypes: [mediaType, ...ALIASES[mediaType] ?? []],
    transferSyntaxUID,
    uncompressed: false,
    lossy: syntax?.lossy !== "lossless",
  };
}

/** A media type that pixel data can be made into, with its transfer syntaxes, the default first. */
interface MadeMediaType {
  readonly mediaType: string;
  readonly syntaxes: readonly string[];
}

/**
 * What pixel data may be made into, by the standard's names, in the order in which a client gets
 * it who takes several: uncompressed first.
 */
export const STANDARD_MADE: readonly MadeMediaType[] = ([
  [OCTET_STREAM, "1"],
  ["image/jpeg", "4.70", "4.50"],
  ["image/jls", "4.80", "4.81"],
  ["image/jp2", "4.90", "4.91"],
  ["image/jphc", "4.201", "4.202", "4.203"],
  ["image/dicom-rle", "5"],
] as const).map(([mediaType, ...suffixes]) => ({
  mediaType,
  syntaxes: suffixes.map((suffix) => `1.2.840.10008.1.2.${suffix}`),
}));

/** Those of them in which something is lost whenever pixels are made anew. */
export const LOSSY_MADE: ReadonlySet<string> = new Set(
  ["4.50", "4.81", "4.91", "4.203"].map((suffix) => `1.2.840.10008.1.2.${suffix}`),
);

/** The same under every name. */
export const MADE_MEDIA_TYPES: readonly MadeMediaType[] = STANDARD_MADE.flatMap((made) =>
  [made.mediaType, ...ALIASES[made.mediaType] ?? []].map((mediaType) => ({ ...made, mediaType }))
);

/** Every media type that a bulk value may have. */
export const BULK_MEDIA_TYPES: readonly string[] = [
  OCTET_STREAM,
  ...[...new Set(BY_SYNTAX.values())].flatMap((name) => [name, ...ALIASES[name] ?? []]),
  "application/pdf",
  "text/xml",
  "model/stl",
  "model/obj",
  "model/mtl",
];
