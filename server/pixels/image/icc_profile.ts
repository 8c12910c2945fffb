/**
 * ICC profiles of three colorants and three curves (ISO 15076-1, version 2 of the format): built
 * for well-known colour spaces, and read.
 * @module
 */
import type { Bytes } from "../frame.ts";

/** A colour space by its colorants in the profile connection space and its curves. */
export interface ColorModel {
  /** XYZ of full red, green and blue, relative to D50, one after the other. */
  readonly colorants: readonly number[];
  /** From 0 to 1 as it is encoded, to 0 to 1 of light: one for red, green and blue. */
  readonly curves: readonly ((encoded: number) => number)[];
}

/** Colour spaces that can be asked for (PS3.18 8.3.5.1.5). */
export type ColorSpace = "srgb" | "adobergb" | "rommrgb";

interface SpaceDefinition {
  readonly name: string;
  /** x, y of red, green, blue and white. */
  readonly chromaticities: readonly (readonly [number, number])[];
  readonly decode: (encoded: number) => number;
  readonly encode: (light: number) => number;
}

const D65 = [0.3127, 0.329] as const;
const D50 = [0.9642, 1, 0.8249] as const;
/** Exponent of Adobe RGB (1998): just this fraction. */
const ADOBE_GAMMA = 563 / 256;
/** Where the curve of ROMM RGB leaves its straight beginning. */
const ROMM_KNEE = 1 / 512;

const SPACES: Readonly<Record<ColorSpace, SpaceDefinition>> = {
  srgb: {
    name: "sRGB IEC61966-2.1 compatible",
    chromaticities: [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65],
    decode: (encoded) => encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4,
    encode: (light) => light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055,
  },
  adobergb: {
    name: "Adobe RGB (1998) compatible",
    chromaticities: [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65],
    decode: (encoded) => encoded ** ADOBE_GAMMA,
    encode: (light) => light ** (1 / ADOBE_GAMMA),
  },
  rommrgb: {
    name: "ROMM RGB ISO 22028-2 compatible",
    chromaticities: [[0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]],
    decode: (encoded) => encoded < 16 * ROMM_KNEE ? encoded / 16 : encoded ** 1.8,
    encode: (light) => light < ROMM_KNEE ? light * 16 : light ** (1 / 1.8),
  },
};

/** How a well-known space encodes light. */
export function encoderOf(space: ColorSpace): (light: number) => number {
  return SPACES[space].encode;
}

/** A well-known space as a model. */
export function modelOf(space: ColorSpace): ColorModel {
  const { chromaticities, decode } = SPACES[space];
  return { colorants: colorantsOf(chromaticities), curves: [decode, decode, decode] };
}

/** Product of 3 x 3 matrices that are kept row by row. */
export function multiply(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, index) => {
    const [row, column] = [3 * Math.floor(index / 3), index % 3];
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });
}

/** Inverse of a 3 x 3 matrix; of none where there is none, all numbers are not finite. */
export function inverse(m: readonly number[]): number[] {
  const minor = (row: number, column: number) => {
    const at = (r: number, c: number) => m[3 * ((row + r) % 3) + (column + c) % 3]!;
    return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
  };
  const determinant = m[0]! * minor(0, 0) + m[1]! * minor(0, 1) + m[2]! * minor(0, 2);
  return m.map((_, index) => minor(index % 3, Math.floor(index / 3)) / determinant);
}

/** Rows to columns. */
export function transpose(m: readonly number[]): number[] {
  return m.map((_, index) => m[3 * (index % 3) + Math.floor(index / 3)]!);
}

function times(m: readonly number[], v: readonly number[]): number[] {
  return [0, 3, 6].map((row) => m[row]! * v[0]! + m[row + 1]! * v[1]! + m[row + 2]! * v[2]!);
}

/** From XYZ to the responses in which white is adapted (the Bradford transform, ISO 15076-1 Annex E). */
const BRADFORD = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

