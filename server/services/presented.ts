/**
 * Images as a presentation state shows them (PS3.18 8.3.5.1.6).
 * @module
 */
import { frameNumbers } from "../../lib/dicom/frames.ts";
import { pixelData } from "../../lib/dicom/places.ts";
import { Problem } from "../http/problem.ts";
import type { InstanceRow } from "../index/index.ts";
import type { Client, PresentationState } from "../pixels/pixels.ts";
import { collect, placesSource } from "./byte_source.ts";
import { type FrameRun, frameRun, type InstanceView } from "./frame_views.ts";
import { findInstance, type PixelRetrieveParts } from "./retrieve_parts.ts";

/** SOP classes of the states that are applied (PS3.4 B.5): grayscale, colour, pseudo-colour. */
const STATES: ReadonlySet<string> = new Set(
  ["1", "2", "3"].map((suffix) => `1.2.840.10008.5.1.4.1.1.11.${suffix}`),
);

/** Bytes of a presentation state that are read: its overlays are its largest part. */
const STATE_BYTES = 64 * 1024 * 1024;

/** True for instances that say how others are to be seen. */
export function isPresentationState({ SOPClassUID }: Pick<InstanceRow, "SOPClassUID">): boolean {
  return STATES.has(SOPClassUID);
}

/** Reads a presentation state. Throws Problem 406 where it is too large to be one. */
export async function stateOf(
  { blobs, pixels }: PixelRetrieveParts,
  client: Client,
  row: InstanceRow,
): Promise<NonNullable<InstanceView["state"]>> {
  if (row.size > STATE_BYTES) {
    throw new Problem(406, "This presentation state is too large to be applied.");
  }
  const source = placesSource(blobs, row.blobKey, [{ offset: 0, length: row.size }]);
  const described = await pixels.describeState(client, () => collect(source));
  return { revision: row.revision, described };
}

/** The frames that a state refers to, in the order of its references, as far as they are here. */
export async function presentedFrames(
  parts: PixelRetrieveParts,
  archive: string,
  row: InstanceRow,
  state: NonNullable<InstanceView["state"]>,
): Promise<FrameRun[]> {
  const { StudyInstanceUID } = row;
  const runs: FrameRun[] = [];
  const { series }: PresentationState = state.described;
  for (const { seriesInstanceUID: SeriesInstanceUID, images } of series) {
    for (const { sopInstanceUID: SOPInstanceUID, frames } of images) {
      const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
      const found = await findInstance(parts, archive, uids);
      if (found === undefined || pixelData(found.places) === undefined) continue;
      const { NumberOfFrames } = found.places.geometry;
      const shown = frames?.filter((frame) => frame >= 1 && frame <= NumberOfFrames) ??
        frameNumbers(NumberOfFrames);
      if (shown.length > 0) runs.push(await frameRun(parts, found, shown, state));
    }
  }
  return runs;
}
