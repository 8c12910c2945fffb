/**
 * The grayscale pipeline (PS3.4 N.2.1): modality, VOI and presentation transforms, inversion. Where
 * samples have at most 16 bits, all of it is one table that each pixel is looked up in.
 * @module
 */
import type { Bytes, Frame, FrameFormat, Raster } from "../frame.ts";
import type {
  ModalityTransform,
  Palette,
  PresentationTransform,
  StoredRange,
  VOITransform,
} from "./description.ts";
import { lookUp, lookUpUnit } from "./lookup_table.ts";
import { type Cells, openCells, openFloats } from "./samples.ts";
import { type Brightness, brightnessOf, windowBrightness } from "./window.ts";

/** How grayscale samples become an image. */
export interface GrayscaleLook {
  readonly modality: ModalityTransform;
  readonly voi: VOITransform;
  readonly presentation: PresentationTransform;
  /** True where the smallest value is the brightest and `presentation` says nothing of it. */
  readonly isMonochrome1: boolean;
  readonly padding: StoredRange | undefined;
  readonly storedRange: StoredRange | undefined;
  readonly isLabelMap: boolean;
  /** Colours of stored values from the palette's first on; the others stay gray. */
  readonly supplemental: Palette | undefined;
  /** Colours that grays are shown in, from dark to bright. */
  readonly pseudoColors: Bytes | undefined;
}

/** Bits up to which a table is made. */
const TABLE_BITS = 16;

/**
 * Makes an image of a frame with one sample a pixel.
 *
 * @throws {PixelError} where its bytes are too few, or its samples have a width that is not read
 */
export function renderGrayscale(frame: Frame, look: GrayscaleLook): Raster {
  const { format } = frame;
  const count = format.Rows * format.Columns;
  const isFloat = format.sample !== "integer";
  const isColor = look.supplemental !== undefined || look.pseudoColors !== undefined;
  const channels = isColor ? 3 : 1;
  const data = new Uint8Array(count * channels);
  if (isFloat || format.BitsStored > TABLE_BITS) {
    const values = isFloat ? openFloats(frame) : wideIntegers(frame, count);
    paintDirectly(values, look, data, channels);
  } else {
    const cells = openCells(frame, count);
    const table = codeTable(cells, count, format, look, channels);
    paintByTable(cells, table, data, channels);
  }
  return { width: format.Columns, height: format.Rows, channels, data };
}

/** The stored value of a code of up to 16 bits: two's complement where the format says so. */
export function storedValue(
  code: number,
  { BitsStored, PixelRepresentation }: FrameFormat,
): number {
  const half = 1 << (BitsStored - 1);
  return PixelRepresentation === 1 && code >= half ? code - 2 * half : code;
}

/** Looks up every pixel; `table` has `channels` bytes for each code. */
export function paintByTable(
  { cells, shift, mask }: Cells,
  table: Uint8Array,
  data: Uint8Array,
  channels: 1 | 3,
): void {
  if (channels === 1 && shift === 0) {
    for (let i = 0; i < data.length; i++) data[i] = table[cells[i]! & mask]!;
    return;
  }
  if (channels === 1) {
    for (let i = 0; i < data.length; i++) data[i] = table[(cells[i]! >>> shift) & mask]!;
    return;
  }
  for (let i = 0, at = 0; at < data.length; i++, at += 3) {
    const entry = 3 * ((cells[i]! >>> shift) & mask);
    data[at] = table[entry]!;
    data[at + 1] = table[entry + 1]!;
    data[at + 2] = table[entry + 2]!;
  }
}

function codeTable(
  cells: Cells,
  count: number,
  format: FrameFormat,
  look: GrayscaleLook,
  channels: 1 | 3,
): Uint8Array {
  const codes = cells.mask + 1;
  const brightness = settledVOI(look) ?? rangeOfCodes(cells, count, format, look);
  const table = new Uint8Array(codes * channels);
  if (channels === 1 && fillStraight(table, format, look, brightness)) return table;
  for (let code = 0; code < codes; code++) {
    paintPixel(table, code * channels, channels, storedValue(code, format), look, brightness);
  }
  return table;
}

/** Fills a table where the way from stored value to gray is a straight line; false where it is not. */
function fillStraight(
  table: Uint8Array,
  format: FrameFormat,
  look: GrayscaleLook,
  brightness: Brightness,
): boolean {
  const { modality, presentation, padding } = look;
  if (modality.kind !== "linear" || presentation.kind === "table") return false;
  if (brightness.kind !== "ramp" || !(brightness.to > brightness.from)) return false;
  const { from, to } = brightness;
  const range = to - from;
  const { slope } = modality;
  const offset = modality.intercept - from;
  const invert = isInverted(look) ? 255 : 0;
  const half = format.PixelRepresentation === 1 ? table.length / 2 : table.length;
  for (let code = 0; code < table.length; code++) {
    const stored = code < half ? code : code - table.length;
    const level = (slope * stored + offset) * 255 / range;
    // Adding a half and cutting off rounds what is not negative.
    table[code] = (level <= 0 ? 0 : level >= 255 ? 255 : (level + 0.5) | 0) ^ invert;
  }
  if (padding !== undefined) {
    const last = Math.min(padding.to, half - 1);
    for (let stored = Math.max(padding.from, half - table.length); stored <= last; stored++) {
      table[stored < 0 ? stored + table.length : stored] = 0;
    }
  }
  return true;
}

