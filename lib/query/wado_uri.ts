/**
 * The URL of a WADO-URI request (PS3.18 9) as plain data. A parameter that has no meaning for what
 * is asked is left out with a warning that names it; one with a value that it cannot have, or beside
 * another that excludes it, is an error.
 * @module
 */
import { isUsableUID, isValidUID } from "../dicom/uids.ts";
import { DecodeError } from "../errors.ts";
import { type AcceptRange, parseAccept } from "../multipart/accept.ts";
import {
  type Annotation,
  MAX_VIEWPORT_SIDE,
  parseAnnotation,
  parseQuality,
} from "./rendered_parameters.ts";
import { decimal, groupByName, ignored, once, type Parameters, whole } from "./url_parameters.ts";

/** Rows or columns of a rendered image at least. */
const MIN_VIEWPORT_SIDE = 64;

const MAX_FRAME_NUMBER = 2 ** 31 - 1;
const DICOM = "application/dicom";

/** The instance that every request names. */
export interface WadoUriInstance {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

/** An instance as a DICOM file (PS3.18 9.4). */
export interface WadoUriDicom {
  readonly kind: "dicom";
  readonly instance: WadoUriInstance;
  /** A UID, or `*`: as it is stored. Undefined: what the standard gives who names none. */
  readonly transferSyntax: string | undefined;
  readonly anonymize: boolean;
  /** Sentences for `Warning: 299`, printable ASCII. */
  readonly warnings: readonly string[];
}

/** An instance, or a frame of it, as an image, video or text (PS3.18 9.5). */
export interface WadoUriRendered {
  readonly kind: "rendered";
  readonly instance: WadoUriInstance;
  /** The media types of `contentType`, then those of the Accept header; the preferred first. */
  readonly ranges: readonly AcceptRange[];
  /** From 1. */
  readonly frameNumber?: number;
  /** Pixels of the viewport; where one is absent, the image's own shape decides. */
  readonly rows?: number;
  readonly columns?: number;
  readonly region?: Region;
  readonly window?: { readonly center: number; readonly width: number };
  /** 1 to 100. */
  readonly quality?: number;
  readonly annotation: readonly Annotation[];
  readonly presentationState?: Pick<WadoUriInstance, "SeriesInstanceUID" | "SOPInstanceUID">;
  readonly warnings: readonly string[];
}

/** A part of the image in fractions of its width and height, from the upper left corner. */
export interface Region {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
}

/** What was asked. */
export type WadoUriRequest = WadoUriDicom | WadoUriRendered;

const COMMON = ["requestType", "studyUID", "seriesUID", "objectUID", "contentType", "charset"];
/** Names of all parameters of an instance as a file. */
export const DICOM_URI_PARAMETERS: ReadonlySet<string> = new Set([
  ...COMMON,
  "transferSyntax",
  "anonymize",
]);
/** Names of all parameters of an image. */
export const RENDERED_URI_PARAMETERS: ReadonlySet<string> = new Set([
  ...COMMON,
  "frameNumber",
  "annotation",
  "imageQuality",
  "rows",
  "columns",
  "region",
  "windowCenter",
  "windowWidth",
  "presentationUID",
  "presentationSeriesUID",
]);

/**
 * Reads the parameters of a request. `accept`: its Accept header, which decides where `contentType`
 * is not there; an image is meant where both leave it open. Throws DecodeError, LimitError for too
 * many parameters.
 */
export function parseWadoUri(search: URLSearchParams, accept: string | null): WadoUriRequest {
  const parameters = groupByName(search);
  if (once(parameters, "requestType") !== "WADO") {
    throw new DecodeError("The parameter requestType is not WADO");
  }
  const instance = {
    StudyInstanceUID: uidOf(parameters, "studyUID"),
    SeriesInstanceUID: uidOf(parameters, "seriesUID"),
    SOPInstanceUID: uidOf(parameters, "objectUID"),
  };
  const ranges = rangesOf(parameters, accept);
  return ranges[0]?.essence === DICOM
    ? dicomOf(parameters, instance)
    : renderedOf(parameters, instance, ranges);
}

/** Throws where DICOM is named beside other media types, which PS3.18 8.3.3.1 forbids. */
function rangesOf(parameters: Parameters, accept: string | null): readonly AcceptRange[] {
  const header = parseAccept(accept);
  const text = once(parameters, "contentType");
  if (text === undefined || text.trim() === "") return header;
  // An unescaped plus in a URL has become a space.
  const named = parseAccept(text.replace(/(?<=[a-z]) (?=[a-z])/gi, "+"));
  if (named.length === 0) throw new DecodeError("The parameter contentType holds no media type");
  if (
    named.some(({ parameters }) => parameters.has("transfer-syntax") || parameters.has("charset"))
  ) {
    throw new DecodeError(
      "The parameter contentType has no parameters; use transferSyntax and charset for them",
    );
  }
  const dicom = named.filter(({ essence }) => essence === DICOM).length;
  if (dicom > 0 && dicom < named.length) {
    throw new DecodeError(`The parameter contentType names ${DICOM} beside other media types`);
  }
  return [...named, ...header];
}

function dicomOf(parameters: Parameters, instance: WadoUriInstance): WadoUriDicom {
  for (const name of ["windowCenter", "windowWidth"]) {
    if (parameters.has(name)) {
      throw new DecodeError(`The parameter ${name} is for images, not for ${DICOM}`);
    }
  }
  return {
    kind: "dicom",
    instance,
    transferSyntax: transferSyntaxOf(parameters),
    anonymize: anonymizeOf(parameters),
    warnings: ignored(parameters, DICOM_URI_PARAMETERS),
  };
}

function renderedOf(
  parameters: Parameters,
  instance: WadoUriInstance,
  ranges: readonly AcceptRange[],
): WadoUriRendered {
  // Who asks for it relies on it: it is not a parameter to be ignored.
  if (parameters.has("anonymize")) {
    throw new DecodeError(`The parameter anonymize is for ${DICOM} only`);
  }
  const [annotation, warnings] = parseAnnotation(parameters);
  const frameNumber = frameNumberOf(parameters);
  const rows = sideOf(parameters, "rows");
  const columns = sideOf(parameters, "columns");
  const region = regionOf(parameters);
  const window = windowOf(parameters);
  const quality = parseQuality(parameters, "imageQuality");
  const presentationState = presentationStateOf(parameters);
  if (presentationState !== undefined && (window !== undefined || frameNumber !== undefined)) {
    throw new DecodeError(
      "A presentation state excludes frameNumber, windowCenter and windowWidth",
    );
  }
  return {
    kind: "rendered",
    instance,
    ranges,
    ...(frameNumber === undefined ? {} : { frameNumber }),
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined ? {} : { columns }),
    ...(region === undefined ? {} : { region }),
    ...(window === undefined ? {} : { window }),
    ...(quality === undefined ? {} : { quality }),
    ...(presentationState === undefined ? {} : { presentationState }),
    annotation,
    warnings: [...ignored(parameters, RENDERED_URI_PARAMETERS), ...warnings],
  };
}

