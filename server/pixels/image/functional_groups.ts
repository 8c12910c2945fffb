/**
 * What the functional groups of a multi-frame image say of single frames (PS3.3 C.7.6.16), kept
 * small: a slide may have 100,000 frames.
 * @module
 */
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { items, numbers } from "../../../lib/dicom/values.ts";
import type { ModalityTransform, VOITransform } from "./description.ts";
import { givesNegatives, readModality, readVOI } from "./grayscale_values.ts";

/** Transforms of one or more frames; undefined where functional groups do not have them. */
export interface FrameSettings {
  readonly modality: ModalityTransform | undefined;
  readonly voi: VOITransform | undefined;
}

/** What is known of the frames of an image, besides what holds for all of them. */
export interface FrameTable {
  /** Each pair of transforms once. */
  readonly settings: readonly FrameSettings[];
  /** For each frame its place in `settings`; undefined where there is one for all. */
  readonly settingOf: Uint32Array<ArrayBuffer> | undefined;
  /** z of Image Position (Patient) of each frame, NaN where unknown; undefined where no frame has one. */
  readonly z: Float64Array<ArrayBuffer> | undefined;
}

const SHARED: Tag = 0x52009229;
const PER_FRAME: Tag = 0x52009230;
const PIXEL_VALUE_TRANSFORMATION: Tag = 0x00289145;
const FRAME_VOI_LUT: Tag = 0x00289132;
const PLANE_POSITION: Tag = 0x00209113;
const IMAGE_POSITION_PATIENT: Tag = 0x00200032;

/** Reads the functional groups of up to `frames` frames. */
export function readFrameTable(dataSet: DataSet, frames: number, signed: boolean): FrameTable {
  const [shared] = items(dataSet, SHARED);
  const all = items(dataSet, PER_FRAME).slice(0, frames);
  const common = shared === undefined ? {} : settingsOf(shared, signed, undefined);
  const settings: FrameSettings[] = [{ modality: common.modality, voi: common.voi }];
  const known = new Map([[JSON.stringify(settings[0]), 0]]);
  const settingOf = new Uint32Array(all.length);
  const z = new Float64Array(all.length).fill(NaN);
  for (const [index, item] of all.entries()) {
    const own = settingsOf(item, signed, common.modality);
    const setting = { modality: own.modality ?? common.modality, voi: own.voi ?? common.voi };
    const key = JSON.stringify(setting);
    const place = known.get(key) ?? settings.push(setting) - 1;
    known.set(key, place);
    settingOf[index] = place;
    const [position] = items(item, PLANE_POSITION);
    z[index] = (position && numbers(position, IMAGE_POSITION_PATIENT)[2]) ?? NaN;
  }
  return {
    settings,
    settingOf: settings.length > 1 ? settingOf : undefined,
    z: z.some((value) => !Number.isNaN(value)) ? z : undefined,
  };
}

function settingsOf(
  group: DataSet,
  signed: boolean,
  around: ModalityTransform | undefined,
): Partial<FrameSettings> {
  const [transformation] = items(group, PIXEL_VALUE_TRANSFORMATION);
  const modality = transformation && readModality(transformation, signed);
  const effective = modality ?? around;
  const mayBeNegative = effective === undefined ? signed : givesNegatives(effective, signed);
  const [frameVOI] = items(group, FRAME_VOI_LUT);
  const voi = frameVOI && readVOI(frameVOI, mayBeNegative);
  return { modality, voi };
}
