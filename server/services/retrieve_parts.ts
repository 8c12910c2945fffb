/**
 * What every retrieval needs: what is stored in a scope, or the answer that nothing is.
 * @module
 */
import { type Places, unpackPlaces } from "../../lib/dicom/places.ts";
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import { Problem } from "../http/problem.ts";
import type { Index, InstanceRow, Scope } from "../index/index.ts";
import type { Pixels } from "../pixels/pixels.ts";
import type { Anonymizer } from "./anonymizer.ts";
import { loadHeaderValue } from "./header_record.ts";
import type { InflatedBlobs } from "./inflated.ts";
import type { Rescan } from "./rescan.ts";

/** What retrieval works on. */
export interface RetrieveParts {
  readonly index: Pick<Index, "instances" | "metadata" | "places" | "state">;
  readonly blobs: BlobStore;
  /** For instances whose record an older scanner made. */
  readonly rescan: Pick<Rescan, "renewHeader">;
  /** True where the archive never puts other content in the place of an instance. */
  readonly lasting: (archive: string) => boolean;
}

/** The same, where pixels are read. */
export interface PixelRetrieveParts extends RetrieveParts {
  readonly inflated: InflatedBlobs;
  readonly pixels: Pixels;
  /** By the name of a profile; undefined where there is none so named. */
  readonly anonymizer: (profile: string) => Anonymizer | undefined;
}

/** One instance. */
export type InstanceScope = Required<Scope>;

/** A scope's revision and how many instances it has. Throws Problem 404 or 410 where it has none. */
export async function presentScope(
  index: RetrieveParts["index"],
  archive: string,
  scope: Scope,
): Promise<{ readonly revision: number; readonly instances: number }> {
  const state = await index.state(archive, scope);
  switch (state.kind) {
    case "present":
      return state;
    case "deleted":
      throw new Problem(410, `This ${levelOf(scope)} was deleted.`);
    case "unknown":
      throw new Problem(404, `There is no such ${levelOf(scope)} in this archive.`);
  }
}

/** An instance and where its large values lie. */
export interface FoundInstance {
  readonly row: InstanceRow;
  readonly places: Places;
}

/** An instance by its UIDs; undefined where it is not there. */
export async function findInstance(
  parts: RetrieveParts,
  archive: string,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceScope,
): Promise<FoundInstance | undefined> {
  const scope = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
  const row = await parts.index.places(archive, scope);
  return row && { row, places: await currentPlaces(parts, row) };
}

/** The same; throws Problem 404 or 410 where it is not there. */
export async function presentInstance(
  parts: RetrieveParts,
  archive: string,
  scope: InstanceScope,
): Promise<FoundInstance> {
  const found = await findInstance(parts, archive, scope);
  if (found !== undefined) return found;
  throw await vanishedFrom(parts.index, archive, scope);
}

/** Why nothing was found below a scope; throws Problem 404 or 410 where that itself is not there. */
export async function vanishedFrom(
  index: RetrieveParts["index"],
  archive: string,
  scope: Scope,
): Promise<Problem> {
  await presentScope(index, archive, scope);
  return vanished();
}

/** What was there a moment ago was not when it was read, or the other way round. */
export function vanished(): Problem {
  return new Problem(404, "It was stored or deleted while it was looked for; ask again.");
}

/** The places of an instance, from a scan by the scanner of today. */
async function currentPlaces(
  { blobs, rescan }: RetrieveParts,
  row: InstanceRow & { readonly places: Uint8Array },
): Promise<Places> {
  const current = row.headerVersion >= SCANNER_VERSION ? row : await rescan.renewHeader(row);
  return unpackPlaces(await loadHeaderValue(blobs, current.places));
}

/** The packed metadata of an instance, from a scan by the scanner of today. */
export async function currentPieces(
  { blobs, rescan }: RetrieveParts,
  row: InstanceRow & { readonly pieces: Uint8Array },
): Promise<Uint8Array> {
  const current = row.headerVersion >= SCANNER_VERSION ? row : await rescan.renewHeader(row);
  return await loadHeaderValue(blobs, current.pieces);
}

/** Path of a scope below the archive's root. */
export function pathOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Scope): string {
  return `/studies/${StudyInstanceUID}` +
    (SeriesInstanceUID === undefined ? "" : `/series/${SeriesInstanceUID}`) +
    (SOPInstanceUID === undefined ? "" : `/instances/${SOPInstanceUID}`);
}

/** What a person calls the lowest level that a scope names. */
export function levelOf(scope: Scope): "study" | "series" | "instance" {
  if (scope.SOPInstanceUID !== undefined) return "instance";
  return scope.SeriesInstanceUID !== undefined ? "series" : "study";
}

/** True where the scope names one instance. */
export function isInstance(scope: Scope): scope is InstanceScope {
  return scope.SOPInstanceUID !== undefined;
}

/**
 * Boundary of a multipart body that begins with this instance. The digest of bytes is what they
 * cannot hold themselves, and what nobody who writes the others is likely to know.
 */
export function boundaryOf({ dataSetDigest, revision }: InstanceRow): string {
  return `${dataSetDigest.slice(0, 32)}-${revision}`;
}
