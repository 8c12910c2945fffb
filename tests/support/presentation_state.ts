/**
 * Grayscale presentation states for tests (PS3.3 A.33.1).
 * @module
 */
import { buildPart10, type BuiltElement, ctElements, sequence, value } from "./part10_builder.ts";

/** What a generated state says. */
export interface StateOptions {
  readonly seriesInstanceUID?: string;
  readonly sopInstanceUID?: string;
  /** Of which images, all of the series `1.2.826.0.1.3680043.10.1.2`; frames undefined: all. */
  readonly images: readonly { readonly uid: string; readonly frames?: readonly number[] }[];
  readonly window?: { readonly center: number; readonly width: number };
  readonly isFlipped?: boolean;
  /** Columns and rows of the images. */
  readonly size: readonly [columns: number, rows: number];
}

/** Path of the state below the DICOMweb root, where no UIDs are given. */
export const STATE_PATH =
  "/studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.8/instances/1.2.826.0.1.3680043.10.1.9";

const CT = "1.2.840.10008.5.1.4.1.1.2";

/** A state as a Part 10 file, of the study that ctInstance makes. */
export function grayscaleState(options: StateOptions): Uint8Array {
  const { images, window, isFlipped = false, size } = options;
  const references = images.map(({ uid, frames }): BuiltElement[] => [
    value(0x00081150, "UI", CT),
    value(0x00081155, "UI", uid),
    ...(frames === undefined ? [] : [value(0x00081160, "IS", frames.join("\\"))]),
  ]);
  const own = [
    value(0x00080060, "CS", "PR"),
    sequence(0x00081115, [[
      sequence(0x00081140, references),
      value(0x0020000e, "UI", "1.2.826.0.1.3680043.10.1.2"),
    ]]),
    ...(window === undefined ? [] : [
      sequence(0x00283110, [[
        value(0x00281050, "DS", String(window.center)),
        value(0x00281051, "DS", String(window.width)),
      ]]),
    ]),
    value(0x00700041, "CS", isFlipped ? "Y" : "N"),
    value(0x00700042, "US", [0]),
    sequence(0x0070005a, [[
      value(0x00700052, "SL", [1, 1]),
      value(0x00700053, "SL", [...size]),
      value(0x00700100, "CS", "SCALE TO FIT"),
      value(0x00700102, "IS", "1\\1"),
    ]]),
    value(0x00700080, "CS", "LABEL"),
  ];
  const uids = ctElements({
    seriesInstanceUID: options.seriesInstanceUID ?? "1.2.826.0.1.3680043.10.1.8",
    sopInstanceUID: options.sopInstanceUID ?? "1.2.826.0.1.3680043.10.1.9",
    sopClassUID: "1.2.840.10008.5.1.4.1.1.11.1",
  }).filter(({ tag }) => tag < 0x00280000 && !own.some((element) => element.tag === tag));
  return buildPart10([...uids, ...own].sort((a, b) => a.tag - b.tag));
}
