/**
 * Which instance stands for a study or series: one with pixels, from the middle of a series.
 * @module
 */
import { pixelData } from "../../lib/dicom/places.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import {
  findInstance,
  type FoundInstance,
  type RetrieveParts,
  vanishedFrom,
} from "./retrieve_parts.ts";

/** Series that are looked at before something that cannot be shown stands for all. */
const SERIES_TRIED = 16;
/** Instances of each. */
const INSTANCES_TRIED = 4;

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
  for (const row of await candidates(parts, archive, scope)) {
    const found = await findInstance(parts, archive, row);
    if (found === undefined) continue;
    if (notShown(found) === undefined && row.damage === undefined) return found;
    fallback ??= found;
  }
  if (fallback !== undefined) return fallback;
  throw await vanishedFrom(parts.index, archive, scope);
}

/** Why an instance cannot be shown as an image; undefined where it can be tried. */
export function notShown({ row, places }: FoundInstance): string | undefined {
  if (pixelData(places) === undefined) return "it has no pixel data";
  const [mediaType] = pixelEncoding(row.TransferSyntaxUID).mediaTypes;
  if (mediaType?.startsWith("video/")) return "it is a video, which is given as it is";
  const { Rows, Columns } = places.geometry;
  return Rows === 0 || Columns === 0 ? "it has no rows or columns" : undefined;
}

/** The instances in the middle of each series, as far as the first page of rows goes. */
async function candidates(
  { index }: RetrieveParts,
  archive: string,
  scope: Scope,
): Promise<readonly InstanceRow[]> {
  for await (const page of index.instances(archive, scope)) {
    const series = Map.groupBy(page, ({ SeriesInstanceUID }) => SeriesInstanceUID);
    return [...series.values()].slice(0, SERIES_TRIED).flatMap((rows) => {
      const middle = Math.floor(rows.length / 2);
      const distance = (row: InstanceRow) => Math.abs(rows.indexOf(row) - middle);
      const near = rows.slice(Math.max(0, middle - INSTANCES_TRIED), middle + INSTANCES_TRIED);
      return near.sort((a, b) => distance(a) - distance(b)).slice(0, INSTANCES_TRIED);
    });
  }
  return [];
}
