/**
 * Which representation a retrieval gets: media type, packaging and transfer syntax, chosen from
 * what the client accepts and how each instance is stored (PS3.18 8.7.3, 8.7.8, 10.4.4).
 * @module
 */
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  isValidUID,
  transferSyntax,
} from "../../lib/dicom/uids.ts";
import { type AcceptRange, accepts, preferredOffer } from "../../lib/multipart/accept.ts";
import { notAcceptable } from "./negotiate.ts";
import { Problem } from "./problem.ts";
import {
  BULK_MEDIA_TYPES,
  LOSSY_MADE,
  MADE_MEDIA_TYPES,
  OCTET_STREAM,
  type PixelEncoding,
  pixelEncoding,
  STANDARD_MADE,
} from "./pixel_media_types.ts";

/** One body for one representation, or multipart/related. */
export type Packaging = "single" | "multipart";

/** How an instance is sent. */
export type InstanceForm =
  /** Its stored bytes. */
  | { readonly kind: "stored" }
  /** As a file in Explicit VR Little Endian, pixel data as it is but for the order of its bytes. */
  | { readonly kind: "explicit" }
  /** As a file that is written anew in this transfer syntax, frame by frame. */
  | { readonly kind: "written"; readonly transferSyntaxUID: string };

/** Why something cannot be given in a transfer syntax, as one clause; undefined where it can. */
export type Obstacle<Answer = string | undefined> = (transferSyntaxUID: string) => Answer;

/** Transfer syntaxes that a client likes equally well; see InstanceChoice. */
export type Wanted = readonly (string | undefined)[];

/** What a request for instances gets. */
export type InstanceChoice =
  | {
    readonly kind: "instances";
    readonly packaging: Packaging;
    /**
     * Transfer syntaxes asked for, the preferred first, those that are liked equally well together:
     * a UID, `*`, or undefined where none is named.
     */
    readonly transferSyntaxes: readonly Wanted[];
    /** Name of the profile by which they are de-identified; undefined: they are not. */
    readonly anonymize?: string | undefined;
    /** Whether Implicit VR Little Endian is given, which WADO-RS forbids. */
    readonly implicit?: boolean;
  }
  /** The historical request for bulk data (PS3.18 10.4.4 note 2). */
  | { readonly kind: "bulkdata" }
  /** One archive of all of them, as they are stored. */
  | { readonly kind: "zip" };

/** Transfer syntaxes looked at of one Accept value: they become part of the ETag. */
const MAX_TRANSFER_SYNTAXES = 10;

const DICOM = "application/dicom";
const MULTIPART = "multipart/related";

const MULTIPART_DICOM = { essence: MULTIPART, type: DICOM, kind: "instances" } as const;
const SINGLE_DICOM = { essence: DICOM, kind: "instances" } as const;
const MULTIPART_BULKDATA = BULK_MEDIA_TYPES.map((type) =>
  ({ essence: MULTIPART, type, kind: "bulkdata" }) as const
);
const ZIP = { essence: "application/zip", kind: "zip" } as const;