/** The UID that a parameter names, which must be there. */
function uidOf(parameters: Parameters, name: string): string {
  const uid = once(parameters, name)?.trim() ?? "";
  if (isUsableUID(uid)) return uid;
  throw new DecodeError(`The parameter ${name} is not a UID`);
}

function transferSyntaxOf(parameters: Parameters): string | undefined {
  const text = once(parameters, "transferSyntax")?.trim();
  if (text === undefined || isValidUID(text)) return text;
  // The name that other servers have for it, and that of WADO-RS.
  if (text === "original" || text === "*") return "*";
  throw new DecodeError("The parameter transferSyntax is neither a UID nor original");
}

function anonymizeOf(parameters: Parameters): boolean {
  const text = once(parameters, "anonymize");
  if (text === undefined || text === "yes") return text !== undefined;
  throw new DecodeError("The parameter anonymize is not yes");
}

function frameNumberOf(parameters: Parameters): number | undefined {
  const text = once(parameters, "frameNumber");
  if (text === undefined) return undefined;
  const number = whole(text, 1, MAX_FRAME_NUMBER);
  if (number !== undefined) return number;
  throw new DecodeError("The parameter frameNumber is not a whole number from 1 on");
}

function sideOf(parameters: Parameters, name: "rows" | "columns"): number | undefined {
  const text = once(parameters, name);
  if (text === undefined) return undefined;
  const side = whole(text, MIN_VIEWPORT_SIDE, MAX_VIEWPORT_SIDE);
  if (side !== undefined) return side;
  throw new DecodeError(
    `The parameter ${name} is not a whole number from ${MIN_VIEWPORT_SIDE} to ${MAX_VIEWPORT_SIDE}`,
  );
}

function regionOf(parameters: Parameters): Region | undefined {
  const text = once(parameters, "region");
  if (text === undefined) return undefined;
  const values = text.split(",");
  const [xMin = -1, yMin = -1, xMax = -1, yMax = -1] = values.map((value) => decimal(value) ?? -1);
  const isWithin = values.length === 4 && xMin >= 0 && yMin >= 0 && xMax <= 1 && yMax <= 1;
  if (isWithin && xMin < xMax && yMin < yMax) return { xMin, yMin, xMax, yMax };
  throw new DecodeError(
    "The parameter region is not xmin,ymin,xmax,ymax in fractions of the image from 0 to 1",
  );
}

function windowOf(parameters: Parameters): WadoUriRendered["window"] {
  const texts = [once(parameters, "windowCenter"), once(parameters, "windowWidth")];
  if (texts.every((text) => text === undefined)) return undefined;
  const [center, width] = texts.map((text) => text === undefined ? undefined : decimal(text));
  if (center === undefined || width === undefined) {
    throw new DecodeError("The parameters windowCenter and windowWidth are not both numbers");
  }
  if (width <= 0) throw new DecodeError("The parameter windowWidth is not greater than 0");
  return { center, width };
}

function presentationStateOf(parameters: Parameters): WadoUriRendered["presentationState"] {
  const names = ["presentationSeriesUID", "presentationUID"] as const;
  if (!names.some((name) => parameters.has(name))) return undefined;
  return {
    SeriesInstanceUID: uidOf(parameters, names[0]),
    SOPInstanceUID: uidOf(parameters, names[1]),
  };
}