function colorantsOf(chromaticities: SpaceDefinition["chromaticities"]): number[] {
  const [red, green, blue, white] = chromaticities.map(([x, y]) => [x / y, 1, (1 - x - y) / y]);
  const primaries = transpose([...red!, ...green!, ...blue!]);
  const amounts = times(inverse(primaries), white!);
  const own = primaries.map((value, index) => value * amounts[index % 3]!);
  const from = times(BRADFORD, white!);
  const to = times(BRADFORD, D50);
  const scale = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => row === column ? to[row]! / from[row]! : 0)
  );
  const adaptation = multiply(inverse(BRADFORD), multiply(scale, BRADFORD));
  return transpose(multiply(adaptation, own));
}

/** Points of the curve in a profile. */
const CURVE_POINTS = 1024;
const HEADER_BYTES = 128;

/** The profile of a well-known space. */
export function profileOf(space: ColorSpace): Bytes {
  const { name, decode } = SPACES[space];
  const colorants = modelOf(space).colorants;
  const curve = curveTag(
    Array.from({ length: CURVE_POINTS }, (_, i) => decode(i / (CURVE_POINTS - 1))),
  );
  // A tag of several names is stored once.
  const parts: readonly (readonly [readonly string[], Uint8Array])[] = [
    [["desc"], descriptionTag(name)],
    [["cprt"], textTag("No copyright, use freely")],
    [["wtpt"], xyzTag(D50)],
    [["rXYZ"], xyzTag(colorants.slice(0, 3))],
    [["gXYZ"], xyzTag(colorants.slice(3, 6))],
    [["bXYZ"], xyzTag(colorants.slice(6, 9))],
    [["rTRC", "gTRC", "bTRC"], curve],
  ];
  const count = parts.reduce((sum, [names]) => sum + names.length, 0);
  const length = parts.reduce((sum, [, tag]) => sum + tag.length, HEADER_BYTES + 4 + 12 * count);
  const profile = new Uint8Array(length);
  const view = new DataView(profile.buffer);
  writeHeader(profile, view);
  view.setUint32(HEADER_BYTES, count);
  let entry = HEADER_BYTES + 4;
  let at = entry + 12 * count;
  for (const [names, tag] of parts) {
    for (const name of names) {
      profile.set(ascii(name), entry);
      view.setUint32(entry + 4, at);
      view.setUint32(entry + 8, tag.length);
      entry += 12;
    }
    profile.set(tag, at);
    at += tag.length;
  }
  return profile;
}

