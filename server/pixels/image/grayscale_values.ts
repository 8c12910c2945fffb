/**
 * The grayscale transforms that a data set or an item of it holds: modality, VOI and presentation
 * (PS3.3 C.11.1, C.11.2, C.11.4, C.11.6).
 * @module
 */
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { items, numbers, text } from "../../../lib/dicom/values.ts";
import type {
  ModalityTransform,
  PresentationTransform,
  VOITransform,
  Window,
  WindowFunction,
} from "./description.ts";
import { readTable } from "./lookup_table.ts";

/** Stored values as they are. */
export const IDENTITY: ModalityTransform = { kind: "linear", slope: 1, intercept: 0 };

const LUT_TAGS = { descriptor: 0x00283002, data: 0x00283006 };

/** The modality transform; undefined where there is none. `signed`: stored values may be below 0. */
export function readModality(dataSet: DataSet, signed: boolean): ModalityTransform | undefined {
  const [item] = items(dataSet, 0x00283000);
  const table = item && readTable(item, { ...LUT_TAGS, signed });
  if (table !== undefined) return { kind: "table", table };
  const [intercept] = numbers(dataSet, 0x00281052);
  const [slope] = numbers(dataSet, 0x00281053);
  if (intercept === undefined && slope === undefined) return undefined;
  // A slope of 0 or none would make every pixel the same: it is a writer's slip.
  const hasSlope = slope !== undefined && Number.isFinite(slope) && slope !== 0;
  return {
    kind: "linear",
    slope: hasSlope ? slope : 1,
    intercept: Number.isFinite(intercept) ? intercept! : 0,
  };
}

/** True where a transform may give values below 0. */
export function givesNegatives(modality: ModalityTransform, signed: boolean): boolean {
  if (modality.kind === "table") return false;
  return signed || modality.intercept < 0 || modality.slope < 0;
}

/**
 * The first window, else the first table; undefined where there is neither (PS3.3 C.11.2.1.1: they
 * are alternatives). `signed`: values after the modality transform may be below 0.
 */
export function readVOI(dataSet: DataSet, signed: boolean): VOITransform | undefined {
  const [center] = numbers(dataSet, 0x00281050);
  const [width] = numbers(dataSet, 0x00281051);
  if (center !== undefined && width !== undefined) {
    const window = { center, width, function: windowFunctionOf(text(dataSet, 0x00281056)) };
    if (isWindow(window)) return { kind: "window", window };
  }
  const [item] = items(dataSet, 0x00283010);
  const table = item && readTable(item, { ...LUT_TAGS, signed });
  return table && { kind: "table", table };
}

function windowFunctionOf(term: string | undefined): WindowFunction {
  return term === "SIGMOID" || term === "LINEAR_EXACT" ? term : "LINEAR";
}

/** True where a window can be used. */
export function isWindow({ center, width }: Window): boolean {
  return Number.isFinite(center) && Number.isFinite(width) && width > 0;
}

/** The presentation transform of an image or a presentation state. */
export function readPresentation(dataSet: DataSet): PresentationTransform {
  const [item] = items(dataSet, 0x20500010);
  const table = item && readTable(item, { ...LUT_TAGS, signed: false });
  if (table !== undefined) return { kind: "table", table };
  switch (text(dataSet, 0x20500020)) {
    case "INVERSE":
      return { kind: "inverse" };
    case "IDENTITY":
      return { kind: "identity" };
    default:
      return { kind: "none" };
  }
}
