/**
 * Overlays and curves (PS3.15 E.3.3): drawings over an image, and what is written beside them.
 * @module
 */
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { text } from "../dicom/values.ts";
import type { DeidProfile } from "./profile.ts";

/** Overlay Type (60xx,0040). */
const OVERLAY_TYPE = 0x0040;

/** Elements of an overlay that are words. */
const OVERLAY_WORDS = new Set([0x0022, 0x1500, 0x4000]);

/**
 * True for an element of an overlay or curve that goes. Without the option all do: the plane needs
 * its data, so nothing of it stays without them. With it, overlays stay that mark a region of
 * interest; those of graphics may be letters, and of curves nobody can tell.
 */
export function isRemovedGraphic(tag: Tag, dataSet: DataSet, profile: DeidProfile): boolean {
  const group = tag >>> 16;
  switch (group >>> 8) {
    case 0x50:
      return true;
    case 0x60: {
      if (!profile.options.has("clean-graphics")) return true;
      const isRegion = text(dataSet, group * 0x10000 + OVERLAY_TYPE) === "R";
      return !isRegion || OVERLAY_WORDS.has(tag & 0xffff);
    }
    default:
      return false;
  }
}

/** True for an element of an overlay, of which {@linkcode isRemovedGraphic} alone decides. */
export function isGraphic(tag: Tag): boolean {
  return tag >>> 24 === 0x60;
}
