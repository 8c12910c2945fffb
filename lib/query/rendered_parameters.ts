/**
 * Parameters of rendered resources and thumbnails (PS3.18 8.3.5) as plain data. A parameter that is
 * not supported is left out with a warning that names it; a supported one with a value that it
 * cannot have is an error (PS3.18 8.3).
 * @module
 */
import { DecodeError } from "../errors.ts";
import {
  decimal,
  groupByName,
  ignored,
  once,
  type Parameters,
  printable,
  whole,
} from "./url_parameters.ts";

/** Pixels of a side of a rendered image. */
export const MAX_VIEWPORT_SIDE = 32_767;
/** Annotation values that one request may name. */
const MAX_ANNOTATIONS = 16;

/** The size to scale to, and what of the source to show (PS3.18 8.3.5.1.3). */
export interface Viewport {
  /** Pixels, positive. */
  readonly width: number;
  readonly height: number;
  /** Absent where only the size was given: the whole source. */
  readonly source?: SourceRegion;
}

/** A region of the source in its pixels; what is absent reaches to the right or lower edge. */
export interface SourceRegion {
  readonly x: number;
  readonly y: number;
  readonly width?: number;
  readonly height?: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
}

/** VOI LUT functions (PS3.3 C.11.2.1.2) as PS3.18 8.3.5.1.4 spells them. */
export type WindowFunction = "linear" | "linear-exact" | "sigmoid";

/** A window; `width` is positive, and at least 1 where the function is linear. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function: WindowFunction;
}

/** Values of `iccprofile` (PS3.18 8.3.5.1.5). */
export type IccProfile = "no" | "yes" | "srgb" | "adobergb" | "rommrgb";

/** What is written into the image (PS3.18 8.3.5.1.1). */
export type Annotation = "patient" | "technique";

/** What a client asks of a rendered image. */
export interface RenderedParameters {
  readonly viewport?: Viewport;
  readonly window?: Window;
  /** 1 to 100, of lossy media types. */
  readonly quality?: number;
  readonly iccprofile?: IccProfile;
  readonly annotation: readonly Annotation[];
  /** Sentences for `Warning: 299`, printable ASCII. */
  readonly warnings: readonly string[];
}

/** What a client asks of a thumbnail (PS3.18 8.3.5.2). */
export interface ThumbnailParameters {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly warnings: readonly string[];
}

/** Read by other parts of the server. */
const OTHER_PARAMETERS = ["accept", "charset", "anonymize"];
/** Names of all parameters of a rendered resource. */
export const RENDERED_PARAMETERS: ReadonlySet<string> = new Set([
  ...OTHER_PARAMETERS,
  "viewport",
  "window",
  "quality",
  "iccprofile",
  "annotation",
]);
/** Names of all parameters of a thumbnail. */
export const THUMBNAIL_PARAMETERS: ReadonlySet<string> = new Set([...OTHER_PARAMETERS, "viewport"]);

const WINDOW_FUNCTIONS: readonly WindowFunction[] = ["linear", "linear-exact", "sigmoid"];
const ICC_PROFILES: readonly IccProfile[] = ["no", "yes", "srgb", "adobergb", "rommrgb"];

/**
 * Reads the parameters of a rendered resource. Whether it is a presentation state, which takes no
 * window and no source region, only the index knows: the caller refuses those. Throws DecodeError for
 * a value that its parameter cannot have.
 */
export function parseRendered(search: URLSearchParams): RenderedParameters {
  const parameters = groupByName(search);
  const [annotation, warnings] = parseAnnotation(parameters);
  const viewport = viewportOf(parameters);
  const window = windowOf(parameters);
  const quality = parseQuality(parameters, "quality");
  const iccprofile = iccProfileOf(parameters);
  return {
    ...(viewport === undefined ? {} : { viewport }),
    ...(window === undefined ? {} : { window }),
    ...(quality === undefined ? {} : { quality }),
    ...(iccprofile === undefined ? {} : { iccprofile }),
    annotation,
    warnings: [...ignored(parameters, RENDERED_PARAMETERS), ...warnings],
  };
}

/** Reads the parameters of a thumbnail. Throws DecodeError. */
export function parseThumbnail(search: URLSearchParams): ThumbnailParameters {
  const parameters = groupByName(search);
  const viewport = viewportOf(parameters);
  if (viewport?.source !== undefined) {
    throw new DecodeError("The parameter viewport of a thumbnail takes a width and a height only");
  }
  return {
    ...(viewport === undefined ? {} : { viewport }),
    warnings: ignored(parameters, THUMBNAIL_PARAMETERS),
  };
}