function writeHeader(profile: Uint8Array, view: DataView): void {
  view.setUint32(0, profile.length);
  view.setUint32(8, 0x02100000);
  profile.set(ascii("mntrRGB XYZ "), 12);
  // A fixed date, so that the same profile always has the same bytes.
  for (const [index, part] of [2000, 1, 1, 0, 0, 0].entries()) view.setUint16(24 + 2 * index, part);
  profile.set(ascii("acsp"), 36);
  for (const [index, part] of D50.entries()) view.setInt32(68 + 4 * index, fixed(part));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function fixed(value: number): number {
  return Math.round(value * 65536);
}

/** A tag of a type: its signature, four bytes of nothing, its content, up to a multiple of four. */
function typed(signature: string, contentBytes: number): [Uint8Array, DataView] {
  const tag = new Uint8Array(Math.ceil((8 + contentBytes) / 4) * 4);
  tag.set(ascii(signature));
  return [tag, new DataView(tag.buffer)];
}

function xyzTag(values: readonly number[]): Uint8Array {
  const [tag, view] = typed("XYZ ", 12);
  for (const [index, value] of values.entries()) view.setInt32(8 + 4 * index, fixed(value));
  return tag;
}

function textTag(text: string): Uint8Array {
  const [tag] = typed("text", text.length + 1);
  tag.set(ascii(text), 8);
  return tag;
}

/** Text in ASCII, with no text in Unicode or in the code of old Macintoshes (67 bytes) after it. */
function descriptionTag(text: string): Uint8Array {
  const [tag, view] = typed("desc", 4 + text.length + 1 + 8 + 3 + 67);
  view.setUint32(8, text.length + 1);
  tag.set(ascii(text), 12);
  return tag;
}

function curveTag(values: readonly number[]): Uint8Array {
  const [tag, view] = typed("curv", 4 + 2 * values.length);
  view.setUint32(8, values.length);
  for (const [index, value] of values.entries()) {
    view.setUint16(12 + 2 * index, Math.round(value * 65535));
  }
  return tag;
}

/** True where a profile is one of RGB. */
export function isRgbProfile(profile: Uint8Array): boolean {
  return signatureAt(profile, 16) === "RGB ";
}

/**
 * The model of a profile that has colorants and curves; undefined for one that works by tables of
 * colours, and for what is no profile.
 */
export function readProfile(profile: Uint8Array): ColorModel | undefined {
  if (!isRgbProfile(profile) || signatureAt(profile, 20) !== "XYZ ") return undefined;
  const colorants = ["rXYZ", "gXYZ", "bXYZ"].flatMap((name) => readXyz(tagOf(profile, name)));
  const curves = ["rTRC", "gTRC", "bTRC"].flatMap((name) => readCurve(tagOf(profile, name)) ?? []);
  // Where both are there, the tables are what the maker means.
  const hasTables = tagOf(profile, "A2B0") !== undefined;
  return colorants.length === 9 && curves.length === 3 && !hasTables
    ? { colorants, curves }
    : undefined;
}

function signatureAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** Most tags of a profile that are looked at. */
const TAGS_MAX = 100;

function tagOf(profile: Uint8Array, name: string): DataView | undefined {
  if (profile.length < HEADER_BYTES + 4) return undefined;
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  const count = Math.min(TAGS_MAX, view.getUint32(HEADER_BYTES));
  for (let i = 0, at = HEADER_BYTES + 4; i < count && at + 12 <= profile.length; i++, at += 12) {
    if (signatureAt(profile, at) !== name) continue;
    const [offset, length] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    return offset + length <= profile.length && length >= 8
      ? new DataView(profile.buffer, profile.byteOffset + offset, length)
      : undefined;
  }
  return undefined;
}

function typeOf(tag: DataView): string {
  return signatureAt(new Uint8Array(tag.buffer, tag.byteOffset, 4), 0);
}

function readXyz(tag: DataView | undefined): number[] {
  if (tag === undefined || typeOf(tag) !== "XYZ " || tag.byteLength < 20) return [];
  return [8, 12, 16].map((at) => tag.getInt32(at) / 65536);
}

function readCurve(tag: DataView | undefined): ((encoded: number) => number) | undefined {
  if (tag === undefined || tag.byteLength < 12) return undefined;
  switch (typeOf(tag)) {
    case "curv":
      return readTableCurve(tag);
    case "para":
      return readFormula(tag);
    default:
      return undefined;
  }
}

function readTableCurve(tag: DataView): ((encoded: number) => number) | undefined {
  const count = tag.getUint32(8);
  if (count === 0) return (encoded) => encoded;
  if (12 + 2 * count > tag.byteLength) return undefined;
  if (count === 1) {
    const gamma = tag.getUint16(12) / 256;
    return (encoded) => encoded ** gamma;
  }
  const values = Array.from({ length: count }, (_, i) => tag.getUint16(12 + 2 * i) / 65535);
  return (encoded) => {
    const place = encoded * (count - 1);
    const before = Math.min(Math.floor(place), count - 2);
    const [low, high] = [values[before]!, values[before + 1]!];
    return low + (high - low) * (place - before);
  };
}

/** Parameters that each form of a formula has. */
const FORMULA_PARAMETERS = [1, 3, 4, 5, 7];

/** Formulas of ISO 15076-1 10.18: a power of a line, with a line below a limit. */
function readFormula(tag: DataView): ((encoded: number) => number) | undefined {
  const form = tag.getUint16(8);
  const count = FORMULA_PARAMETERS[form];
  if (count === undefined || tag.byteLength < 12 + 4 * count) return undefined;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from(
    { length: count },
    (_, i) => tag.getInt32(12 + 4 * i) / 65536,
  );
  const power = (x: number) => Math.max(0, a * x + b) ** g;
  switch (form) {
    case 0:
      return power;
    case 1:
      return (x) => x >= -b / a ? power(x) : 0;
    case 2:
      return (x) => x >= -b / a ? power(x) + c : c;
    case 3:
      return (x) => x >= d ? power(x) : c * x;
    default:
      return (x) => x >= d ? power(x) + e : c * x + f;
  }
}
