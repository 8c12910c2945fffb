/**
 * What rendering needs to know of an image beside its pixels. All of it is plain data, so that it
 * can be sent to another thread.
 * @module
 */
import type { Bytes } from "../frame.ts";

/** A LUT of one column (PS3.3 C.11.1.1.1): what lies before or after it has its first or last value. */
export interface LookupTable {
  /** The input that the first value belongs to. */
  readonly first: number;
  readonly values: Uint16Array<ArrayBuffer>;
  /** Values are from 0 to 2^bits - 1. */
  readonly bits: number;
}

/** From stored values to those that a window is meant for (PS3.3 C.11.1). */
export type ModalityTransform =
  | { readonly kind: "linear"; readonly slope: number; readonly intercept: number }
  | { readonly kind: "table"; readonly table: LookupTable };

/** Defined terms of VOI LUT Function (0028,1056). */
export type WindowFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** A window on values after the modality transform (PS3.3 C.11.2.1.2). */
export interface Window {
  readonly center: number;
  /** Above 0. */
  readonly width: number;
  readonly function: WindowFunction;
}

/** Which values are of interest; `none` leaves that to who renders. */
export type VOITransform =
  | { readonly kind: "none" }
  | { readonly kind: "window"; readonly window: Window }
  | { readonly kind: "table"; readonly table: LookupTable };

/**
 * From the output of the VOI transform to P-Values (PS3.3 C.11.4, C.11.6). `none` where nothing is
 * said: then the photometric interpretation tells which end is bright.
 */
export type PresentationTransform =
  | { readonly kind: "none" | "identity" | "inverse" }
  | { readonly kind: "table"; readonly table: LookupTable };

/** A palette (PS3.3 C.7.9), its colours reduced to 8 bits. */
export interface Palette {
  /** The stored value that the first colour belongs to. */
  readonly first: number;
  /** Red, green, blue of each entry. */
  readonly colors: Bytes;
}

/** Stored values from one to another, both included. */
export interface StoredRange {
  readonly from: number;
  readonly to: number;
}

/** One overlay plane of one frame (PS3.3 C.9.2). */
export interface Overlay {
  /** 0x6000 to 0x601E. */
  readonly group: number;
  /** `G` graphics, `R` region of interest. */
  readonly type: "G" | "R";
  readonly rows: number;
  readonly columns: number;
  /** Place of its top left pixel in the image, of which the top left is 0, 0. */
  readonly x: number;
  readonly y: number;
  readonly bits: OverlayBits;
}

/** Where the bits of an overlay are: in `data`, lowest bit first from `firstBit`, or in a bit of each pixel cell. */
export type OverlayBits =
  | { readonly kind: "data"; readonly data: Bytes; readonly firstBit: number }
  | { readonly kind: "embedded"; readonly bit: number };

/** Lines to be written on an image. */
export interface AnnotationTexts {
  readonly patient: readonly string[];
  readonly technique: readonly string[];
}

/** All that one frame's rendering needs. */
export interface FrameDescription {
  readonly modality: ModalityTransform;
  readonly voi: VOITransform;
  readonly presentation: PresentationTransform;
  /** Values of pixels that are no part of the image: they are shown black. */
  readonly padding: StoredRange | undefined;
  readonly palette: Palette | undefined;
  /** True where grayscale values from the palette's first on are coloured (PS3.3 C.7.6.19). */
  readonly isPaletteSupplemental: boolean;
  /** Smallest and largest value of all frames, as the data set of a multi-frame image has them. */
  readonly storedRange: StoredRange | undefined;
  /** True where values are labels: what they are shown in is the range of those that occur. */
  readonly isLabelMap: boolean;
  readonly overlays: readonly Overlay[];
  /** Height of a pixel over its width. */
  readonly pixelAspect: number;
  /** ICC profile of its colours. */
  readonly iccProfile: Bytes | undefined;
  readonly texts: AnnotationTexts;
}