/**
 * The values of `annotation` that are known, each once, and a warning for those that are not.
 * Throws DecodeError for what is no keyword.
 */
export function parseAnnotation(
  parameters: Parameters,
): [annotation: readonly Annotation[], warnings: readonly string[]] {
  const text = once(parameters, "annotation");
  if (text === undefined) return [[], []];
  const values = text.split(",").map((value) => value.trim());
  if (values.length > MAX_ANNOTATIONS || !values.every((value) => /^[A-Za-z][\w-]*$/.test(value))) {
    throw new DecodeError("The parameter annotation is not a list of patient and technique");
  }
  const known = new Set<Annotation>();
  const unknown: string[] = [];
  for (const value of values) {
    if (value === "patient" || value === "technique") known.add(value);
    else unknown.push(printable(value));
  }
  const warnings = unknown.length === 0
    ? []
    : [`The following annotation values are not supported: ${unknown.join(", ")}`];
  return [[...known], warnings];
}

/** The quality of a lossy image, from 1 to 100. Throws DecodeError. */
export function parseQuality(
  parameters: Parameters,
  name: "quality" | "imageQuality",
): number | undefined {
  const text = once(parameters, name);
  if (text === undefined) return undefined;
  const quality = whole(text, 1, 100);
  if (quality === undefined) {
    throw new DecodeError(`The parameter ${name} is not a whole number from 1 to 100`);
  }
  return quality;
}

function viewportOf(parameters: Parameters): Viewport | undefined {
  const text = once(parameters, "viewport");
  if (text === undefined) return undefined;
  const values = text.split(",").map((value) => value.trim());
  const [width, height] = values.slice(0, 2).map((value) => whole(value, 1, MAX_VIEWPORT_SIDE));
  if (width === undefined || height === undefined) {
    throw new DecodeError(
      "The parameter viewport begins with a width and a height, whole numbers from 1 to " +
        MAX_VIEWPORT_SIDE,
    );
  }
  if (values.length > 6) throw new DecodeError("The parameter viewport has more than six values");
  const region = values.slice(2);
  if (region.every((value) => value === "")) return { width, height };
  return { width, height, source: sourceOf(region) };
}

function sourceOf(values: readonly string[]): SourceRegion {
  const [x, y, width, height] = values.map((value) => {
    if (value === "") return undefined;
    const number = decimal(value);
    if (number !== undefined) return number;
    throw new DecodeError("The source region in the parameter viewport is not made of numbers");
  });
  if (width === 0 || height === 0) {
    throw new DecodeError("The source region in the parameter viewport is empty");
  }
  return {
    x: Math.abs(x ?? 0),
    y: Math.abs(y ?? 0),
    ...(width === undefined ? {} : { width: Math.abs(width) }),
    ...(height === undefined ? {} : { height: Math.abs(height) }),
    flipHorizontal: (width ?? 0) < 0,
    flipVertical: (height ?? 0) < 0,
  };
}

function windowOf(parameters: Parameters): Window | undefined {
  const text = once(parameters, "window");
  if (text === undefined) return undefined;
  const values = text.split(",").map((value) => value.trim());
  const [center, width] = values.slice(0, 2).map(decimal);
  const name = WINDOW_FUNCTIONS.find((each) => each === values[2]);
  if (center === undefined || width === undefined || name === undefined || values.length > 3) {
    throw new DecodeError(
      "The parameter window is not a center, a width and one of linear, linear-exact and sigmoid",
    );
  }
  // PS3.3 C.11.2.1.2.1: a linear window ends half a value within its width.
  if (width <= 0 || (name === "linear" && width < 1)) {
    throw new DecodeError(
      "The width in the parameter window is less than 1 for linear, or not positive for others",
    );
  }
  return { center, width, function: name };
}

function iccProfileOf(parameters: Parameters): IccProfile | undefined {
  const text = once(parameters, "iccprofile");
  if (text === undefined) return undefined;
  const profile = ICC_PROFILES.find((each) => each === text.trim());
  if (profile !== undefined) return profile;
  throw new DecodeError("The parameter iccprofile is not one of no, yes, srgb, adobergb, rommrgb");
}
