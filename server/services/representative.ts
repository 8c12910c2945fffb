/**
 * Which instance stands for a study or series: one with pixels, from the middle of a series.
 * @module
 */
import { pixelData } from "../../lib/dicom/places.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import {
  findInstance,
  type FoundInstance,
  presentScope,
  type RetrieveParts,
  vanished,
} from "./retrieve_parts.ts";

/** Series that are looked at before something without pixels stands for all. */
const SERIES_TRIED = 16;

/**
 * The instance that a person would take for the whole of a scope. Throws Problem 404 and 410 where
 * there is none.
 */
export async function representativeOf(
  parts: RetrieveParts,
  archive: string,
  scope: Scope,
): Promise<FoundInstance> {
  let fallback: FoundInstance | undefined;
  for (const row of await middles(parts, archive, scope)) {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = row;
    const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
    const found = await findInstance(parts, archive, uids);
    if (found === undefined) continue;
    if (pixelData(found.places) !== undefined && row.damage === undefined) return found;
    fallback ??= found;
  }
  if (fallback !== undefined) return fallback;
  await presentScope(parts.index, archive, scope);
  throw vanished();
}

/** The middle instance of each series, as far as the first page of rows goes. */
async function middles(
  { index }: RetrieveParts,
  archive: string,
  scope: Scope,
): Promise<readonly InstanceRow[]> {
  for await (const page of index.instances(archive, scope)) {
    const series = Map.groupBy(page, ({ SeriesInstanceUID }) => SeriesInstanceUID);
    return [...series.values()].slice(0, SERIES_TRIED)
      .map((rows) => rows[Math.floor(rows.length / 2)]!);
  }
  return [];
}
