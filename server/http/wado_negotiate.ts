/**
 * Which representation a retrieval gets: media type, packaging and transfer syntax, chosen from
 * what the client accepts and how each instance is stored (PS3.18 8.7.3, 8.7.8, 10.4.4).
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN, isValidUID, transferSyntax } from "../../lib/dicom/uids.ts";
import { type AcceptRange, accepts, preferredOffer } from "../../lib/multipart/accept.ts";
import { notAcceptable } from "./negotiate.ts";
import { Problem } from "./problem.ts";
import { OCTET_STREAM, type PixelEncoding, pixelEncoding } from "./pixel_media_types.ts";

/** One body for one representation, or multipart/related. */
export type Packaging = "single" | "multipart";

/** How an instance is sent: its stored bytes, or as a file in Explicit VR Little Endian. */
export type InstanceForm = "stored" | "explicit";

/** What a request for instances gets. */
export type InstanceChoice =
  | {
    readonly kind: "instances";
    readonly packaging: Packaging;
    /** Transfer syntaxes asked for, the preferred first: a UID, `*`, or undefined where none is named. */
    readonly transferSyntaxes: readonly (string | undefined)[];
  }
  /** The historical request for bulk data (PS3.18 10.4.4 note 2). */
  | { readonly kind: "bulkdata" }
  /** One archive of all of them, as they are stored. */
  | { readonly kind: "zip" };

/** Transfer syntaxes looked at of one Accept value: they become part of the ETag. */
export const MAX_TRANSFER_SYNTAXES = 10;

const DICOM = "application/dicom";
const MULTIPART = "multipart/related";

const MULTIPART_DICOM = { essence: MULTIPART, type: DICOM, kind: "instances" } as const;
const SINGLE_DICOM = { essence: DICOM, kind: "instances" } as const;
const ZIP = { essence: "application/zip", kind: "zip" } as const;
const MULTIPART_BULKDATA = { essence: MULTIPART, type: OCTET_STREAM, kind: "bulkdata" } as const;

/** Chooses for a study, series (`single` false) or instance. Throws Problem 406. */
export function negotiateInstances(
  ranges: readonly AcceptRange[],
  single: boolean,
): InstanceChoice {
  const offers = [
    MULTIPART_DICOM,
    ...(single ? [SINGLE_DICOM] : []),
    MULTIPART_BULKDATA,
    ...(ranges.some(namesZip) ? [ZIP] : []),
  ];
  const offer = preferredOffer(ranges, offers);
  if (offer === undefined) {
    throw notAcceptable([
      `${MULTIPART}; type="${DICOM}"`,
      `${MULTIPART}; type="${DICOM}"; transfer-syntax=*`,
      ...(single ? [DICOM] : []),
      ZIP.essence,
    ]);
  }
  if (offer.kind === "bulkdata" || offer.kind === "zip") return { kind: offer.kind };
  const named = ranges.filter((range) => accepts(range, offer, ranges))
    .map((range) => range.transferSyntax)
    .filter((uid) => uid === undefined || uid === "*" || isValidUID(uid));
  return {
    kind: "instances",
    packaging: offer.essence === DICOM ? "single" : "multipart",
    transferSyntaxes: [...new Set(named)].slice(0, MAX_TRANSFER_SYNTAXES),
  };
}

/** Only who names it gets an archive, and only who takes instances as they are stored. */
function namesZip({ essence, transferSyntax }: AcceptRange): boolean {
  return essence === ZIP.essence && (transferSyntax === undefined || transferSyntax === "*");
}

/** Syntaxes whose data sets lib/dicom/reencode.ts turns into Explicit VR Little Endian whole. */
function isConvertible(transferSyntaxUID: string): boolean {
  const syntax = transferSyntax(transferSyntaxUID);
  // Where pixels lie elsewhere (JPIP), the data set does not stand for the instance.
  return syntax !== undefined && !syntax.encapsulated && syntax.lossy === "lossless";
}

/**
 * The form of an instance that serves the first of the transfer syntaxes that can be served;
 * undefined where none can. Compressed pixel data is given as it is stored: to who asks for that
 * syntax or any, and, where it is lossy, to who names none (PS3.18 8.7.3.4). A damaged object is
 * given as it is stored or not at all: written anew it would look sound.
 */