/** Writes the pixel of one stored value. */
function paintPixel(
  data: Uint8Array,
  at: number,
  channels: 1 | 3,
  stored: number,
  look: GrayscaleLook,
  brightness: Brightness,
): void {
  if (isPadding(stored, look)) return;
  const { supplemental, pseudoColors } = look;
  if (supplemental !== undefined && stored >= supplemental.first) {
    copyColor(supplemental.colors, stored - supplemental.first, data, at);
    return;
  }
  const unit = presented(brightnessOf(brightness, modalityValue(look.modality, stored)), look);
  if (pseudoColors !== undefined) {
    copyColor(pseudoColors, Math.round(unit * (pseudoColors.length / 3 - 1)), data, at);
    return;
  }
  const level = (unit * 255 + 0.5) | 0;
  data[at] = level;
  if (channels === 1) return;
  data[at + 1] = level;
  data[at + 2] = level;
}

/** Copies a colour of a palette; what lies beyond its end has its last. */
export function copyColor(colors: Bytes, index: number, data: Uint8Array, at: number): void {
  const entry = 3 * Math.max(0, Math.min(index, colors.length / 3 - 1));
  data[at] = colors[entry]!;
  data[at + 1] = colors[entry + 1]!;
  data[at + 2] = colors[entry + 2]!;
}

function isPadding(stored: number, { padding }: GrayscaleLook): boolean {
  return Number.isNaN(stored) ||
    (padding !== undefined && stored >= padding.from && stored <= padding.to);
}

/** What the modality transform makes of a stored value. */
export function modalityValue(modality: ModalityTransform, stored: number): number {
  return modality.kind === "linear"
    ? stored * modality.slope + modality.intercept
    : lookUp(modality.table, stored);
}

/** The shape decides; without one, as DCMTK and dcm4che have it, the photometric interpretation. */
function isInverted({ presentation, isMonochrome1 }: GrayscaleLook): boolean {
  return presentation.kind === "none" ? isMonochrome1 : presentation.kind === "inverse";
}

function presented(unit: number, look: GrayscaleLook): number {
  const { presentation } = look;
  if (presentation.kind !== "table") return isInverted(look) ? 1 - unit : unit;
  const { table } = presentation;
  return lookUpUnit(table, table.first + unit * (table.values.length - 1));
}

function settledVOI({ voi }: GrayscaleLook): Brightness | undefined {
  switch (voi.kind) {
    case "window":
      return windowBrightness(voi.window);
    case "table":
      return voi;
    case "none":
      return undefined;
  }
}

/** Collects the smallest and the largest of values. */
class Extent {
  from = Infinity;
  to = -Infinity;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    if (value < this.from) this.from = value;
    if (value > this.to) this.to = value;
  }

  ramp(): Brightness {
    return { kind: "ramp", from: this.from, to: this.to };
  }
}

/**
 * The range to be shown where no VOI is given. Up to 8 bits it is all that can be stored, so that
 * pictures stay as they were made; else what occurs in the frame, or in all frames of the image
 * where the data set is right about that, so that a loop does not flicker.
 */
function rangeOfCodes(
  cells: Cells,
  count: number,
  format: FrameFormat,
  look: GrayscaleLook,
): Brightness {
  const isWhole = format.BitsStored <= 8 && format.PixelRepresentation === 0 && !look.isLabelMap;
  const seen = isWhole ? undefined : seenCodes(cells, count);
  const stored = new Extent();
  const shown = new Extent();
  const isLinear = look.modality.kind === "linear";
  for (let code = 0; code <= cells.mask; code++) {
    if (seen !== undefined && seen[code] === 0) continue;
    const value = storedValue(code, format);
    if (seen !== undefined && isPadding(value, look)) continue;
    if (look.supplemental !== undefined && value >= look.supplemental.first) continue;
    stored.add(value);
    if (!isLinear) shown.add(modalityValue(look.modality, value));
  }
  if (isLinear) {
    shown.add(modalityValue(look.modality, stored.from));
    shown.add(modalityValue(look.modality, stored.to));
  }
  return covering(look, stored, shown).ramp();
}

function seenCodes({ cells, shift, mask }: Cells, count: number): Uint8Array {
  const seen = new Uint8Array(mask + 1);
  for (let i = 0; i < count; i++) seen[(cells[i]! >>> shift) & mask] = 1;
  return seen;
}

/** The range of all frames where it holds what occurs in this one, else that of this one. */
function covering({ storedRange, modality }: GrayscaleLook, stored: Extent, shown: Extent): Extent {
  if (
    storedRange === undefined || modality.kind === "table" || storedRange.from > stored.from ||
    storedRange.to < stored.to
  ) return shown;
  const all = new Extent();
  all.add(modalityValue(modality, storedRange.from));
  all.add(modalityValue(modality, storedRange.to));
  return all;
}

/** Integers of more than 16 bits, two's complement where the format says so. */
function wideIntegers(frame: Frame, count: number): Int32Array | Uint32Array {
  const { cells } = openCells(frame, count);
  const { BitsStored, HighBit, PixelRepresentation } = frame.format;
  const up = 31 - HighBit;
  const down = 32 - BitsStored;
  const isSigned = PixelRepresentation === 1;
  const values = isSigned ? new Int32Array(count) : new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = isSigned ? (cells[i]! << up) >> down : (cells[i]! << up) >>> down;
  }
  return values;
}

function paintDirectly(
  values: Int32Array | Uint32Array | Float32Array | Float64Array,
  look: GrayscaleLook,
  data: Uint8Array,
  channels: 1 | 3,
): void {
  const count = data.length / channels;
  const brightness = settledVOI(look) ?? rangeOfValues(values, count, look);
  for (let i = 0; i < count; i++) {
    paintPixel(data, i * channels, channels, values[i]!, look, brightness);
  }
}

function rangeOfValues(
  values: Int32Array | Uint32Array | Float32Array | Float64Array,
  count: number,
  look: GrayscaleLook,
): Brightness {
  const extent = new Extent();
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!isPadding(value, look)) extent.add(modalityValue(look.modality, value));
  }
  return extent.ramp();
}
