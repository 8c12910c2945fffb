/**
 * Images in a colour space, with the profile that says which (PS3.18 8.3.5.1.5).
 * @module
 */
import type { Bytes, Raster } from "../frame.ts";
import {
  type ColorModel,
  type ColorSpace,
  encoderOf,
  inverse,
  isRgbProfile,
  modelOf,
  multiply,
  profileOf,
  readProfile,
  transpose,
} from "./icc_profile.ts";

/** An image and the profile to be stored in it. */
export interface ProfiledRaster {
  readonly raster: Raster & { readonly channels: 3 };
  readonly iccProfile: Bytes;
  /**
   * False where the image has a profile that is not read (one that works by tables): its colours
   * were taken as sRGB.
   */
  readonly isSourceKnown: boolean;
}

/** As `iccprofile=yes` has it: with the profile that it has, or that of sRGB; no colour is changed. */
export function withProfile(raster: Raster, source: Bytes | undefined): ProfiledRaster {
  const own = source !== undefined && isRgbProfile(source) && raster.channels === 3;
  return {
    raster: toRgb(raster),
    iccProfile: own ? source : profileOf("srgb"),
    isSourceKnown: true,
  };
}

/** Converts an image to a well-known space. `source` is its own profile: grays, and images without one, are sRGB. */
export function toColorSpace(
  raster: Raster,
  source: Bytes | undefined,
  space: ColorSpace,
): ProfiledRaster {
  const hasSource = source !== undefined && raster.channels === 3;
  const model = hasSource ? readProfile(source) : undefined;
  const isSame = model === undefined && space === "srgb";
  const rgb = toRgb(raster);
  return {
    raster: isSame ? rgb : convert(rgb, model ?? modelOf("srgb"), space),
    iccProfile: profileOf(space),
    isSourceKnown: !hasSource || model !== undefined,
  };
}

function toRgb(raster: Raster): ProfiledRaster["raster"] {
  const { width, height, channels, data } = raster;
  if (channels === 3) return { width, height, channels, data };
  const colors = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) colors.fill(data[i]!, 3 * i, 3 * i + 3);
  return { width, height, channels: 3, data: colors };
}

/** Steps in which the root of light is looked up: what is encoded grows about as it does. */
const LIGHT_STEPS = 8191;

function convert(
  raster: ProfiledRaster["raster"],
  from: ColorModel,
  to: ColorSpace,
): ProfiledRaster["raster"] {
  const toLight = from.curves.map((curve) =>
    Float64Array.from({ length: 256 }, (_, i) => curve(i / 255))
  );
  const encode = encoderOf(to);
  const encoded = Uint8Array.from(
    { length: LIGHT_STEPS + 1 },
    (_, i) => Math.round(255 * encode((i / LIGHT_STEPS) ** 2)),
  );
  const matrix = multiply(inverse(transpose(modelOf(to).colorants)), transpose(from.colorants));
  if (!matrix.every(Number.isFinite)) return raster;
  const data = new Uint8Array(raster.data.length);
  for (let at = 0; at < data.length; at += 3) {
    const red = toLight[0]![raster.data[at]!]!;
    const green = toLight[1]![raster.data[at + 1]!]!;
    const blue = toLight[2]![raster.data[at + 2]!]!;
    for (let i = 0; i < 3; i++) {
      const row = 3 * i;
      const light = matrix[row]! * red + matrix[row + 1]! * green + matrix[row + 2]! * blue;
      data[at + i] = encoded[(LIGHT_STEPS * Math.sqrt(Math.max(0, Math.min(light, 1))) + 0.5) | 0]!;
    }
  }
  return { ...raster, data };
}

export type { ColorSpace };