export function instanceForm(
  transferSyntaxes: readonly (string | undefined)[],
  stored: {
    readonly TransferSyntaxUID: string;
    readonly dataSetOffset: number;
    readonly damage?: string;
  },
): InstanceForm | undefined {
  const storedUID = stored.TransferSyntaxUID;
  for (const wanted of transferSyntaxes) {
    if (wanted === "*") return "stored";
    if (wanted === undefined || wanted === EXPLICIT_VR_LITTLE_ENDIAN) {
      const isFile = storedUID === EXPLICIT_VR_LITTLE_ENDIAN && stored.dataSetOffset > 0;
      if (isFile) return "stored";
      if (isConvertible(storedUID) && stored.damage === undefined) return "explicit";
      const lossy = transferSyntax(storedUID)?.lossy !== "lossless";
      if (wanted === undefined && lossy) return "stored";
    } else if (wanted === storedUID) return "stored";
  }
  return undefined;
}

/** How one piece of bulk data is sent. */
export interface BulkChoice {
  readonly packaging: Packaging;
  /** Of the bytes, or of each part. */
  readonly mediaType: string;
}

/**
 * Chooses how pixel data is sent; undefined where it cannot be sent as asked. `packagings`: what is
 * possible, what the client gets who leaves it open first.
 */
export function choosePixels(
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  transferSyntaxUID: string,
): BulkChoice | undefined {
  const encoding = pixelEncoding(transferSyntaxUID);
  for (const range of ranges) {
    for (const packaging of packagings) {
      for (const mediaType of encoding.mediaTypes) {
        if (!accepts(range, offerOf(packaging, mediaType), ranges)) continue;
        if (servesAsNamed(encoding, mediaType, range.transferSyntax)) {
          return { packaging, mediaType };
        }
      }
      // Who asks for octets in any syntax gets the stored ones, under their own name.
      const octets = accepts(range, offerOf(packaging, OCTET_STREAM), ranges);
      if (octets && servesAsOctets(encoding, range.transferSyntax)) {
        return { packaging, mediaType: encoding.mediaTypes[0]! };
      }
    }
  }
  return undefined;
}

/** Chooses how bytes are sent that have no form but their own; undefined where they cannot be. */
export function chooseOctets(
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
): BulkChoice | undefined {
  for (const range of ranges) {
    const packaging = packagings.find((each) =>
      accepts(range, offerOf(each, OCTET_STREAM), ranges)
    );
    if (packaging !== undefined) return { packaging, mediaType: OCTET_STREAM };
  }
  return undefined;
}

/** The refusal to give pixel data as asked: it is given as it is stored, or not at all. */
export function pixelsNotAcceptable(
  transferSyntaxUID: string,
  packagings: readonly Packaging[],
): Problem {
  const { mediaTypes, transferSyntaxUID: sent, uncompressed } = pixelEncoding(transferSyntaxUID);
  const mediaType = mediaTypes[0]!;
  const name = transferSyntax(transferSyntaxUID)?.name ?? "a private transfer syntax";
  const possible = packagings.map((packaging) =>
    packaging === "single"
      ? withTransferSyntax(mediaType, sent)
      : withTransferSyntax(`${MULTIPART}; type="${mediaType}"`, sent)
  );
  const reason = uncompressed
    ? "Pixel data is given uncompressed"
    : `Pixel data is stored as ${name} and given only so`;
  return new Problem(406, `${reason}; ask for one of: ${possible.join(", ")}.`);
}

/** A media type with the `transfer-syntax` parameter that PS3.18 8.7.3.5.2 gives it. */
export function withTransferSyntax(mediaType: string, transferSyntaxUID: string): string {
  return `${mediaType}; transfer-syntax=${transferSyntaxUID}`;
}

function offerOf(packaging: Packaging, mediaType: string) {
  return packaging === "single" ? { essence: mediaType } : { essence: MULTIPART, type: mediaType };
}

/**
 * A client that names the compressed media type, or takes any, and no syntax gets what is stored:
 * the parameter of the answer says which process made it.
 */
function servesAsNamed(
  encoding: PixelEncoding,
  mediaType: string,
  wanted: string | undefined,
): boolean {
  // Compressed bytes without a media type of their own are named only by their syntax.
  if (mediaType === OCTET_STREAM && !encoding.uncompressed) return false;
  return wanted === undefined || wanted === "*" || wanted === encoding.transferSyntaxUID;
}

function servesAsOctets(encoding: PixelEncoding, wanted: string | undefined): boolean {
  if (wanted === undefined) return encoding.lossy;
  return wanted === "*" || wanted === encoding.transferSyntaxUID;
}