/** Chooses for a study, series (`single` false) or instance. Throws Problem 406. */
export function negotiateInstances(
  ranges: readonly AcceptRange[],
  single: boolean,
): InstanceChoice {
  const offers = [
    MULTIPART_DICOM,
    ...(single ? [SINGLE_DICOM] : []),
    ...MULTIPART_BULKDATA,
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
    .filter(({ transferSyntax: uid }) => uid === undefined || uid === "*" || isValidUID(uid))
    .slice(0, MAX_TRANSFER_SYNTAXES);
  return {
    kind: "instances",
    packaging: offer.essence === DICOM ? "single" : "multipart",
    transferSyntaxes: byWeight(named)
      .map((group) => [...new Set(group.map(({ transferSyntax }) => transferSyntax))]),
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

/** Ranges in groups of one weight, in their order. */
function byWeight(ranges: readonly AcceptRange[]): AcceptRange[][] {
  return [...Map.groupBy(ranges, ({ q }) => q).values()];
}

/**
 * The form of an instance that serves what the client likes best of what can be served; undefined
 * where nothing can. Of what it likes equally well it gets what is stored, then what loses nothing.
 * Where no syntax is named, lossy pixel data is given as it is stored (PS3.18 8.7.3.4). A damaged
 * object is given as it is stored or not at all: written anew it would look sound. `obstacle` is asked
 * only where pixel data has to be made anew; `implicit` says that Implicit VR Little Endian may be
 * written.
 */
export async function instanceForm(
  transferSyntaxes: readonly Wanted[],
  stored: {
    readonly TransferSyntaxUID: string;
    readonly dataSetOffset: number;
    readonly damage?: string;
  },
  obstacle: Obstacle<Promise<string | undefined>>,
  implicit = false,
): Promise<InstanceForm | undefined> {
  const { TransferSyntaxUID: storedUID, damage, dataSetOffset } = stored;
  const isFile = storedUID !== EXPLICIT_VR_LITTLE_ENDIAN || dataSetOffset > 0;
  for (const group of transferSyntaxes) {
    const wanted = new Set(group.map((uid) => uid ?? EXPLICIT_VR_LITTLE_ENDIAN));
    if (wanted.has("*") || wanted.has(storedUID) && isFile) return { kind: "stored" };
    if (damage === undefined) {
      if (wanted.has(EXPLICIT_VR_LITTLE_ENDIAN) && isConvertible(storedUID)) {
        return { kind: "explicit" };
      }
      const isUnnamedLossy = group.includes(undefined) && isLossy(storedUID);
      // Uncompressed, it would only be larger.
      if (isUnnamedLossy && !group.includes(EXPLICIT_VR_LITTLE_ENDIAN)) {
        wanted.delete(EXPLICIT_VR_LITTLE_ENDIAN);
      }
      for (const lossless of [true, false]) {
        for (const target of wanted) {
          const isWritten = isMade(target) || implicit && target === IMPLICIT_VR_LITTLE_ENDIAN;
          if (!isWritten || LOSSY_MADE.has(target) === lossless) continue;
          if (await obstacle(target) !== undefined) continue;
          return { kind: "written", transferSyntaxUID: target };
        }
      }
    }
    if (group.includes(undefined) && isLossy(storedUID)) return { kind: "stored" };
  }
  return undefined;
}

/** True where pixels were or may have been lost. */
function isLossy(storedUID: string): boolean {
  return transferSyntax(storedUID)?.lossy !== "lossless";
}

/** Syntaxes that retrieval may make: PS3.18 8.7.3.4 forbids the other native ones. */
export function isMade(uid: string): boolean {
  const syntax = transferSyntax(uid);
  return syntax !== undefined && (syntax.encapsulated || NATIVE_MADE.has(uid));
}

const NATIVE_MADE: ReadonlySet<string> = new Set([
  EXPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
]);

/** How one piece of bulk data is sent. */
export interface BulkChoice {
  readonly packaging: Packaging;
  /** Of the bytes, or of each part. */
  readonly mediaType: string;
}

/** How pixel data is sent. */
export interface PixelChoice extends BulkChoice {
  /** Of the bytes, for the `transfer-syntax` parameter. */
  readonly transferSyntaxUID: string;
  /** Whether they have to be made out of the stored ones. */
  readonly transcoded: boolean;
}

/**
 * Chooses how pixel data is sent; undefined where it cannot be sent as asked. Of what the client
 * likes equally well it gets what is stored, then what loses nothing. `packagings`: what is possible, what the client gets
 * who leaves it open first.
 */
export function choosePixels(
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  storedUID: string,
  obstacle: Obstacle,
): PixelChoice | undefined {
  const losing = (uid: string) => LOSSY_MADE.has(uid) ? obstacle(uid) : "it loses nothing";
  const losingNothing = (uid: string) => LOSSY_MADE.has(uid) ? "it loses something" : obstacle(uid);
  for (const group of byWeight(ranges)) {
    for (const range of group) {
      const found = storedChoice(range, ranges, packagings, storedUID);
      if (found !== undefined) return found;
    }
    for (const hindered of [losingNothing, losing]) {
      for (const range of group) {
        const found = madeChoice(range, ranges, packagings, storedUID, hindered);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function storedChoice(
  range: AcceptRange,
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  storedUID: string,
): PixelChoice | undefined {
  const encoding = pixelEncoding(storedUID);
  const { transferSyntaxUID } = encoding;
  const chosen = (packaging: Packaging, mediaType: string) => (
    { packaging, mediaType, transferSyntaxUID, transcoded: false }
  );
  for (const packaging of packagings) {
    for (const mediaType of encoding.mediaTypes) {
      if (!accepts(range, offerOf(packaging, mediaType), ranges)) continue;
      if (servesAsNamed(encoding, mediaType, range.transferSyntax)) {
        return chosen(packaging, mediaType);
      }
    }
    // Who asks for octets in any syntax gets the stored ones, under their own name.
    const octets = accepts(range, offerOf(packaging, OCTET_STREAM), ranges);
    if (octets && servesAsOctets(encoding, range)) {
      return chosen(packaging, encoding.mediaTypes[0]!);
    }
  }
  return undefined;
}

function madeChoice(
  range: AcceptRange,
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  storedUID: string,
  obstacle: Obstacle,
): PixelChoice | undefined {
  for (const packaging of packagings) {
    for (const { mediaType, syntaxes } of MADE_MEDIA_TYPES) {
      if (!accepts(range, offerOf(packaging, mediaType), ranges)) continue;
      const { transferSyntax: named } = range;
      // The first is the default of the media type (PS3.18 table 8.7.3-5).
      const wanted = named === undefined || named === "*" ? syntaxes[0]! : named;
      if (wanted === storedUID || !syntaxes.includes(wanted)) continue;
      if (obstacle(wanted) !== undefined) continue;
      return { packaging, mediaType, transferSyntaxUID: wanted, transcoded: true };
    }
  }
  return undefined;
}

/**
 * Chooses how bytes are sent that have no form but their own; undefined where they cannot be.
 * `own`: their media type, where they have one.
 */
export function chooseOctets(
  ranges: readonly AcceptRange[],
  packagings: readonly Packaging[],
  own?: string,
): BulkChoice | undefined {
  const mediaTypes = own === undefined ? [OCTET_STREAM] : [OCTET_STREAM, own];
  for (const range of ranges) {
    for (const mediaType of mediaTypes) {
      const packaging = packagings.find((each) => accepts(range, offerOf(each, mediaType), ranges));
      if (packaging !== undefined) return { packaging, mediaType };
    }
  }
  return undefined;
}

/** The refusal to give pixel data as asked, with what is possible. */
export function pixelsNotAcceptable(
  transferSyntaxUID: string,
  packagings: readonly Packaging[],
  obstacle: Obstacle,
): Problem {
  const { mediaTypes, transferSyntaxUID: sent, uncompressed } = pixelEncoding(transferSyntaxUID);
  const name = transferSyntax(transferSyntaxUID)?.name ?? "a private transfer syntax";
  const forms = [
    { mediaType: mediaTypes[0]!, uid: sent },
    ...STANDARD_MADE.flatMap(({ mediaType, syntaxes }) =>
      syntaxes.filter((uid) => uid !== sent && obstacle(uid) === undefined)
        .map((uid) => ({ mediaType, uid }))
    ),
  ];
  const possible = forms.flatMap(({ mediaType, uid }) =>
    packagings.map((packaging) =>
      withTransferSyntax(
        packaging === "single" ? mediaType : `${MULTIPART}; type="${mediaType}"`,
        uid,
      )
    )
  );
  const native = obstacle(EXPLICIT_VR_LITTLE_ENDIAN);
  const reason = uncompressed
    ? "Pixel data is stored uncompressed and not given as asked"
    : `Pixel data is stored as ${name} and not given as asked` +
      (native === undefined ? "" : `: ${native}`);
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

/** Where no syntax is named and any media type is taken, lossy pixels stay as they are. */
function servesAsOctets(encoding: PixelEncoding, range: AcceptRange): boolean {
  const { transferSyntax: wanted } = range;
  if (wanted !== undefined) return wanted === "*" || wanted === encoding.transferSyntaxUID;
  return encoding.lossy && (range.type ?? range.essence) !== OCTET_STREAM;
}
